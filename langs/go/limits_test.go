package trivet

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func echoBody(c *Ctx) error { return c.Bytes(c.Body()) }

func TestContentIsBoundedByRouteGroupAndApp(t *testing.T) {
	app := New(Config{BodyBytesMax: 4})
	outer := app.Group("/outer", RouteLimits{BodyBytesMax: 8})
	inner := outer.Group("/inner", RouteLimits{RequestTimeout: time.Minute})
	app.Post("/app", echoBody)
	app.Post("/own", echoBody, RouteLimits{BodyBytesMax: 2})
	outer.Post("/group", echoBody)
	inner.Post("/nested", echoBody)
	inner.Post("/own", echoBody, RouteLimits{BodyBytesMax: 16})
	s := serve(t, app)
	for target, most := range map[string]int{
		"/app": 4, "/own": 2, "/outer/group": 8, "/outer/inner/nested": 8, "/outer/inner/own": 16,
	} {
		body := strings.Repeat("x", most)
		expectText(t, s.do(t, "POST", target, body), 200, body)
		if got := s.do(t, "POST", target, body+"x"); got.status != 413 {
			t.Errorf("%s: %d", target, got.status)
		}
	}
}

func TestLimitsOfSeveralOptionsAddUp(t *testing.T) {
	one := RouteLimits{BodyBytesMax: 1, BodyTimeout: 2, BodyRateMin: 3}
	other := RouteLimits{RequestTimeout: 4, SendRateMin: 5, RequestsMax: 6}
	var s scope
	one.applyGroup(&s)
	other.applyGroup(&s)
	RouteLimits{BodyRateMin: Unlimited}.applyGroup(&s)
	want := RouteLimits{1, 2, Unlimited, 4, 5, 6}
	if s.limits != want {
		t.Errorf("%+v", s.limits)
	}
	app := New()
	app.Post("/", echoBody, RouteLimits{BodyBytesMax: 2}, RouteLimits{RequestsMax: 5})
	if got := serve(t, app).do(t, "POST", "/", "123"); got.status != 413 {
		t.Errorf("got %+v", got)
	}
}

func TestAHandlerThatTakesTooLongIsCancelled(t *testing.T) {
	app := New()
	cancelled := make(chan error, 1)
	group := app.Group("", RouteLimits{RequestTimeout: 100 * time.Millisecond})
	group.Get("/late", func(c *Ctx) error {
		<-c.Done()
		cancelled <- c.Err()
		return c.Err()
	})
	group.Get("/patient", func(c *Ctx) error {
		select {
		case <-c.Done():
			return c.Err()
		case <-time.After(300 * time.Millisecond):
			return c.Text("slept")
		}
	}, RouteLimits{RequestTimeout: Unlimited})
	s := serve(t, app)
	if got := s.get(t, "/late"); got.status != 503 {
		t.Errorf("got %+v", got)
	}
	if err := receive(t, cancelled); err == nil {
		t.Error("the context has no error")
	}
	expectText(t, s.get(t, "/patient"), 200, "slept")
}

func TestContentThatCeasesIsGivenUpAfterTheRoutesTime(t *testing.T) {
	app := New()
	app.Post("/", echoBody, RouteLimits{BodyTimeout: 100 * time.Millisecond})
	connection := serve(t, app).dial(t)
	defer connection.Close()
	connection.beginUpload(t, "/", "ab", "Content-Length: 5")
	if got := connection.receive(t, "POST"); got.status != 408 {
		t.Errorf("got %+v", got)
	}
}

