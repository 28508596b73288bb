package trivettest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trivet/trivet/langs/go"
	"github.com/trivet/trivet/langs/go/trivettest"
)

type bank interface{ rate() int }

type realBank struct{}

func (realBank) rate() int { return 1 }

type fakeBank struct{}

func (fakeBank) rate() int { return 7 }

var errColour = errors.New("no such colour")

func newApp() *trivet.App {
	app := trivet.New()
	trivet.Provide(app, func() bank { return realBank{} })
	app.Get("/hello", func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"hello": "world"}) })
	app.Get("/rate", func(c *trivet.Ctx) error {
		given, err := trivet.Resolve[bank](c)
		if err != nil {
			return err
		}
		return c.Text(fmt.Sprint(given.rate()))
	})
	app.Get("/boom", func(*trivet.Ctx) error { return errColour })
	app.Get("/panic", func(*trivet.Ctx) error { panic("no such shape") })
	app.Get("/teapot", func(*trivet.Ctx) error { return trivet.ServiceUnavailable("short and stout") })
	methods := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	app.Route(methods, "/echo", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{
			"method": c.Method(), "type": c.Header("Content-Type"), "cookie": c.Header("Cookie"),
			"x": c.Header("X-Test"), "body": string(c.Body()),
		})
	})
	app.Get("/login", func(c *trivet.Ctx) error {
		if err := c.SetHeader("Set-Cookie", "id=7; Path=/; Secure; HttpOnly"); err != nil {
			return err
		}
		return c.Text("in")
	})
	app.SSE("/count", func(_ *trivet.Ctx, out *trivet.Stream) error {
		for _, data := range []string{"0", "1", "2"} {
			if err := out.Send(trivet.Event{Data: data, ID: data, Event: "tick"}); err != nil {
				return err
			}
		}
		return nil
	})
	return app
}

type echo struct{ Method, Type, Cookie, X, Body string }

// recorder takes the failures of a client whose test is to fail.
type recorder struct {
	testing.TB
	told []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

func TestItAnswers(t *testing.T) {
	client := trivettest.New(t, newApp())
	response := client.Get("/hello")
	var told map[string]string
	response.JSON(&told)
	if response.Status != 200 || told["hello"] != "world" || response.Text() != `{"hello":"world"}` {
		t.Errorf("got %v", response)
	}
	if kind := response.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("Content-Type %q", kind)
	}
	if response := client.Get("/none"); response.Status != 404 {
		t.Errorf("got %v", response)
	}
}

