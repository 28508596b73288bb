// Package trivettest is a client for tests of a Trivet app: it is served in the process of the test, by
// the engine, without a port.
//
//	func TestHello(t *testing.T) {
//		client := trivettest.New(t, newApp())
//		response := client.Get("/")
//		if response.Status != 200 || response.Text() != "Hello, World!" {
//			t.Errorf("got %v", response)
//		}
//	}
package trivettest

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/trivet/trivet/langs/go"
)

const (
	host     = "trivet.test"
	patience = 30 * time.Second
)

// Client sends requests to an app. What goes wrong on the way fails the test.
type Client struct {
	t        testing.TB
	app      *trivet.App
	http     *http.Client
	expected bool // failures are

	mu       sync.Mutex
	conns    []net.Conn
	failures []error
}

// Option changes what [New] makes.
type Option func(c *Client)

// ExpectFailures has errors of handlers not fail the test: a request gets its 500, and
// [Client.Failures] tells why.
func ExpectFailures() Option { return func(c *Client) { c.expected = true } }

// Override gives a value in place of what the provider of its type makes, as [trivet.Override]. For an
// interface name the type: trivettest.Override[Store](fake).
func Override[T any](value T) Option {
	return func(c *Client) { trivet.Override(c.app, value) }
}

// New serves an app, whose OnStartup functions have run when it returns, until the test ends: then the
// client leaves, the app drains, and its OnShutdown functions run. An error of a handler that nobody
// answers fails the test; see [ExpectFailures].
func New(t testing.TB, app *trivet.App, options ...Option) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{t: t, app: app}
	c.http = &http.Client{
		Transport:     &http.Transport{DialContext: c.dial, DisableCompression: true},
		Jar:           openJar{jar},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, option := range options {
		option(c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- app.ServeTest(ctx, func() { close(ready) }, c.fail) }()
	select {
	case <-ready:
	case err := <-done:
		cancel()
		t.Fatalf("the app does not start: %v", err)
	}
	t.Cleanup(func() {
		c.leave()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the end of the app: %v", err)
		}
	})
	return c
}

// HTTP returns the client of net/http under it, which follows no redirects and keeps cookies.
// [Client.URL] makes the addresses.
func (c *Client) HTTP() *http.Client { return c.http }

// URL returns the address of a path, with its query.
func (c *Client) URL(path string) string { return "http://" + host + path }

// Cookies returns what is kept for a path.
func (c *Client) Cookies(path string) map[string]string {
	found := make(map[string]string)
	address, err := url.Parse(c.URL(path))
	if err != nil {
		c.t.Helper()
		c.t.Fatal(err)
	}
	for _, cookie := range c.http.Jar.Cookies(address) {
		found[cookie.Name] = cookie.Value
	}
	return found
}

// Advance puts the app's clock forward, as [trivet.App.Advance].
func (c *Client) Advance(d time.Duration) {
	c.t.Helper()
	if err := c.app.Advance(d); err != nil {
		c.t.Fatal(err)
	}
}

// Failures returns the errors of handlers that nobody has answered, and forgets them.
func (c *Client) Failures() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	failures := c.failures
	c.failures = nil
	return failures
}

func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, err)
}

func (c *Client) dial(context.Context, string, string) (net.Conn, error) {
	conn, err := c.app.Inject()
	if err == nil {
		c.mu.Lock()
		c.conns = append(c.conns, conn)
		c.mu.Unlock()
	}
	return conn, err
}

// leave closes every connection, so that nothing is in flight.
func (c *Client) leave() {
	c.http.CloseIdleConnections()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		conn.Close()
	}
}

// openJar sends secure cookies as well: there is no network between.
type openJar struct{ *cookiejar.Jar }

func (j openJar) SetCookies(address *url.URL, cookies []*http.Cookie) {
	for _, cookie := range cookies {
		cookie.Secure = false
	}
	j.Jar.SetCookies(address, cookies)
}
