package trivet

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

func TestHTTPHandler(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /std/{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Host", r.Host)
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(201)
		w.WriteHeader(500)
		w.Header().Set("X-Late", "1")
		fmt.Fprintf(
			w,
			"%s %s %s %s",
			r.PathValue("id"),
			r.URL.Query().Get("q"),
			r.Header.Get("x-field"),
			body,
		)
		if _, ok := r.Context().(*Ctx); !ok || r.ContentLength != 4 || r.Proto != "HTTP/1.1" ||
			r.RequestURI != "/std/7?q=a+b" {
			t.Errorf("request %+v", r)
		}
	})
	mux.HandleFunc(
		"GET /std/html",
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<!doctype html>") },
	)
	mux.HandleFunc(
		"GET /std/none",
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
	)
	mux.HandleFunc(
		"GET /std/error",
		func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusGone) },
	)
	app := New()
	app.Handle("*", "/std/{rest}", FromHTTP(mux))
	s := serve(t, app)
	got := s.do(t, "POST", "/std/7?q=a+b", "body", "X-Field: f")
	expectText(t, got, 201, "7 a b f body")
	if got.header.Get("X-Host") != "test" || got.header.Get("X-Late") != "" ||
		len(got.header["Set-Cookie"]) != 2 ||
		got.contentType() != "text/plain; charset=utf-8" {
		t.Errorf("fields %v", got.header)
	}
	if got := s.get(t, "/std/html"); got.contentType() != "text/html; charset=utf-8" {
		t.Errorf("fields %v", got.header)
	}
	expectText(t, s.get(t, "/std/none"), 204, "")
	expectText(t, s.get(t, "/std/error"), 410, "gone\n")
	if got := s.get(t, "/std/unknown"); got.status != 405 {
		t.Errorf("got %+v", got)
	}
}

func TestMountedHandlersKnowTheirParameters(t *testing.T) {
	app := New()
	app.Handle("*", "/old/{id:int}/{rest:path}", FromHTTP(http.StripPrefix("/old",
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.URL.Path, " ", r.PathValue("id"), " ", r.PathValue("rest"), " ", r.Pattern)
		}))))
	s := serve(t, app)
	expectText(t, s.get(t, "/old/7/a/b%20c"), 200, "/7/a/b c 7 a/b c /old/{id:int}/{rest:path}")
}
