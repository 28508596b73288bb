package trivet

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

type traceKey struct{}

// tracingBefore leaves its name with the request and obeys its header fields.
func tracingBefore(name string) Handler {
	return func(c *Ctx) error {
		trace, _ := Value[[]string](c, traceKey{})
		c.Set(traceKey{}, append(trace, name))
		switch name {
		case c.Header("x-stop"):
			return c.Status(403).Text("stopped by " + name)
		case c.Header("x-fail"):
			return errors.New(name + " failed")
		case c.Header("x-panic"):
			panic(name)
		case c.Header("x-goexit"):
			runtime.Goexit()
		}
		return nil
	}
}

// tracingAfter adds its name to the answer and obeys the request's header fields.
func tracingAfter(name string) AfterHook {
	return func(c *Ctx, r *Response) error {
		switch name {
		case c.Header("x-fail-after"):
			return errors.New(name + " failed after")
		case c.Header("x-panic-after"):
			panic(name + " after")
		case c.Header("x-goexit-after"):
			runtime.Goexit()
		case c.Header("x-status"):
			r.Status = 299
		case c.Header("x-inject"):
			return r.AddHeader("x-split", "a\r\nx-injected: b")
		case c.Header("x-spoil"):
			r.Headers = append(r.Headers, Field{"x-split", "a\r\nx-injected: b"})
		}
		return r.AddHeader("x-after", name)
	}
}

func tracedApp(options ...Option) *App {
	app := New(options...)
	trace := func(c *Ctx) error {
		names, _ := Value[[]string](c, traceKey{})
		return c.Text(strings.Join(names, " "))
	}
	outer := app.Group("/g", Before(tracingBefore("outer")), After(tracingAfter("outer")))
	inner := outer.Group("/inner")
	for path, further := range map[string][]RouteOption{"/leaf": nil, "/inline": {Inline}} {
		inner.Get(path, trace, append(further, Before(tracingBefore("route")),
			After(tracingAfter("first"), tracingAfter("second")))...)
	}
	inner.Before(tracingBefore("inner")) // also for the routes that are there already
	inner.After(tracingAfter("inner"))
	app.Before(tracingBefore("app"))
	app.After(tracingAfter("app"))
	app.Get("/plain", trace)
	return app
}

func afterNames(got answer) string { return strings.Join(got.header.Values("x-after"), " ") }

const allAfter = "second first inner outer app"

func TestHooksRunOutsideInAndBack(t *testing.T) {
	s := serve(t, tracedApp())
	for _, target := range []string{"/g/inner/leaf", "/g/inner/inline"} {
		got := s.get(t, target)
		expectText(t, got, 200, "app outer inner route")
		if afterNames(got) != allAfter || got.contentType() != contentTypes[contentText] {
			t.Errorf("after: %q, %q", afterNames(got), got.contentType())
		}
	}
	got := s.get(t, "/plain")
	expectText(t, got, 200, "app")
	if afterNames(got) != "app" {
		t.Errorf("after: %q", afterNames(got))
	}
}

func TestBeforeHookThatAnswersEndsTheChain(t *testing.T) {
	s := serve(t, tracedApp())
	for _, target := range []string{"/g/inner/leaf", "/g/inner/inline"} {
		for _, name := range []string{"app", "outer", "inner", "route"} {
			got := s.do(t, "GET", target, "", "x-stop: "+name)
			expectText(t, got, 403, "stopped by "+name)
			if afterNames(got) != allAfter {
				t.Errorf("after: %q", afterNames(got))
			}
		}
	}
}

func TestFailingHooksAre500AndOneLine(t *testing.T) {
	for _, c := range []struct{ field, cause, after string }{
		{"x-fail: inner", "inner failed", allAfter},
		{"x-panic: route", "panic: route at ", allAfter},
		{"x-goexit: app", "runtime.Goexit", allAfter},
		{"x-fail-after: first", "first failed after", "inner outer app"},
		{"x-panic-after: second", "panic: second after at ", "first inner outer app"},
		{"x-goexit-after: inner", "runtime.Goexit", ""},
		{"x-fail-after: app", "app failed after", ""},
		{"x-inject: outer", "x-split", "app"},
		{"x-spoil: outer", "x-split", ""},
	} {
		for _, target := range []string{"/g/inner/leaf", "/g/inner/inline"} {
			log := logOf(t, func() {
				app := tracedApp()
				s := serve(t, app)
				got := s.do(t, "GET", target, "", c.field)
				p := got.problem(t)
				if got.status != 500 || p.Status != 500 || p.Detail != "" ||
					afterNames(got) != c.after || got.header.Get("x-injected") != "" {
					t.Errorf("%s: %+v", c.field, got)
				}
				got = s.get(t, target) // the loop goes on
				expectText(t, got, 200, "app outer inner route")
			})
			expectContains(t, log, "GET "+target+" failed: ")
			expectContains(t, log, c.cause)
			if strings.Count(log, "\n") != 1 {
				t.Errorf("%s is told more than once: %s", c.field, log)
			}
		}
	}
}

