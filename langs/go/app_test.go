package trivet

import (
	"errors"
	"strings"
	"testing"
)

func TestWrongRoutesAreToldWithTheirPlace(t *testing.T) {
	app := New()
	app.Get("/hello", hello)
	app.Get("/hello", hello)
	app.Post("/x/{", hello)
	app.Handle("NO METHOD", "/", hello)
	app.Put("/nil", nil)
	app.Patch("/status", hello, Status(99))
	err := app.Err()
	for _, want := range []*Error{ErrConflict, ErrPattern, ErrArgument} {
		if !errors.Is(err, want) {
			t.Errorf("%v is not told", want)
		}
	}
	for _, part := range []string{
		"GET /hello (app_test.go:12)", "app_test.go:11", "POST /x/{ (app_test.go:13)",
		"PUT /nil", "PATCH /status",
	} {
		expectContains(t, err.Error(), part)
	}
	if got := app.Listen("127.0.0.1:0"); got == nil || got.Error() != err.Error() {
		t.Errorf("Listen gave %v", got)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
	app.Get("/closed", hello)
	app.Log(LogInfo, "nobody hears this")
	if !errors.Is(app.Err(), ErrState) {
		t.Error("a closed app took a route")
	}
}

func TestLateRouteIsRefused(t *testing.T) {
	app := New()
	app.Get("/", hello)
	s := serve(t, app)
	app.Get("/late", hello)
	if !errors.Is(app.Err(), ErrState) {
		t.Errorf("got %v", app.Err())
	}
	if got := s.get(t, "/late"); got.status != 404 {
		t.Errorf("got %+v", got)
	}
	expectText(t, s.get(t, "/"), 200, "Hello, World!")
}

func TestEveryMethodCanBeRouted(t *testing.T) {
	app := New()
	method := func(c *Ctx) error {
		return errors.Join(c.SetHeader("X-Method", c.Method()), c.Text(c.Method()))
	}
	app.Get("/", method)
	app.Post("/", method)
	app.Put("/", method)
	app.Patch("/", method)
	app.Delete("/", method)
	app.Options("/", method)
	app.Head("/head", method)
	app.Handle("*", "/any", method)
	s := serve(t, app)
	for _, target := range []string{
		"GET /", "POST /", "PUT /", "PATCH /", "DELETE /", "OPTIONS /", "HEAD /head", "PURGE /any",
	} {
		name, path, _ := strings.Cut(target, " ")
		if got := s.do(t, name, path, ""); got.status != 200 || got.header.Get("X-Method") != name {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

func TestLibrary(t *testing.T) {
	if ABIVersion() != int(abiVersion) || !strings.HasPrefix(Version(), "0.") {
		t.Errorf("version %s, ABI %d", Version(), ABIVersion())
	}
	if StatusName(-3) != "TRIVET_E_STALE" || StatusName(0) != "TRIVET_OK" || StatusName(7) != "" {
		t.Error("a status has another name")
	}
	for status, want := range errorByStatus {
		if want != nil && (errorOf(-status) != error(want) || StatusName(-status) != want.Code) {
			t.Errorf("status -%d is not %v", status, want)
		}
	}
	var unknown *Error
	if !errors.As(errorOf(-999), &unknown) || unknown.Status != -999 {
		t.Error("an unknown status has no error")
	}
}

func TestMainOfTheLibrary(t *testing.T) {
	log := logOf(t, func() {
		if code := runMain(New(), "trivet", "--port", "nonsense"); code != 2 {
			t.Errorf("wrong arguments gave %d", code)
		}
	})
	if log == "" {
		t.Error("wrong arguments are not told")
	}
}

func TestUnboundLoop(t *testing.T) {
	app := New()
	defer app.Close()
	l, err := newUnboundLoop(app)
	if err != nil {
		t.Fatal(err)
	}
	defer l.free()
	if l.fd() < 0 || l.deadline() != -1 {
		t.Errorf("descriptor %d, deadline %d", l.fd(), l.deadline())
	}
	l.wake()
	for _, err := range []error{l.wait(-1), l.turn()} {
		if err != nil {
			t.Error(err)
		}
	}
	l.drain()
	if err := l.run(); err != nil {
		t.Error(err)
	}
}
