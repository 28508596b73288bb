package trivet

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAfterRunsOnceTheAnswerIsThere(t *testing.T) {
	app := New()
	order := make(chan string, 10)
	release := make(chan struct{})
	handler := func(c *Ctx) error {
		c.After(func(ctx context.Context) {
			<-release
			if c.Text("late") == nil || ctx.Err() != nil {
				t.Error("the request is still there, or the context is not")
			}
			order <- "first"
		})
		c.After(func(context.Context) { panic("boom") })
		c.After(func(context.Context) { order <- "third" })
		return c.Text("answer")
	}
	app.Get("/", handler)
	app.Get("/inline", handler, Inline)
	s := serve(t, app)
	log := logOf(t, func() {
		for _, target := range []string{"/", "/inline"} {
			expectText(t, s.get(t, target), 200, "answer") // although nothing is released
			release <- struct{}{}
			if one, other := receive(t, order), receive(t, order); one != "first" || other != "third" {
				t.Errorf("got %s %s", one, other)
			}
		}
	})
	expectContains(t, log, "a function of After failed: panic: boom at ")
}

func TestAfterIsNotForFailures(t *testing.T) {
	app := New()
	done := make(chan string, 4)
	after := func(c *Ctx, name string) {
		c.After(func(context.Context) { done <- name })
	}
	app.Get("/error", func(c *Ctx) error { after(c, "error"); return NotFound("") })
	app.Get("/panic", func(c *Ctx) error { after(c, "panic"); panic("boom") })
	app.Get("/exit", func(c *Ctx) error { after(c, "exit"); runtime.Goexit(); return nil })
	app.Get("/good", func(c *Ctx) error {
		after(c, "good")
		if err := c.After(nil); !errors.Is(err, ErrArgument) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	var kept *Ctx
	app.Get("/many", func(c *Ctx) error {
		kept = c
		for range afterFunctionsMax {
			c.After(func(context.Context) {})
		}
		return c.After(func(context.Context) {})
	})
	s := serve(t, app)
	log := logOf(t, func() {
		for _, target := range []string{"/error", "/panic", "/exit", "/many", "/good"} {
			s.get(t, target)
		}
		s.end(t)
	})
	if got := receive(t, done); got != "good" || len(done) > 0 {
		t.Errorf("got %s and %d more", got, len(done))
	}
	expectContains(t, log, "a request has at most 1000 functions of After")
	if err := kept.After(func(context.Context) {}); !errors.Is(err, ErrStale) {
		t.Errorf("got %v", err)
	}
}

func TestShutdownWaitsForFunctionsOfAfter(t *testing.T) {
	app := New()
	j := &journal{}
	started, release := make(chan struct{}), make(chan struct{})
	app.Get("/", func(c *Ctx) error {
		return c.After(func(context.Context) {
			close(started)
			<-release
			j.add("after")
		})
	})
	app.OnShutdown(func(context.Context) error { j.add("shutdown"); return nil })
	s := serve(t, app)
	s.get(t, "/")
	receive(t, started)
	s.cancel()
	<-s.loop.over
	close(release)
	if err := receive(t, s.done); err != nil {
		t.Error(err)
	}
	s.done <- nil
	if got := j.take(); got != "after, shutdown" {
		t.Errorf("got %s", got)
	}
}

func TestShutdownTimeoutCancelsFunctionsOfAfter(t *testing.T) {
	app := New(Config{ShutdownTimeout: time.Millisecond})
	ended, release := make(chan struct{}), make(chan struct{})
	app.Get("/", func(c *Ctx) error {
		return c.After(func(ctx context.Context) {
			<-ctx.Done()
			<-release
			close(ended)
		})
	})
	s := serve(t, app)
	s.get(t, "/")
	log := logOf(t, func() { s.end(t) })
	expectContains(t, log, "1 functions of After still run at the end of shutdown_timeout_ms")
	close(release)
	receive(t, ended)
	if strings.Count(log, "\n") != 1 {
		t.Errorf("log: %s", log)
	}
}