func TestAfterHooksSeeAndChangeEveryKindOfAnswer(t *testing.T) {
	app := New()
	app.After(func(c *Ctx, r *Response) error {
		seen := fmt.Sprintf("%d %q %q %q", r.Status, r.Header("CONTENT-TYPE"), r.Header("Location"),
			r.Body)
		return r.SetHeader("X-Seen", seen)
	})
	answers := map[string]struct {
		give Handler
		seen string
	}{
		"/text": {hello, `200 "text/plain; charset=utf-8" "" "Hello, World!"`},
		"/html": {func(c *Ctx) error { return c.HTML("<p>") }, `200 "text/html; charset=utf-8" "" "<p>"`},
		"/xml":  {func(c *Ctx) error { return c.XML("<a/>") }, `200 "application/xml" "" "<a/>"`},
		"/json": {func(c *Ctx) error { return c.JSON(1) }, `200 "application/json" "" "1"`},
		"/bytes": {
			func(c *Ctx) error { return c.Bytes([]byte{1}) },
			`200 "application/octet-stream" "" "\x01"`,
		},
		"/none": {func(*Ctx) error { return nil }, `204 "" "" ""`},
		"/away": {func(c *Ctx) error { return c.Redirect("/text") }, `303 "" "/text" ""`},
		"/own": {
			func(c *Ctx) error { return errors.Join(c.SetHeader("Content-Type", "a/b"), c.Text("x")) },
			`200 "a/b" "" "x"`,
		},
		"/problem": {
			func(c *Ctx) error { return c.Problem(418, "tea") },
			fmt.Sprintf("418 %q \"\" %q", contentTypes[contentProblem], problemJSON(418, "tea")),
		},
		"/conflict": {
			func(*Ctx) error { return Conflict("twice").WithHeader("Retry-After", "7") },
			fmt.Sprintf("409 %q \"\" %q", contentTypes[contentProblem], problemJSON(409, "twice")),
		},
	}
	for path, a := range answers {
		app.Get(path, a.give)
	}
	plain := New() // the same without hooks
	for path, a := range answers {
		plain.Get(path, a.give)
	}
	s, p := serve(t, app), serve(t, plain)
	for path, a := range answers {
		got, want := s.get(t, path), p.get(t, path)
		if seen := got.header.Get("X-Seen"); seen != a.seen {
			t.Errorf("%s was seen as %s", path, seen)
		}
		got.header.Del("X-Seen")
		got.header.Del("Date")
		want.header.Del("Date")
		if got.status != want.status || got.body != want.body ||
			fmt.Sprint(got.header) != fmt.Sprint(want.header) {
			t.Errorf("%s: a hook that changes nothing changed %+v to %+v", path, want, got)
		}
	}
}

func TestAfterHooksReplaceAnswers(t *testing.T) {
	app := New()
	app.Get("/", hello, After(
		func(_ *Ctx, r *Response) error {
			r.DeleteHeader("x-one")
			return r.SetHeader("X-Three", "3")
		},
		func(c *Ctx, r *Response) error {
			if err := c.Text("a hook must not answer"); !errors.Is(err, ErrStale) {
				return errors.New("it could")
			}
			*r = Response{Status: 299, Headers: []Field{{"X-One", "1"}, {"X-Two", "2"}}}
			r.Body = append(r.Body, strings.Repeat("long ", 1000)...)
			return r.SetHeader("x-two", "two")
		},
	))
	app.Get("/status", hello, After(func(_ *Ctx, r *Response) error {
		r.Status = 99
		return nil
	}))
	app.Get("/many", hello, After(func(_ *Ctx, r *Response) error {
		for r.AddHeader("X-Many", "x") == nil {
		}
		r.Headers = append(r.Headers, Field{"X-Many", "x"})
		return nil
	}))
	s := serve(t, app)
	got := s.get(t, "/")
	if got.status != 299 || got.body != strings.Repeat("long ", 1000) ||
		got.header.Get("X-One") != "" || got.header.Get("X-Two") != "two" ||
		got.header.Get("X-Three") != "3" || got.contentType() != "" {
		t.Errorf("got %+v", got)
	}
	log := logOf(t, func() {
		for _, target := range []string{"/status", "/many"} {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
		}
	})
	if strings.Count(log, "an after hook left an answer that cannot be sent") != 2 {
		t.Errorf("log: %s", log)
	}
}

