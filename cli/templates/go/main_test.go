package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/trivet/trivet/langs/go"
)

// serve gives the address of an app that serves as long as the test runs.
func serve(t *testing.T, app *trivet.App) string {
	t.Helper()
	ctx, drain := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, "127.0.0.1:0") }()
	for app.Addr() == "" {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	t.Cleanup(func() {
		drain()
		if err := errors.Join(<-done, app.Close()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + app.Addr()
}

func TestApp(t *testing.T) {
	t.Setenv("TRIVET_THREADS", "1")
	url := serve(t, newApp())
	for path, want := range map[string]string{
		"/":             `{"hello":"world","next":"/hello/you"}`,
		"/hello/trivet": `{"hello":"trivet"}`,
	} {
		response, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || string(body) != want {
			t.Errorf("%s: %d %s %v", path, response.StatusCode, body, err)
		}
	}
}

func TestWhatThereIsNot(t *testing.T) {
	t.Setenv("TRIVET_THREADS", "1")
	response, err := http.Get(serve(t, newApp()) + "/none")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 404 {
		t.Errorf("status %d", response.StatusCode)
	}
}
