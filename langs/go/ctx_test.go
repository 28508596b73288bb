package trivet

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestClientThatLeavesCancelsTheContext(t *testing.T) {
	app := New()
	arrived, causes := make(chan struct{}), make(chan error, 2)
	app.Get("/", func(c *Ctx) error {
		child, cancel := context.WithCancel(c)
		defer cancel()
		close(arrived)
		<-child.Done()
		causes <- context.Cause(child)
		causes <- context.Cause(c)
		return c.Text("nobody reads this")
	})
	s := serve(t, app)
	connection := s.dial(t)
	connection.send(t, "GET", "/", "")
	receive(t, arrived)
	connection.Close()
	for range 2 {
		if cause := receive(t, causes); !errors.Is(cause, ErrGone) {
			t.Errorf("cause %v", cause)
		}
	}
}

func TestContextEndsWithItsHandler(t *testing.T) {
	for _, option := range [][]RouteOption{nil, {Inline}} {
		app := New()
		contexts := make(chan *Ctx, 1)
		app.Get("/", func(c *Ctx) error {
			if c.Err() != nil || c.Done() == nil {
				t.Error("cancelled too early")
			}
			if _, has := c.Deadline(); has {
				t.Error("a deadline from nowhere")
			}
			contexts <- c
			return nil
		}, option...)
		s := serve(t, app)
		expectText(t, s.get(t, "/"), 204, "")
		c := receive(t, contexts)
		receive(t, c.Done())
		if !errors.Is(c.Err(), context.Canceled) || !errors.Is(context.Cause(c), context.Canceled) {
			t.Errorf("err %v, cause %v", c.Err(), context.Cause(c))
		}
	}
}

func TestDoneOfAStaleContext(t *testing.T) {
	app := New()
	contexts := make(chan *Ctx, 1)
	app.Get("/", func(c *Ctx) error {
		contexts <- c
		return nil
	})
	s := serve(t, app)
	s.get(t, "/")
	receive(t, receive(t, contexts).Done())
}

func TestValues(t *testing.T) {
	type key struct{}
	app := New()
	app.Get("/", func(c *Ctx) error {
		c.Set(key{}, "kept")
		child, cancel := context.WithCancel(c)
		defer cancel()
		if c.Get("other") != nil || c.Value("other") != nil {
			t.Error("a value from nowhere")
		}
		return c.Text(c.Get(key{}).(string) + " " + child.Value(key{}).(string))
	})
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "kept kept")
}

func TestStaleUse(t *testing.T) {
	for _, option := range [][]RouteOption{nil, {Inline}} {
		app := New()
		contexts := make(chan *Ctx, 1)
		app.Post("/{name}", func(c *Ctx) error {
			if _, err := c.LookupHeader("Host"); err != nil {
				t.Error(err)
			}
			err := c.Text("kept")
			if c.Path() != "/x" {
				t.Error("the request cannot be read between the answer and the return")
			}
			contexts <- c
			return err
		}, option...)
		s := serve(t, app)
		expectText(t, s.do(t, "POST", "/x?a=1", "{}", "Cookie: a=1"), 200, "kept")
		c := receive(t, contexts)
		<-c.Done()
		_, lookupHeader := c.LookupHeader("Host")
		_, lookupQuery := c.LookupQuery("a")
		_, lookupCookie := c.LookupCookie("a")
		_, view := c.isSameView()
		for name, err := range map[string]error{
			"LookupHeader": lookupHeader, "LookupQuery": lookupQuery, "LookupCookie": lookupCookie,
			"view": view, "Text": c.Text(""), "JSON": c.JSON(1), "HTML": c.HTML(""),
			"Bytes": c.Bytes(nil), "NoContent": c.NoContent(), "Redirect": c.Redirect("/"),
			"Problem": c.Problem(400, ""), "SetHeader": c.SetHeader("A", "b"),
		} {
			if !errors.Is(err, ErrStale) && name != "Redirect" || err == nil {
				t.Errorf("%s gave %v", name, err)
			}
		}
		if got := c.Method() + c.Path() + c.Target() + c.QueryString() + c.Param("name") + c.Query("a") +
			c.Header("Host") + c.Cookie("a") + string(c.Body()); got != "" {
			t.Errorf("a stale request told %q", got)
		}
		if len(c.Headers())+len(c.QueryAll())+len(c.Cookies()) != 0 || c.ID() != 0 ||
			c.ParamInt("name") != 0 {
			t.Error("a stale request told something")
		}
		c.Set("a", 1)
		if c.Get("a") != nil {
			t.Error("a stale request keeps values")
		}
	}
}

func TestDoubleAnswer(t *testing.T) {
	app := New()
	app.Get("/ignored", func(c *Ctx) error {
		err := c.Text("first")
		if second := c.Text("second"); !errors.Is(second, ErrStale) {
			t.Errorf("the second answer gave %v", second)
		}
		if late := c.SetHeader("X-Late", "1"); !errors.Is(late, ErrStale) {
			t.Errorf("a late header gave %v", late)
		}
		return err
	})
	app.Get("/returned", func(c *Ctx) error {
		if err := c.Text("first"); err != nil {
			return err
		}
		return c.Text("second")
	}, Inline)
	s := serve(t, app)
	expectText(t, s.get(t, "/ignored"), 200, "first")
	log := logOf(t, func() {
		if got := s.get(t, "/returned"); got.status != 500 {
			t.Errorf("got %+v", got)
		}
	})
	expectContains(t, log, "already answered")
}