func TestAppHooksSeeRequestsWithoutARoute(t *testing.T) {
	app := tracedApp(Config{BodyBytesMax: 10})
	app.Post("/post", hello)
	s := serve(t, app)
	for _, c := range []struct {
		method, target, body string
		status               int
	}{
		{"GET", "/nowhere", "", 404},
		{"DELETE", "/plain", "", 405},
		{"POST", "/post", "12345678901", 413},
		{"POST", "/nowhere", "12345678901", 413},
	} {
		got := s.do(t, c.method, c.target, c.body)
		if p := got.problem(t); p.Status != c.status || afterNames(got) != "app" {
			t.Errorf("%s %s: %+v", c.method, c.target, got)
		}
		got = s.do(t, c.method, c.target, c.body, "x-stop: app")
		expectText(t, got, 403, "stopped by app")
	}
	if allow := s.do(t, "DELETE", "/plain", "").header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("Allow is %q", allow)
	}
}

func TestHooksOfAGroupOnlyLeaveTheRestToTheEngine(t *testing.T) {
	app := New()
	app.Group("/g", Before(tracingBefore("g"))).Get("/x", hello)
	s := serve(t, app)
	if got := s.get(t, "/nowhere"); got.problem(t).Status != 404 {
		t.Errorf("got %+v", got)
	}
	if app.table[0].info.Pattern != "" {
		t.Error("the place of requests without a route has a pattern")
	}
}

func TestAnEndedLoopSparesAfterHooks(t *testing.T) {
	app := New()
	arrived, release, returned := make(chan *Ctx, 1), make(chan struct{}), make(chan struct{})
	app.Get("/", func(c *Ctx) error {
		arrived <- c
		<-release
		defer close(returned)
		return errors.New("too late")
	}, After(func(*Ctx, *Response) error {
		t.Error("an after hook of a request that is gone")
		return nil
	}))
	app.OnError(func(*Ctx, error) error {
		t.Error("an error of a request that is gone")
		return nil
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	receive(t, arrived)
	app.Drain()
	app.Drain()
	receive(t, s.loop.over)
	close(release)
	receive(t, returned)
}

// The engine's own hooks, which C and other bindings use, run beside those of the SDK.
func TestHooksOfTheEngine(t *testing.T) {
	app := New()
	app.Get("/", hello)
	app.Get("/inline", func(c *Ctx) error {
		return errors.Join(c.addEngineHeader("X-Added", "1"), c.Text("ok"))
	}, Inline)
	counts, err := countHooks(app)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "Hello, World!")
	if got := s.get(t, "/inline").header.Get("X-Added"); got != "1" {
		t.Errorf("the field is %q", got)
	}
	if got := s.get(t, "/nowhere"); got.status != 404 {
		t.Errorf("got %+v", got)
	}
	s.end(t)
	got := counts()
	if want := (engineCounts{2, 2, 1, 1, 1}); got != want && got != (engineCounts{2, 3, 1, 1, 1}) {
		t.Errorf("got %+v", got)
	}
}

// What hooks cost, those routes pay that have them.
func TestRouteWithoutHooksAllocatesNothing(t *testing.T) {
	app := New()
	defer app.Close()
	app.Group("/g", Before(tracingBefore("x")), After(tracingAfter("x"))).Get("", hello)
	app.Get("/", func(c *Ctx) error { return c.Text("Hello, World!") })
	for _, r := range app.table {
		r.compose()
	}
	l, records := &Loop{app: app}, make([]byte, 0, 1024)
	c := &Ctx{}
	for _, r := range app.table[1:] {
		allocations := testing.AllocsPerRun(100, func() {
			*c = Ctx{loop: l, route: r}
			records = records[:0]
			c.run(&records)
		})
		if hasHooks := r.after != nil; hasHooks == (allocations == 0) {
			t.Errorf("%v allocations, hooks: %v", allocations, hasHooks)
		}
	}
}
