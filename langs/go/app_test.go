package trivet

import (
	"errors"
	"strings"
	"testing"
	"time"
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
		"GET /hello (app_test.go:13)", "app_test.go:12", "POST /x/{ (app_test.go:14)",
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

func TestConfiguration(t *testing.T) {
	app := New(Config{
		BodyBytesMax: 10, TargetBytesMax: 64, HeadBytesMax: 2048, HeaderCountMax: 10,
		ConnectionsMax: 100, LogLevel: LogError, Backlog: 10, BufferCount: 16, BufferBytes: 4096,
		HeadTimeout: time.Second, BodyTimeout: time.Second, IdleTimeout: time.Second,
		SendTimeout: time.Second, ShutdownTimeout: time.Second,
	})
	app.Post("/{path}", hello)
	s := serve(t, app)
	if got := s.do(t, "POST", "/a", "12345678901"); got.status != 413 {
		t.Errorf("got %+v", got)
	}
	if got := s.do(t, "POST", "/"+strings.Repeat("a", 100), ""); got.status != 414 {
		t.Errorf("got %+v", got)
	}
	for want, config := range map[string]Config{
		"soup":           {Engine: "soup"},
		"Backlog":        {Backlog: -1},
		"BodyBytesMax":   {BodyBytesMax: -1},
		"IdleTimeout":    {IdleTimeout: 1 << 62},
		"header_count":   {HeaderCountMax: 1001},
		"buffer_count":   {BufferCount: 3},
		"HeadBytesMax":   {HeadBytesMax: 1 << 40},
		"TargetBytesMax": {TargetBytesMax: -1},
	} {
		app := New(config)
		err := errors.Join(app.Err(), app.Close())
		if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if milliseconds(time.Microsecond) != 1 || milliseconds(-1) != -1 || milliseconds(0) != 0 {
		t.Error("a short time became none")
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
