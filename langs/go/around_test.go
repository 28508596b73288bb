package trivet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

func aroundTarget(c *Ctx) error { return c.Text("handler") }

func TestAroundHookSeesAndChangesTheAnswer(t *testing.T) {
	app := New()
	app.Around(func(c *Ctx, next Handler) error {
		if r := c.Response(); r != nil {
			return fmt.Errorf("there is an answer before next: %+v", r)
		}
		if err := next(c); err != nil {
			return err
		}
		r := c.Response()
		if r != c.Response() {
			return errors.New("another response the second time")
		}
		r.Body = append(r.Body, '!')
		r.Status = 201
		return r.SetHeader("X-Hook", string(r.Body))
	})
	app.Get("/", aroundTarget)
	app.Get("/inline", aroundTarget, Inline)
	s := serve(t, app)
	for _, target := range []string{"/", "/inline"} {
		got := s.get(t, target)
		expectText(t, got, 201, "handler!")
		if got.header.Get("X-Hook") != "handler!" || got.contentType() != contentTypes[contentText] {
			t.Errorf("%s: %v", target, got.header)
		}
	}
}

func TestAroundHookGetsPanicsAsErrors(t *testing.T) {
	failures := make(chan error, 1)
	app := New()
	app.Around(func(c *Ctx, next Handler) error {
		failures <- next(c)
		return NotFound("nothing here")
	})
	app.Get("/", func(*Ctx) error { panic("kaput") })
	got := serve(t, app).get(t, "/")
	seen := <-failures
	if got.status != 404 || seen == nil || !strings.Contains(seen.Error(), "panic: kaput at ") {
		t.Errorf("%d, %v", got.status, seen)
	}
}

func TestAroundHookKeepsWhatItSetBeforeAFailure(t *testing.T) {
	app := New()
	app.Around(func(c *Ctx, next Handler) error {
		if err := c.Status(202).SetHeader("X-Early", "1"); err != nil {
			return err
		}
		if err := next(c); err == nil {
			return errors.New("the handler has not failed")
		}
		return c.Text("rescued")
	})
	app.Get("/", func(c *Ctx) error {
		if err := c.Status(299).SetHeader("X-Late", "1"); err != nil {
			return err
		}
		if err := c.Text("half"); err != nil {
			return err
		}
		return errors.New("after all")
	})
	got := serve(t, app).get(t, "/")
	expectText(t, got, 202, "rescued")
	if got.header.Get("X-Early") != "1" || got.header.Get("X-Late") != "" {
		t.Error(got.header)
	}
}

func TestErrorOfNextStandsWhenTheHookGivesNothing(t *testing.T) {
	app := New()
	app.Around(func(c *Ctx, next Handler) error {
		_ = next(c)
		return nil
	})
	app.Get("/", func(*Ctx) error { return Conflict("taken") })
	if got := serve(t, app).get(t, "/"); got.status != 409 {
		t.Error(got)
	}
}

func TestAroundHookMistakesAreTold(t *testing.T) {
	for _, c := range []struct {
		hook AroundHook
		want string
	}{
		{func(*Ctx, Handler) error { return nil }, "neither calls next nor answers: return next(c)"},
		{func(c *Ctx, next Handler) error {
			_ = next(c)
			return next(c)
		}, "calls next twice"},
		{func(c *Ctx, next Handler) error {
			err := next(c)
			c.Response().Status = 7
			return err
		}, "an around hook left an answer that cannot be sent"},
	} {
		failures := make(chan error, 8)
		app := New()
		app.OnError(func(_ *Ctx, err error) error {
			failures <- err
			return nil
		})
		app.Around(c.hook)
		app.Get("/", aroundTarget)
		got := serve(t, app).get(t, "/")
		told := <-failures
		for len(failures) > 0 { // the last one
			told = <-failures
		}
		if got.status != 500 || told == nil || !strings.Contains(told.Error(), c.want) {
			t.Errorf("%d, %v; want %q", got.status, told, c.want)
		}
		if strings.Contains(c.want, "next") && !strings.Contains(told.Error(), "around_test.go:") {
			t.Errorf("%v names no place", told)
		}
	}
	app := New()
	app.Around(nil)
	if err := app.Err(); err == nil || !strings.Contains(err.Error(), "an around hook is nil") {
		t.Error(err)
	}
}

func TestNextBehindTheEndIsHarmless(t *testing.T) {
	app := New()
	late := make(chan error, 1)
	calls := 0
	app.Around(func(c *Ctx, next Handler) error {
		if err := c.After(func(context.Context) { late <- next(c) }); err != nil {
			return err
		}
		return c.Text("by itself")
	})
	app.Get("/", func(*Ctx) error {
		calls++
		return nil
	})
	expectText(t, serve(t, app).get(t, "/"), 200, "by itself")
	if err := receive(t, late); !errors.Is(err, ErrStale) || calls != 0 {
		t.Errorf("%v, %d calls", err, calls)
	}
}

func TestGoexitWithinAroundHooksFailsTheRequest(t *testing.T) {
	app := New()
	app.Around(func(c *Ctx, next Handler) error { return next(c) })
	app.Get("/", func(*Ctx) error {
		runtime.Goexit()
		return nil
	})
	if got := serve(t, app).get(t, "/"); got.status != 500 {
		t.Error(got)
	}
}

func TestProvidedValuesEndBehindAroundHooks(t *testing.T) {
	var order []string
	ended := make(chan struct{})
	app := New()
	Provide(app, func(*Ctx) (*strings.Builder, func()) {
		return &strings.Builder{}, func() {
			order = append(order, "close")
			close(ended)
		}
	})
	app.Around(func(c *Ctx, next Handler) error {
		err := next(c)
		order = append(order, "out")
		return err
	})
	Get(app, "/", func(_ *Ctx, in struct {
		Held *strings.Builder `inject:""`
	},
	) (string, error) {
		return fmt.Sprint(in.Held != nil), nil
	})
	expectText(t, serve(t, app).get(t, "/"), 200, "true")
	receive(t, ended)
	if strings.Join(order, " ") != "out close" {
		t.Error(order)
	}
}

func TestAroundHookOfAnAnswerInPieces(t *testing.T) {
	app := New()
	app.Around(func(c *Ctx, next Handler) error {
		if err := c.SetHeader("X-Early", "1"); err != nil {
			return err
		}
		err := next(c)
		if r := c.Response(); r != nil {
			return fmt.Errorf("an answer in pieces is no response: %+v", r)
		}
		return err
	})
	app.Get("/", func(c *Ctx) error {
		w, err := c.Stream(0, "text/plain")
		if err != nil {
			return err
		}
		_, err = w.WriteString("piece")
		return err
	})
	got := serve(t, app).get(t, "/")
	expectText(t, got, http.StatusOK, "piece")
	if got.header.Get("X-Early") != "1" {
		t.Error(got.header)
	}
}
