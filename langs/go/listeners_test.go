package trivet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const proxyLine = "PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n"

// askAt sends a request on a connection of its own, and tells all that comes for it.
func askAt(t *testing.T, network, address, before string) string {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "%sGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", before)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestServesAtFurtherAddresses(t *testing.T) {
	for _, engine := range []Engine{EngineUring, EngineEpoll} {
		for _, threads := range []int{1, 2} {
			path := filepath.Join(t.TempDir(), "app.sock")
			app := New(Config{Engine: engine, Threads: threads, AlsoListen: "unix:" + path})
			app.Get("/", func(c *Ctx) error { return c.Text("hello") })
			s := serve(t, app)
			for range 5 {
				for _, got := range []string{
					askAt(t, "unix", path, ""),
					askAt(t, "tcp", s.address, ""),
				} {
					if !strings.HasSuffix(got, "\r\n\r\nhello") {
						t.Errorf("%q", got)
					}
				}
			}
			if config, err := app.Config(); err != nil || config.AlsoListen != "unix:"+path {
				t.Errorf("%+v, %v", config, err)
			}
			s.end(t)
			if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file is still there: %v", err)
			}
		}
	}
}

func TestAProxyNamesTheClient(t *testing.T) {
	app := New(Config{ProxyProtocol: true, TrustedProxies: "127.0.0.1", LogLevel: LogOff})
	app.Get("/", func(c *Ctx) error {
		client := c.Client()
		return c.Text(fmt.Sprintf("%s %d %s", client.Address, client.Port, client.Scheme))
	})
	s := serve(t, app)
	if got := askAt(t, "tcp", s.address, proxyLine); !strings.HasSuffix(got, "\n192.0.2.7 4711 http") {
		t.Errorf("%q", got)
	}
	if got := askAt(t, "tcp", s.address, ""); got != "" {
		t.Errorf("%q", got)
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for config, want := range map[Config]string{
		{AlsoListen: "example.com:80"}:    "also_listen is 'example.com:80'",
		{AlsoListen: "127.0.0.1:0 proxy"}: "trusted_proxies names nobody",
		{ProxyProtocol: true}:             "trusted_proxies names nobody",
	} {
		config.LogLevel = LogOff
		err := New(config).Serve(context.Background(), "127.0.0.1:0")
		if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", config, err)
		}
	}
}
