package trivet

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestErrorHelpers(t *testing.T) {
	for status, helper := range map[int]func(string) *HTTPError{
		400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 405: MethodNotAllowed,
		409: Conflict, 410: Gone, 413: ContentTooLarge, 415: UnsupportedMediaType,
		422: UnprocessableContent, 429: TooManyRequests, 500: InternalServerError, 502: BadGateway,
		503: ServiceUnavailable, 504: GatewayTimeout,
	} {
		err := helper("why")
		if err.Status != status || err.Detail != "why" {
			t.Errorf("%d: %+v", status, err)
		}
		wrapped := fmt.Errorf("wrapped: %w", err)
		if !errors.Is(wrapped, helper("")) || !errors.Is(wrapped, helper("why")) ||
			errors.Is(wrapped, helper("else")) || errors.Is(wrapped, NewError(599, "")) {
			t.Errorf("%d is not told apart", status)
		}
	}
	if errors.Is(NotFound(""), errors.New("x")) || errors.Is(NotFound(""), NotFound("x")) {
		t.Error("an error is another one")
	}
}

func TestErrorsCarryHeaderFields(t *testing.T) {
	app := New()
	app.Get("/", func(*Ctx) error {
		return fmt.Errorf("wrapped: %w", TooManyRequests("later").
			WithHeader("Retry-After", "7").WithHeader("X-More", "1"))
	})
	app.Get("/split", func(*Ctx) error { return Conflict("split").WithHeader("X", "a\r\nb: c") })
	app.Get("/status", func(*Ctx) error { return NewError(200, "fine") })
	app.Get("/nil", func(*Ctx) error { return fmt.Errorf("no pointer: %w", (*nilError)(nil)) })
	s := serve(t, app)
	got := s.get(t, "/")
	if p := got.problem(t); p.Status != 429 || p.Title != "Too Many Requests" || p.Detail != "later" ||
		got.header.Get("Retry-After") != "7" || got.header.Get("X-More") != "1" {
		t.Errorf("got %+v", got)
	}
	log := logOf(t, func() {
		for _, target := range []string{"/split", "/status", "/nil"} {
			if got := s.get(t, target); got.problem(t).Status != 500 {
				t.Errorf("got %+v", got)
			}
		}
	})
	for _, part := range []string{"HTTP status 409: split", "X: \"a", "is 400 to 599", "no pointer"} {
		expectContains(t, log, part)
	}
}

// nilError is an error that holds no HTTPError although it says so.
type nilError struct{}

func (*nilError) Error() string { return "nil" }

func (*nilError) As(target any) bool {
	_, ok := target.(**HTTPError)
	return ok
}

type domainError struct{ what string }

func (e domainError) Error() string { return e.what }

var errRow = errors.New("no such row")

// mappedApp maps errors by their kinds, and fails in a way that a field asks for.
func mappedApp() *App {
	app := New(Config{BodyBytesMax: 10})
	app.OnError(func(c *Ctx, err error) error {
		var domain domainError
		var problem *HTTPError
		switch {
		case c.Header("x-handler") == "fails":
			return errors.New("no answer from the handler")
		case c.Header("x-handler") == "panics":
			panic("no answer from the handler")
		case c.Header("x-handler") == "ends":
			runtime.Goexit()
		case c.Header("x-handler") == "unserialisable":
			_ = c.JSON(make(chan int))
			return nil
		case errors.Is(err, errRow):
			return NotFound("gone fishing")
		case errors.As(err, &domain):
			return c.Status(418).JSON(Map{"error": domain.what})
		case errors.Is(err, Unauthorized("")):
			return c.Redirect("/login")
		case errors.As(err, &problem):
			return c.JSON(Map{"error": problem.Status, "at": c.Route().Pattern})
		case err.Error() == "default":
			return nil
		}
		return c.Text("mapped")
	})
	app.Get("/row", func(*Ctx) error { return fmt.Errorf("looking: %w", errRow) })
	app.Get("/domain", func(*Ctx) error { return domainError{"kaput"} })
	app.Get("/login-first", func(*Ctx) error { return Unauthorized("") })
	app.Get("/conflict", func(c *Ctx) error {
		return errors.Join(c.SetHeader("X-Lost", "1"), c.Status(201).Text("half an answer"),
			Conflict("twice").WithHeader("Retry-After", "7"))
	})
	app.Get("/default", func(*Ctx) error { return errors.New("default") })
	app.Get("/boom", func(*Ctx) error { panic("boom") }, Inline)
	app.Get("/json", func(c *Ctx) error {
		_ = c.JSON(make(chan int))
		return nil
	})
	app.Post("/post", hello)
	return app
}

