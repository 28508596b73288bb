package trivet

import (
	"compress/gzip"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// What middleware does is in the conformance vectors.

func TestMiddlewareOfTheAppHoldsEverywhereBeforeHooks(t *testing.T) {
	app := New()
	seen := make(chan string, 4)
	app.Before(func(c *Ctx) error {
		seen <- c.Path()
		return nil
	})
	app.Get("/", func(c *Ctx) error { return c.Text("ok") })
	app.Use(RequestID(RequestIDOptions{}),
		Bearer(BearerOptions{Tokens: []Credential{{Secret: "secret"}}}))
	s := serve(t, app)
	for _, target := range []string{"/", "/nowhere"} {
		got := s.get(t, target)
		if got.status != 401 || len(got.header.Get("X-Request-Id")) != 32 {
			t.Errorf("%s: %+v", target, got)
		}
	}
	expectText(t, s.do(t, "GET", "/", "", "Authorization: Bearer secret"), 200, "ok")
	if first := receive(t, seen); first != "/" || len(seen) != 0 {
		t.Errorf("the hook saw %q and %d more", first, len(seen))
	}
}

func TestARequestTellsWhatMiddlewareHasFoundOut(t *testing.T) {
	app := New()
	owner := Principal{Scopes: []string{"read", "write"}, Claims: map[string]string{"role": "admin"}}
	group := app.Group("/in", RequestID(RequestIDOptions{Header: "X-Id", Trust: true}),
		TraceContext(TraceContextOptions{}))
	group.Use(SecurityHeaders(SecurityHeadersOptions{CSP: []string{"script-src 'nonce'"}}),
		Basic(BasicOptions{Users: []User{{Name: "ann", Password: "pw", Principal: owner}}}))
	type found struct {
		principal        *Principal
		id, nonce, trace string
	}
	seen := make(chan found, 1)
	look := func(c *Ctx) error {
		seen <- found{c.Principal(), c.RequestID(), c.Nonce(), c.Attribute("traceparent")}
		return nil
	}
	group.Get("/", look)
	app.Get("/out", look)
	s := serve(t, app)
	got := s.do(t, "GET", "/in/", "", "Authorization: Basic YW5uOnB3", "X-Id: mine")
	in := receive(t, seen)
	want := &Principal{
		Scheme: "basic", Subject: "ann", Scopes: []string{"read", "write"},
		Claims: map[string]string{"role": "admin"},
	}
	if !reflect.DeepEqual(in.principal, want) || in.id != "mine" || len(in.trace) != 55 {
		t.Errorf("%+v %+v", in, in.principal)
	}
	if policy := got.header.Get("Content-Security-Policy"); policy != "script-src 'nonce-"+in.nonce+"'" {
		t.Errorf("%q and the nonce %q", policy, in.nonce)
	}
	s.get(t, "/out")
	if out := receive(t, seen); out != (found{}) {
		t.Errorf("%+v", out)
	}
}

func TestMiddlewareOfARouteIsSharedByThoseThatAreGivenIt(t *testing.T) {
	app := New()
	guard := APIKey(APIKeyOptions{Keys: []Credential{{Secret: "one"}, {Secret: "two"}}})
	app.Get("/a", func(c *Ctx) error { return c.Text("a") }, guard, BodyLimit(3))
	app.Get("/b", func(c *Ctx) error { return c.Text("b") }, guard)
	s := serve(t, app)
	if got := s.get(t, "/a"); got.status != 401 {
		t.Errorf("%+v", got)
	}
	expectText(t, s.do(t, "GET", "/b", "", "X-API-Key: two"), 200, "b")
}

func TestOptionsOfMiddlewareAreTheEngines(t *testing.T) {
	for _, test := range []struct {
		made *Middleware
		want []Field
	}{
		{BodyLimit(5), []Field{{"bytes", "5"}}},
		{Timeout(1500 * time.Millisecond), []Field{{"ms", "1500"}}},
		{
			RequestID(RequestIDOptions{Header: "X-Id", Trust: true, IsSilent: true}),
			[]Field{{"header", "X-Id"}, {"trust", "true"}, {"response", "false"}},
		},
		{
			CORS(CORSOptions{
				Origins: []string{"*"}, Methods: []string{"GET"}, Headers: []string{"X-A"},
				Expose: []string{"X-B"}, MaxAge: time.Minute,
			}),
			[]Field{
				{"origin", "*"},
				{"method", "GET"},
				{"header", "X-A"},
				{"expose", "X-B"},
				{"max_age", "60"},
			},
		},
		{
			SecurityHeaders(SecurityHeadersOptions{
				CSP: []string{"img-src *"}, CSPReportOnly: true, Frame: "off", AllowSniffing: true,
				Referrer: "origin", Permissions: []string{"camera=()"}, XSSProtection: "off",
				HSTS: 5 * time.Second, HSTSSubdomains: true,
			}),
			[]Field{
				{"csp", "img-src *"},
				{"csp_report_only", "true"},
				{"frame", "off"},
				{"nosniff", "false"},
				{"referrer", "origin"},
				{"permissions", "camera=()"},
				{"xss_protection", "off"},
				{"hsts", "5"},
				{"hsts_subdomains", "true"},
			},
		},
		{
			Require(RequireOptions{
				Schemes: []string{"basic"}, Scopes: []string{"a"}, Claims: map[string]string{"c": "d"},
			}),
			[]Field{{"scheme", "basic"}, {"scope", "a"}, {"claim", "c=d"}},
		},
		{Compress(CompressOptions{}), nil},
		{
			Compress(CompressOptions{
				Codings: []string{"br", "gzip"}, Types: []string{"text/plain"}, MinBytes: 8,
				MaxBytes: 9, ZstdLevel: 1, BrLevel: 2, GzipLevel: 3, Off: true,
			}),
			[]Field{
				{"coding", "br"},
				{"coding", "gzip"},
				{"type", "text/plain"},
				{"min_bytes", "8"},
				{"max_bytes", "9"},
				{"zstd_level", "1"},
				{"br_level", "2"},
				{"gzip_level", "3"},
				{"enabled", "false"},
			},
		},
		{
			ETag(ETagOptions{Strong: true, MaxBytes: 5, Off: true}),
			[]Field{{"strong", "true"}, {"max_bytes", "5"}, {"enabled", "false"}},
		},
	} {
		if !slices.Equal(test.made.options, test.want) {
			t.Errorf("%s: %v", test.made.Kind(), test.made.options)
		}
	}
}

func TestAnswersAreEncodedAndSparedToWhoHasThem(t *testing.T) {
	app := New()
	app.Use(Compress(CompressOptions{}), ETag(ETagOptions{}))
	text := strings.Repeat("row of text\n", 500)
	whole := func(c *Ctx) error { return c.Text(text) }
	app.Get("/whole", whole)
	app.Get("/pieces", func(c *Ctx) error {
		w, err := c.Stream(200, "text/plain")
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, text)
		_, last := io.WriteString(w, "end")
		return errors.Join(err, last)
	})
	app.Get("/none", whole, Compress(CompressOptions{Off: true}))
	s := serve(t, app)
	const accepted = "Accept-Encoding: gzip"
	got := s.do(t, "GET", "/whole", "", accepted)
	if decoded := gunzipped(t, got.body); decoded != text || len(got.body) > 200 {
		t.Errorf("%d bytes, %d decoded", len(got.body), len(decoded))
	}
	tag := got.header.Get("ETag")
	again := s.do(t, "GET", "/whole", "", accepted, "If-None-Match: "+tag)
	if again.status != 304 || again.body != "" || again.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%+v", again)
	}
	if decoded := gunzipped(t, s.do(t, "GET", "/pieces", "", accepted).body); decoded != text+"end" {
		t.Errorf("%d bytes", len(decoded))
	}
	expectText(t, s.do(t, "GET", "/none", "", accepted), 200, text)
}

