package trivet

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

type quotaError struct{ seconds string }

func (e *quotaError) Error() string { return "no quota" }

func TestErrorsOfATypeAreMapped(t *testing.T) {
	app := New()
	OnError(app, func(c *Ctx, err *quotaError) error {
		switch err.seconds {
		case "":
			return nil
		case "text":
			return c.Text("mapped")
		}
		return TooManyRequests("").WithHeader("Retry-After", err.seconds)
	})
	app.MapError(sql.ErrNoRows, NotFound("no such row"))
	app.OnError(func(_ *Ctx, err error) error {
		if err.Error() == "general" {
			return Conflict("general")
		}
		return nil
	})
	failures := map[string]error{
		"quota": fmt.Errorf("wrapped: %w", &quotaError{"7"}), "text": &quotaError{"text"},
		"plain": &quotaError{}, "row": fmt.Errorf("wrapped: %w", sql.ErrNoRows),
		"general": errors.New("general"), "other": errors.New("other"),
	}
	app.Get("/{name}", func(c *Ctx) error { return failures[c.Param("name")] })
	s := serve(t, app)
	log := logOf(t, func() {
		if got := s.get(t, "/quota"); got.status != 429 || got.header.Get("Retry-After") != "7" {
			t.Errorf("got %+v", got)
		}
		expectText(t, s.get(t, "/text"), 500, "mapped")
		for name, status := range map[string]int{"plain": 500, "row": 404, "general": 409, "other": 500} {
			if got := s.get(t, "/"+name); got.status != status {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
	if strings.Count(log, "\n") != 3 {
		t.Errorf("log: %s", log)
	}
	wrong := New()
	defer wrong.Close()
	OnError[*quotaError](wrong, nil)
	wrong.MapError(nil, NotFound(""))
	for _, part := range []string{"OnError (development_test.go:", "MapError (development_test.go:"} {
		expectContains(t, wrong.Err().Error(), part)
	}
}

func panicWith(text string) { panic(errors.New(text)) }

func TestFailuresAreShownInDevelopment(t *testing.T) {
	t.Setenv("TRIVET_ENV", "development")
	app := New()
	app.Get("/", func(*Ctx) error {
		panicWith("<script>")
		return nil
	})
	app.Get("/wrapped", func(*Ctx) error { return fmt.Errorf("outer: %w", sql.ErrNoRows) })
	s := serve(t, app)
	var page answer
	log := logOf(t, func() { page = s.do(t, "GET", "/?a=%3Cb%3E", "", "Accept: text/html,*/*") })
	if page.status != 500 || page.contentType() != "text/html; charset=utf-8" ||
		strings.Contains(page.body, "<script>") {
		t.Errorf("got %+v", page)
	}
	for _, part := range []string{
		"&lt;script&gt;", "GET / (development_test.go:", "panicWith", "because of *errors.errorString",
		`<mark>`, `func panicWith(text string) { panic(errors.New(text)) }`,
	} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page has no %q: %s", part, page.body)
		}
	}
	for _, part := range []string{
		"GET /?a=%3Cb%3E failed: panic: <script>", "handler GET / (development_test.go:", "panicWith (/",
		"> ", "func panicWith",
	} {
		expectContains(t, log, part)
	}
	log = logOf(t, func() {
		if p := s.get(t, "/wrapped").problem(t); p.Status != 500 || p.Detail != "" {
			t.Errorf("got %+v", p)
		}
	})
	expectContains(t, log, "because of *errors.errorString: sql: no rows in result set")
}

func TestNothingIsShownInProduction(t *testing.T) {
	t.Setenv("TRIVET_ENV", "production")
	app := New()
	app.Get("/", func(*Ctx) error { panic("secret") })
	s := serve(t, app)
	logOf(t, func() {
		if got := s.do(t, "GET", "/", "", "Accept: text/html"); strings.Contains(got.body, "secret") ||
			got.problem(t).Status != 500 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestInlineHandlersThatBlockAreToldInDevelopment(t *testing.T) {
	t.Setenv("TRIVET_ENV", "development")
	app := New()
	app.blockingLimit = 0
	app.Get("/", hello, Inline)
	s := serve(t, app)
	log := logOf(t, func() { s.get(t, "/") })
	expectContains(t, log, "GET / (development_test.go:")
	expectContains(t, log, "is Inline and held up its loop, with all its other requests, for 0 ms: take Inline away")
}

func TestASecondAnswerSaysWhatToDo(t *testing.T) {
	t.Setenv("TRIVET_ENV", "development")
	app := New()
	second := make(chan error, 1)
	app.Get("/", func(c *Ctx) error {
		c.Status(201).Text("one")
		second <- c.Text("two")
		return nil
	})
	s := serve(t, app)
	log := logOf(t, func() { expectText(t, s.get(t, "/"), 201, "one") })
	err := receive(t, second)
	if !errors.Is(err, ErrStale) {
		t.Errorf("got %v", err)
	}
	expectContains(t, err.Error(), "the request has been answered already, with 201, by its handler (GET / (development_test.go:")
	expectContains(t, log, "a second answer at development_test.go:")
}

func TestResultsThatCannotBeSerialisedNameTheField(t *testing.T) {
	type row struct {
		Price float64 `json:"price"`
	}
	app := New()
	Get(app, "/", func(*Ctx, Nothing) (map[string][]*row, error) {
		return map[string][]*row{"a/b": {{1}, {math.NaN()}}}, nil
	})
	app.Get("/func", func(c *Ctx) error { return c.JSON(Map{"f": func() {}}) })
	s := serve(t, app)
	log := logOf(t, func() {
		if p := s.get(t, "/").problem(t); p.Status != 500 ||
			p.Detail != "a result of type map[string][]*trivet.row cannot be serialised, for its /a~1b/1/price" {
			t.Errorf("got %+v", p)
		}
		s.get(t, "/func")
	})
	expectContains(t, log, "for its /a~1b/1/price: json: unsupported value: NaN")
	expectContains(t, log, "for its /f: json: unsupported type: func()")
	bad := New()
	defer bad.Close()
	Get(bad, "/", func(*Ctx, Nothing) (struct{ Done chan int }, error) {
		return struct{ Done chan int }{}, nil
	})
	if err := bad.Err(); err == nil || !strings.Contains(err.Error(), "cannot be serialised: field Done of") {
		t.Errorf("got %v", err)
	}
}

func TestInlineHandlerThatKeepsTheLoopIsNamed(t *testing.T) {
	t.Setenv("TRIVET_ENV", "development")
	app := New()
	app.Get("/slow", func(c *Ctx) error {
		time.Sleep(heldMax + heldMax/2)
		return c.Text("done")
	}, Inline)
	app.Get("/quick", hello, Inline)
	app.Get("/patient", func(c *Ctx) error {
		time.Sleep(heldMax + heldMax/2)
		return c.Text("done")
	})
	s := serve(t, app)
	log := logOf(t, func() {
		expectText(t, s.get(t, "/slow"), 200, "done")
		s.get(t, "/quick")
		expectText(t, s.get(t, "/patient"), 200, "done")
	})
	expectContains(t, log, "GET /slow (development_test.go:")
	expectContains(t, log, "is Inline and kept the loop for 1")
	if strings.Contains(log, "/quick") || strings.Contains(log, "/patient") {
		t.Errorf("log: %s", log)
	}
}