func TestErrorsBecomeAnswersInOnePlace(t *testing.T) {
	s := serve(t, mappedApp())
	log := logOf(t, func() {
		if p := s.get(t, "/row").problem(t); p.Status != 404 || p.Detail != "gone fishing" {
			t.Errorf("got %+v", p)
		}
		expectText(t, s.get(t, "/domain"), 418, `{"error":"kaput"}`)
		if got := s.get(t, "/login-first"); got.status != 303 || got.header.Get("Location") != "/login" {
			t.Errorf("got %+v", got)
		}
		got := s.get(t, "/conflict")
		expectText(t, got, 409, `{"at":"/conflict","error":409}`)
		if got.header.Get("Retry-After") != "7" || got.header.Get("X-Lost") != "" {
			t.Errorf("got %+v", got)
		}
		expectText(t, s.get(t, "/nowhere"), 404, `{"at":"","error":404}`)
		got = s.do(t, "DELETE", "/row", "")
		expectText(t, got, 405, `{"at":"","error":405}`)
		if !strings.Contains(got.header.Get("Allow"), "GET") {
			t.Errorf("Allow is %q", got.header.Get("Allow"))
		}
		expectText(t, s.do(t, "POST", "/post", "12345678901"), 413, `{"at":"","error":413}`)
	})
	if log != "" {
		t.Errorf("logged: %s", log)
	}
}

func TestUnexpectedErrorsAreLoggedWhoeverAnswersThem(t *testing.T) {
	s := serve(t, mappedApp())
	log := logOf(t, func() {
		expectText(t, s.get(t, "/boom"), 500, "mapped")
		expectText(t, s.get(t, "/json"), 500, "mapped")
		if p := s.get(t, "/default").problem(t); p.Status != 500 || p.Detail != "" {
			t.Errorf("got %+v", p)
		}
	})
	for _, line := range []string{
		"GET /boom failed: panic: boom at ", "GET /json failed: a result of type chan int",
		"GET /default failed: default",
	} {
		expectContains(t, log, line)
	}
	if strings.Count(log, "\n") != 3 {
		t.Errorf("log: %s", log)
	}
}

func TestErrorHandlerThatFailsIs500(t *testing.T) {
	for how, cause := range map[string]string{
		"fails":  "the error handler failed: no answer from the handler (it was called for: kaput)",
		"panics": "panic: no answer from the handler", "ends": "runtime.Goexit",
		"unserialisable": "a result of type chan int cannot be serialised",
	} {
		log := logOf(t, func() {
			s := serve(t, mappedApp())
			got := s.do(t, "GET", "/domain", "", "x-handler: "+how)
			if p := got.problem(t); p.Status != 500 {
				t.Errorf("%s: %+v", how, got)
			}
		})
		expectContains(t, log, cause)
		if strings.Count(log, "\n") != 1 {
			t.Errorf("%s: %s", how, log)
		}
	}
}

func TestErrorHandlerAndAfterHooks(t *testing.T) {
	app := tracedApp()
	app.OnError(func(c *Ctx, err error) error { return c.Text("mapped: " + err.Error()) })
	s := serve(t, app)
	log := logOf(t, func() {
		got := s.do(t, "GET", "/g/inner/leaf", "", "x-fail-after: first")
		expectText(t, got, 500, "mapped: first failed after")
		if afterNames(got) != "inner outer app" {
			t.Errorf("after: %q", afterNames(got))
		}
		got = s.get(t, "/nowhere")
		expectText(t, got, 404, "mapped: HTTP status 404")
		if afterNames(got) != "app" {
			t.Errorf("after: %q", afterNames(got))
		}
	})
	if strings.Count(log, "\n") != 1 || !strings.Contains(log, "failed: first failed after") {
		t.Errorf("log: %s", log)
	}
}
