package trivet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unixClient is a client of the standard library whose connections go to a Unix socket.
func unixClient(path string) *http.Client {
	var dialer net.Dialer
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		},
	}}
}

func TestListensAtAUnixSocket(t *testing.T) {
	for _, engine := range []Engine{EngineUring, EngineEpoll} {
		for _, threads := range []int{1, 2} {
			path := filepath.Join(t.TempDir(), "app.sock")
			app := New(Config{Engine: engine, Threads: threads})
			app.Get("/", func(c *Ctx) error { return c.Text("hello") })
			ctx, cancel := context.WithCancel(context.Background())
			ready := make(chan *Loop, 1)
			done := make(chan error, 1)
			app.onReady = append(app.onReady, func(l *Loop) { ready <- l })
			go func() { done <- app.Serve(ctx, "unix:"+path) }()
			loop := receive(t, ready)
			if loop.Addr() != "unix:"+path || app.Addr() != loop.Addr() {
				t.Errorf("%s", loop.Addr())
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
				t.Errorf("%v %v", info, err)
			}
			client := unixClient(path)
			for range 3 {
				got, err := client.Get("http://localhost/")
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(got.Body)
				got.Body.Close()
				if err != nil || string(body) != "hello" {
					t.Errorf("%q %v", body, err)
				}
			}
			client.CloseIdleConnections()
			cancel()
			if err := receive(t, done); err != nil {
				t.Error(err)
			}
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file is still there: %v", err)
			}
			if err := app.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestUnixSocketThatCannotBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("no socket"), 0o600); err != nil {
		t.Fatal(err)
	}
	app := New()
	if err := app.Serve(context.Background(), "unix:"+path); !errors.Is(err, ErrAddress) ||
		!strings.Contains(err.Error(), "is no socket") {
		t.Errorf("%v", err)
	}
	err := New().Serve(context.Background(), "unix:/"+strings.Repeat("x", 107))
	if err == nil || !strings.Contains(err.Error(), "107 bytes") {
		t.Errorf("%v", err)
	}
}