func TestRequestsBeyondTheBoundsAreToldToComeBack(t *testing.T) {
	app := New()
	begun := make(chan struct{}, 1)
	hold := func(c *Ctx) error {
		begun <- struct{}{}
		body, err := c.ReadBody()
		if err != nil {
			return err
		}
		return c.Bytes(body)
	}
	group := app.Group("/g", RouteLimits{RequestsMax: 2})
	group.Post("/one", hold, StreamBody(), RouteLimits{RequestsMax: 1})
	group.Post("/two", hold, StreamBody())
	group.Get("/free", hello)
	s := serve(t, app)
	begin := func(target string) *client {
		connection := s.dial(t)
		connection.beginUpload(t, target, "h", "Content-Length: 2")
		receive(t, begun)
		return connection
	}
	one := begin("/g/one")
	defer one.Close()
	if got := s.do(t, "POST", "/g/one", ""); got.status != 503 || got.header.Get("Retry-After") != "1" {
		t.Errorf("got %+v", got)
	}
	if got := s.get(t, "/g/free"); got.status != 200 {
		t.Errorf("got %+v", got)
	}
	two := begin("/g/two")
	defer two.Close()
	if got := s.get(t, "/g/free"); got.status != 503 {
		t.Errorf("got %+v", got)
	}
	for _, connection := range []*client{one, two} {
		connection.write(t, "i")
		expectText(t, connection.receive(t, "POST"), 200, "hi")
	}
	if got := s.get(t, "/g/free"); got.status != 200 {
		t.Errorf("got %+v", got)
	}
}

func TestLimitsThatCannotBe(t *testing.T) {
	for want, limits := range map[string]RouteLimits{
		"BodyBytesMax is negative":              {BodyBytesMax: -1},
		"body_bytes_max is 2199023255552":       {BodyBytesMax: 1 << 41},
		"RequestsMax is out of range":           {RequestsMax: -2},
		"RequestTimeout is out of range":        {RequestTimeout: 1 << 62},
		"requests_max is none, allowed are 1 ":  {RequestsMax: Unlimited},
		"body_timeout_ms is none":               {BodyTimeout: Unlimited},
		"send_rate_min is 1048577, allowed are": {SendRateMin: 1<<20 + 1},
	} {
		for _, register := range []func(app *App){
			func(app *App) { app.Get("/x", hello, limits) },
			func(app *App) { app.Group("/x", limits) },
		} {
			app := New()
			register(app)
			err := errors.Join(app.Err(), app.Close())
			if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
	}
}

func TestLimitsOfTheServerAreSettings(t *testing.T) {
	app := New(Config{Backlog: 5, RequestsMax: 3},
		ServerLimits{RequestsMax: 7, RequestTimeout: Unlimited, BodyBytesMax: 10})
	config, err := app.Config()
	if err != nil || config.Backlog != 5 || config.RequestsMax != 7 || config.BodyBytesMax != 10 ||
		config.RequestTimeout != Unlimited || config.IdleTimeout != 75*time.Second {
		t.Errorf("%+v, %v", config, err)
	}
	app.Close()
	want := ServerLimits{
		TargetBytesMax: 101, HeadBytesMax: 102, HeaderCountMax: 103, BodyBytesMax: 104,
		BodyRatioMax: 117, ConnectionsMax: 105, ConnectionsPerAddressMax: 106, RequestsMax: 107,
		RequestsPerConnectionMax: 108, BodyRateMin: 109, SendRateMin: 110,
		HeadTimeout: 111 * time.Millisecond, BodyTimeout: 112 * time.Millisecond,
		IdleTimeout: 113 * time.Millisecond, KeepAliveTimeout: 114 * time.Millisecond,
		SendTimeout: 115 * time.Millisecond, RequestTimeout: 116 * time.Millisecond,
	}
	app = New(want)
	defer app.Close()
	c, err := app.Config()
	got := ServerLimits{
		c.TargetBytesMax, c.HeadBytesMax, c.HeaderCountMax, c.BodyBytesMax, c.BodyRatioMax,
		c.ConnectionsMax, c.ConnectionsPerAddressMax, c.RequestsMax, c.RequestsPerConnectionMax, c.BodyRateMin,
		c.SendRateMin, c.HeadTimeout, c.BodyTimeout, c.IdleTimeout, c.KeepAliveTimeout,
		c.SendTimeout, c.RequestTimeout,
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	app = New(ServerLimits{HeaderCountMax: 1001})
	if err := errors.Join(app.Err(), app.Close()); !errors.Is(err, ErrArgument) {
		t.Errorf("%v", err)
	}
}