func TestMethodsAndContents(t *testing.T) {
	client := trivettest.New(t, newApp())
	parts := []trivettest.Part{trivettest.JSON([]int{1}), trivettest.Header("X-Test", "y")}
	for method, send := range map[string]func(string, ...trivettest.Part) *trivettest.Response{
		"POST": client.Post, "PUT": client.Put, "PATCH": client.Patch, "DELETE": client.Delete,
	} {
		var got echo
		send("/echo", parts...).JSON(&got)
		if want := (echo{method, "application/json", "", "y", "[1]"}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	var got echo
	client.Post("/echo", trivettest.Form(url.Values{"a": {"1"}})).JSON(&got)
	if got.Body != "a=1" || got.Type != "application/x-www-form-urlencoded" {
		t.Errorf("got %v", got)
	}
	client.Post("/echo", trivettest.File("f", "a.txt", []byte("text"))).JSON(&got)
	if !strings.HasPrefix(got.Type, "multipart/form-data; ") || !strings.Contains(got.Body, "text") {
		t.Errorf("got %v", got)
	}
	pieces := struct{ *strings.Reader }{strings.NewReader("in pieces")} // of unknown length
	client.Post("/echo", trivettest.Body("text/plain", pieces)).JSON(&got)
	if got.Body != "in pieces" {
		t.Errorf("got %v", got)
	}
}

func TestCookiesAreKept(t *testing.T) {
	client := trivettest.New(t, newApp())
	client.Get("/login")
	var got echo
	client.Get("/echo").JSON(&got)
	if got.Cookie != "id=7" || client.Cookies("/")["id"] != "7" {
		t.Errorf("got %v, kept %v", got, client.Cookies("/"))
	}
}

func TestFailuresOfHandlersFailTheTest(t *testing.T) {
	r := &recorder{TB: t}
	client := trivettest.New(r, newApp())
	client.Get("/boom")
	client.Get("/panic")
	client.Get("/teapot") // was the handler's answer
	if len(r.told) != 2 || !strings.Contains(r.told[0], "GET /boom: the handler failed: no such colour") ||
		!strings.Contains(r.told[1], "no such shape") {
		t.Errorf("told %q", r.told)
	}
}

func TestFailuresThatAreExpected(t *testing.T) {
	client := trivettest.New(t, newApp(), trivettest.ExpectFailures())
	if response := client.Get("/boom"); response.Status != 500 {
		t.Errorf("got %v", response)
	}
	failures := client.Failures()
	if len(failures) != 1 || !errors.Is(failures[0], errColour) || len(client.Failures()) != 0 {
		t.Errorf("failures %v", failures)
	}
}

func TestErrorHandlersAnswerForIt(t *testing.T) {
	app := newApp()
	app.MapError(errColour, trivet.BadRequest("colours are numbers"))
	if response := trivettest.New(t, app).Get("/boom"); response.Status != 400 {
		t.Errorf("got %v", response)
	}
	app = newApp()
	app.OnError(func(c *trivet.Ctx, _ error) error { return c.Status(500).Text("sorry") })
	client := trivettest.New(t, app, trivettest.ExpectFailures())
	if response := client.Get("/boom"); response.Status != 500 || response.Text() != "sorry" {
		t.Errorf("got %v", response)
	}
	if failures := client.Failures(); len(failures) != 1 || !errors.Is(failures[0], errColour) {
		t.Errorf("an answered 500 is a failure, too: %v", failures)
	}
}

func TestOverride(t *testing.T) {
	if got := trivettest.New(t, newApp()).Get("/rate").Text(); got != "1" {
		t.Errorf("got %q", got)
	}
	client := trivettest.New(t, newApp(), trivettest.Override[bank](fakeBank{}))
	if got := client.Get("/rate").Text(); got != "7" {
		t.Errorf("got %q", got)
	}
}

func TestEvents(t *testing.T) {
	events := trivettest.New(t, newApp()).SSE("/count")
	for _, want := range []string{"0", "1", "2"} {
		event, ok := events.Next()
		if !ok || event != (trivettest.Event{Data: want, Name: "tick", ID: want}) {
			t.Errorf("got %v %v", event, ok)
		}
	}
	if event, ok := events.Next(); ok {
		t.Errorf("after the end %v", event)
	}
}

func TestHeartbeatsComeWhenTimeGoesOn(t *testing.T) {
	app := trivet.New()
	hub, err := trivet.NewEventHub(app, trivet.EventHubConfig{Heartbeat: 15 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	app.Get("/news", hub.Stream)
	client := trivettest.New(t, app)
	events := client.SSE("/news")
	client.Advance(16 * time.Second)
	for range 100 { // the loop sees the time at its next turn, on a thread of its own
		if err := hub.Publish("hello"); err != nil {
			t.Fatal(err)
		}
		if event, ok := events.Next(); !ok || event.Data != "hello" {
			t.Fatalf("got %v", event)
		}
		if len(events.Comments()) > 0 {
			return
		}
		client.Advance(16 * time.Second)
	}
	t.Error("no heartbeat has come")
}

func TestDeadlinesComeWhenTimeGoesOn(t *testing.T) {
	app := trivet.New(trivet.Config{RequestTimeout: time.Minute})
	begun, ended := make(chan struct{}), make(chan struct{})
	app.Get("/wait", func(c *trivet.Ctx) error {
		close(begun)
		<-c.Done()
		close(ended)
		return c.Err()
	})
	client := trivettest.New(t, app)
	go func() {
		<-begun
		if err := app.Advance(61 * time.Second); err != nil {
			t.Error(err)
		}
	}()
	if response := client.Get("/wait"); response.Status != 503 {
		t.Errorf("got %v", response)
	}
	<-ended
}

func TestStartAndEnd(t *testing.T) {
	var seen []string
	app := newApp()
	app.OnStartup(func(context.Context) error { seen = append(seen, "start"); return nil })
	app.OnShutdown(func(context.Context) error { seen = append(seen, "end"); return nil })
	for range 2 {
		t.Run("served", func(t *testing.T) {
			if response := trivettest.New(t, app).Get("/hello"); response.Status != 200 {
				t.Errorf("got %v", response)
			}
		})
	}
	if got := strings.Join(seen, " "); got != "start end start end" {
		t.Errorf("seen %s", got)
	}
}

func TestAnAppThatIsNotTested(t *testing.T) {
	app := newApp()
	if _, err := app.Inject(); !errors.Is(err, trivet.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := app.Advance(time.Second); !errors.Is(err, trivet.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := app.Advance(-1); !errors.Is(err, trivet.ErrArgument) {
		t.Errorf("got %v", err)
	}
	failed := trivet.New()
	failed.Get("/{", func(*trivet.Ctx) error { return nil })
	if err := failed.ServeTest(context.Background(), nil, nil); !errors.Is(err, trivet.ErrPattern) {
		t.Errorf("got %v", err)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
	if _, err := app.Inject(); !errors.Is(err, trivet.ErrState) {
		t.Errorf("got %v", err)
	}
	if err := app.Advance(time.Second); !errors.Is(err, trivet.ErrState) {
		t.Errorf("got %v", err)
	}
}

func TestNoDescriptorsAreLeft(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	app := newApp()
	serve := func(t *testing.T) {
		client := trivettest.New(t, app)
		client.Get("/hello")
		client.SSE("/count")
	}
	t.Run("first", serve)
	before := count()
	for range 5 {
		t.Run("again", serve)
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func TestTheClientBelow(t *testing.T) {
	client := trivettest.New(t, newApp())
	response, err := client.HTTP().Head(client.URL("/hello"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
}