func gunzipped(t *testing.T, content string) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded)
}

func TestMistakesInMiddlewareAreTold(t *testing.T) {
	for text, mistake := range map[string]func(app *App){
		`cors: max_age is "86401", allowed are 0 to 86400`: func(app *App) {
			app.Use(CORS(CORSOptions{Origins: []string{"*"}, MaxAge: 86_401 * time.Second}))
		},
		`compress: br_level is "11", allowed are 1 to 9`: func(app *App) {
			app.Use(Compress(CompressOptions{BrLevel: 11}))
		},
		`etag: max_bytes is "-1", allowed are 1 to 67108864`: func(app *App) {
			app.Use(ETag(ETagOptions{MaxBytes: -1}))
		},
		"middleware (middleware_test.go:":            func(app *App) { app.Use(BodyLimit(0)) },
		"middleware is nil":                          func(app *App) { app.Use(nil) },
		"group /g (middleware_test.go:":              func(app *App) { app.Group("/g", Timeout(0)) },
		"GET / (middleware_test.go:":                 func(app *App) { app.Get("/", echoBody, BodyLimit(0)) },
		"bearer: token is missing: one for each cli": func(app *App) { app.Use(Bearer(BearerOptions{})) },
	} {
		app := New()
		mistake(app)
		if err := app.Err(); !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, not %q", err, text)
		}
	}
	app := New()
	serve(t, app)
	app.Use(Timeout(time.Second))
	if err := app.Err(); !errors.Is(err, ErrState) {
		t.Errorf("%v", err)
	}
}
