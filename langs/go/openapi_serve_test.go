package trivet

import (
	"encoding/json"
	"strings"
	"testing"
)

type testDocument struct {
	Info       map[string]string
	Servers    []map[string]string
	Paths      map[string]map[string]struct{ OperationID string }
	Components struct{ Schemas map[string]any }
}

func documentOf(t *testing.T, text string) (d testDocument) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

func expectStatus(t *testing.T, s *server, status int, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if got := s.get(t, path); got.status != status {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestTheDocumentIsServedWithItsPages(t *testing.T) {
	app := New(OpenAPI{
		Title: "Shop", Version: "2", Description: "Sells.", Path: "/api.json", Docs: "/help", Reference: NoPage,
		Servers: []APIServer{{URL: "https://a.example"}, {"/v1", "here"}},
	})
	Post(app, "/items", func(_ *Ctx, in testNew) (testNew, error) { return in, nil })
	app.Get("/hidden", hello, Hidden)
	s := serve(t, app)
	answer := s.get(t, "/api.json")
	if answer.contentType() != "application/json" {
		t.Errorf("got %+v", answer)
	}
	given, err := app.OpenAPI()
	if err != nil || string(given) != answer.body {
		t.Errorf("%v: %s", err, given)
	}
	document := documentOf(t, answer.body)
	expectJSON(t, document.Info, `{"title":"Shop","version":"2","description":"Sells."}`)
	expectJSON(t, document.Servers, `[{"url":"https://a.example"},{"url":"/v1","description":"here"}]`)
	if len(document.Paths) != 1 || document.Components.Schemas["testNew"] == nil ||
		document.Components.Schemas["Problem"] == nil {
		t.Errorf("got %s", answer.body)
	}
	if got := s.get(t, "/help"); got.contentType() != "text/html; charset=utf-8" {
		t.Errorf("got %+v", got)
	}
	expectStatus(t, s, 404, "/openapi.json", "/docs", "/reference")
}

func TestTheDocumentStandsBack(t *testing.T) {
	own := New()
	own.Get("/docs", hello)
	own.Handle("*", "/reference", hello)
	s := serve(t, own)
	for _, path := range []string{"/docs", "/reference"} {
		if got := s.get(t, path); strings.Contains(got.body, "<html") {
			t.Errorf("%s is the engine's: %s", path, got.body)
		}
	}
	expectStatus(t, s, 200, "/docs", "/reference", "/openapi.json")
	none := New(OpenAPI{Off: true})
	none.Get("/", hello)
	expectStatus(t, serve(t, none), 404, "/openapi.json", "/docs", "/reference")
	text, err := none.OpenAPI()
	if err != nil || len(documentOf(t, string(text)).Paths) != 1 {
		t.Errorf("%v: %s", err, text)
	}
}

func TestPathsThatCannotBeServedAreTold(t *testing.T) {
	app := New(OpenAPI{Docs: "docs"})
	defer app.Close()
	if err := app.Err(); err == nil || !strings.Contains(err.Error(), "docs_path is no path like /docs: docs") {
		t.Errorf("got %v", err)
	}
}

func TestARouteThatCannotBeDescribedIsToldInDevelopment(t *testing.T) {
	for environment, isTold := range map[string]bool{"development": true, "production": false} {
		t.Setenv("TRIVET_ENV", environment)
		app := New()
		app.Get("/{id:int}", hello)
		undescribed := routeOperation{
			methods: "GET", pattern: "/{id:int}", operation: Map{"x": make(chan int)},
		}
		log := logOf(t, func() {
			err := app.describeRoute(undescribed)
			if err == nil {
				t.Fatal("a channel was described")
			}
			app.warnUndescribed(undescribed, err)
		})
		if strings.Contains(log, "GET /{id:int} (openapi_serve_test.go:") != isTold ||
			strings.Contains(log, "trivet.Hidden") != isTold {
			t.Errorf("%s: %s", environment, log)
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}
}

type Größe struct{ N int }

func TestNamesOfSchemasAreASCII(t *testing.T) {
	app := New()
	defer app.Close()
	Post(app, "/", func(*Ctx, struct{ G Größe }) (Nothing, error) { return Nothing{}, nil })
	text, err := app.OpenAPI()
	if err != nil || documentOf(t, string(text)).Components.Schemas["Gr__e"] == nil {
		t.Errorf("%v: %s", err, text)
	}
}