func panicsHere() { panic("out of " + "soup") }

func TestPanicIsA500AndNamesTheFrame(t *testing.T) {
	app := New()
	app.Get("/panic", func(*Ctx) error {
		panicsHere()
		return nil
	})
	app.Get("/inline", func(*Ctx) error {
		maps := map[bool]map[string]int{}
		maps[true]["a"] = 1
		return nil
	}, Inline)
	app.Get("/nil", func(c *Ctx) error { return c.Text(*(*string)(nil)) })
	app.Get("/after", func(c *Ctx) error {
		if err := c.Text("answered"); err != nil {
			return err
		}
		panic(errors.New("after the answer"))
	})
	app.Get("/fine", hello)
	s := serve(t, app)
	for target, parts := range map[string][]string{
		"/panic":  {"out of soup", "panicsHere (ctx_test.go:", "GET", "/panic"},
		"/inline": {"assignment to entry in nil map", "ctx_test.go:"},
		"/nil":    {"nil pointer", "ctx_test.go:"},
		"/after":  {"after the answer", "ctx_test.go:"},
	} {
		log := logOf(t, func() {
			got := s.get(t, target)
			if problem := got.problem(t); got.status != 500 || problem.Status != 500 ||
				strings.Contains(got.body, "soup") {
				t.Errorf("%s: %+v", target, got)
			}
		})
		for _, part := range parts {
			expectContains(t, log, part)
		}
		if strings.Count(log, "\n") != 1 {
			t.Errorf("%s: not one line: %q", target, log)
		}
	}
	expectText(t, s.get(t, "/fine"), 200, "Hello, World!")
}

func TestGoexitIsA500AndTheLoopLives(t *testing.T) {
	for _, option := range [][]RouteOption{nil, {Inline}} {
		app := New()
		app.Get("/exit", func(*Ctx) error {
			runtime.Goexit()
			return nil
		}, option...)
		app.Get("/fine", hello, option...)
		s := serve(t, app)
		for range 3 {
			log := logOf(t, func() {
				connection := s.dial(t)
				defer connection.Close()
				connection.send(t, "GET", "/exit", "")
				connection.send(t, "GET", "/fine", "")
				if got := connection.receive(t, "GET"); got.status != 500 {
					t.Errorf("got %+v", got)
				}
				expectText(t, connection.receive(t, "GET"), 200, "Hello, World!")
			})
			expectContains(t, log, "runtime.Goexit")
		}
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	app := New()
	app.Get("/http", func(*Ctx) error { return NewError(404, "no \"soup\"\r\n") })
	app.Get(
		"/wrapped",
		func(*Ctx) error { return errors.Join(errors.New("context"), Errorf(409, "version %d", 2)) },
	)
	app.Get("/plain", func(*Ctx) error { return errors.New("the cupboard is bare") })
	app.Get("/strange", func(*Ctx) error { return NewError(200, "no error at all") })
	app.Get("/replaces", func(c *Ctx) error {
		if err := c.Text("answered"); err != nil {
			return err
		}
		return NewError(503, "")
	})
	s := serve(t, app)
	if p := s.get(t, "/http").problem(t); p.Status != 404 || p.Title != "Not Found" ||
		p.Detail != "no \"soup\"\r\n" ||
		p.Type != "about:blank" {
		t.Errorf("problem %+v", p)
	}
	if p := s.get(t, "/wrapped").problem(t); p.Status != 409 || p.Detail != "version 2" {
		t.Errorf("problem %+v", p)
	}
	if p := s.get(t, "/replaces").problem(t); p.Status != 503 || p.Detail != "" {
		t.Errorf("problem %+v", p)
	}
	for target, part := range map[string]string{
		"/plain": "the cupboard is bare", "/strange": "no error at all",
	} {
		log := logOf(t, func() {
			if got := s.get(t, target); got.status != 500 || strings.Contains(got.body, part) {
				t.Errorf("got %+v", got)
			}
		})
		expectContains(t, log, part)
	}
}

func TestUnserialisableResultNamesItsType(t *testing.T) {
	app := New()
	app.Get("/chan", func(c *Ctx) error { return c.JSON(make(chan int)) })
	app.Get("/func", func(c *Ctx) error { return c.JSON(Map{"f": func() {}}) }, Inline)
	app.Get("/nan", func(c *Ctx) error { return c.JSON(math.NaN()) })
	app.Get("/ignored", func(c *Ctx) error {
		_ = c.JSON(make(chan bool))
		return nil
	})
	Get(app, "/typed", func(*Ctx, Nothing) (any, error) { return make(chan string), nil })
	s := serve(t, app)
	for target, part := range map[string]string{
		"/chan": "chan int", "/func": "map[string]interface {}", "/nan": "float64",
		"/ignored": "chan bool", "/typed": "chan string",
	} {
		log := logOf(t, func() {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
		})
		expectContains(t, log, part)
	}
}

func TestLog(t *testing.T) {
	app := New()
	ids := make(chan uint64, 1)
	app.Get("/", func(c *Ctx) error {
		ids <- c.ID()
		c.Log(LogWarn, "low\non soup")
		return nil
	})
	s := serve(t, app)
	log := logOf(t, func() { s.get(t, "/") })
	expectContains(t, log, "request "+formatUint(receive(t, ids))+": low")
	if strings.Count(log, "\n") != 1 {
		t.Errorf("not one line: %q", log)
	}
}
