package trivet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// readEvent reads a stream up to the end of its next event or comment.
func readEvent(t *testing.T, from *bufio.Reader) string {
	t.Helper()
	var event strings.Builder
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			t.Fatalf("%q, %v", event.String(), err)
		}
		event.WriteString(line)
		if line == "\n" {
			return event.String()
		}
	}
}

// events begins to read an answer of events.
func (c *client) events(t *testing.T) (*http.Response, *bufio.Reader) {
	t.Helper()
	response := c.response(t, "GET")
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%+v", response)
	}
	return response, bufio.NewReader(response.Body)
}

func TestEventsLeaveAsTheyAreSent(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		goOn := make(chan struct{})
		app.SSE("/", func(c *Ctx, out *Stream) error {
			c.SetHeader("X-One", "1")
			c.SetHeader("Content-Type", "text/plain") // which it is not
			for _, value := range []any{
				"one\ntwo", Event{ID: "7", Event: "tick", Data: Map{"n": 1}}, 3,
			} {
				if err := out.Send(value); err != nil {
					return err
				}
				<-goOn
			}
			return nil
		}, Retry(2*time.Second))
		connection := serve(t, app).dial(t)
		defer connection.Close()
		connection.send(t, "GET", "/", "")
		response, stream := connection.events(t)
		if response.Header.Get("X-One") != "1" ||
			response.Header.Get("Cache-Control") != "no-cache, no-transform" ||
			response.Header.Get("X-Accel-Buffering") != "no" ||
			len(response.Header.Values("Content-Type")) != 1 {
			t.Errorf("%v", response.Header)
		}
		if got := readEvent(t, stream); got != "retry: 2000\n\n" {
			t.Errorf("%q", got)
		}
		for _, want := range []string{
			"data: one\ndata: two\n\n", "id: 7\nevent: tick\ndata: {\"n\":1}\n\n", "data: 3\n\n",
		} {
			if got := readEvent(t, stream); got != want {
				t.Errorf("%q", got)
			}
			goOn <- struct{}{}
		}
		if rest, err := io.ReadAll(stream); len(rest) > 0 || err != nil {
			t.Errorf("%q, %v", rest, err)
		}
		connection.send(t, "GET", "/nowhere", "") // the connection goes on
		if got := connection.receive(t, "GET"); got.status != 404 {
			t.Errorf("%d", got.status)
		}
	})
}

func TestAStreamOfEventsBeginsWithTheFirst(t *testing.T) {
	app := New()
	app.After(func(_ *Ctx, r *Response) error { return r.AddHeader("X-After", "1") })
	app.OnError(func(c *Ctx, err error) error {
		if _, err := c.EventStream(); !errors.Is(err, ErrState) {
			t.Errorf("in an error handler: %v", err)
		}
		return nil
	})
	handlers := map[string]SSEHandler{
		"/error": func(*Ctx, *Stream) error { return Conflict("not now") },
		"/unserialisable": func(_ *Ctx, out *Stream) error {
			return out.Send(make(chan int))
		},
		"/empty":  func(*Ctx, *Stream) error { return nil },
		"/whole":  func(c *Ctx, _ *Stream) error { return c.NoContent() },
		"/status": func(c *Ctx, out *Stream) error { return c.Status(201).SSE(Values(slices.Values([]int{1}))) },
	}
	for target, h := range handlers {
		app.SSE(target, h)
	}
	s := serve(t, app)
	logOf(t, func() {
		for target, status := range map[string]int{
			"/error": 409, "/unserialisable": 500, "/empty": 200, "/whole": 204, "/status": 500,
		} {
			got := s.get(t, target)
			if got.status != status || got.header.Get("X-After") != "1" {
				t.Errorf("%s: %+v", target, got)
			}
		}
	})
	got := s.get(t, "/empty")
	if got.contentType() != "text/event-stream" || got.body != "" {
		t.Errorf("%+v", got)
	}
}

// The status of a route is that of its other answers; one that the handler sets is an error.
func TestEventsHaveTheirOwnStatus(t *testing.T) {
	app := New()
	one := Values(slices.Values([]string{"x"}))
	app.SSE("/route", func(_ *Ctx, out *Stream) error { return out.Send("x") }, Status(201))
	for target, h := range map[string]Handler{
		"/sequence": func(c *Ctx) error { return c.SSE(one) },
		"/tokens":   func(c *Ctx) error { return SSEStream(one).Send(c) },
		"/hub": func(c *Ctx) error {
			hub, err := NewEventHub(app, EventHubConfig{})
			if err != nil {
				return err
			}
			return errors.Join(hub.Stream(c), hub.Close())
		},
		"/explicit": func(c *Ctx) error {
			_, err := c.EventStream()
			return err
		},
	} {
		app.Get(target, h, Status(201))
		app.Get("/set"+target, func(c *Ctx) error { return h(c.Status(201)) })
		app.Get("/same"+target, func(c *Ctx) error { return h(c.Status(200)) })
	}
	s := serve(t, app)
	logOf(t, func() {
		for _, target := range []string{"/set/sequence", "/set/tokens", "/set/hub", "/set/explicit"} {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
		}
	})
	for _, target := range []string{
		"/route", "/sequence", "/tokens", "/explicit", "/hub",
		"/same/sequence", "/same/tokens", "/same/explicit", "/same/hub",
	} {
		if got := s.get(t, target); got.status != 200 || got.contentType() != "text/event-stream" {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

// Nothing is no event.
func TestNothingIsNoEvent(t *testing.T) {
	app := New()
	for target, nothing := range map[string]any{
		"/nil": nil, "/event": Event{}, "/pointer": (*Event)(nil),
	} {
		app.SSE(target, func(_ *Ctx, out *Stream) error { return out.Send(nothing) })
		app.Get("/sequence"+target, func(c *Ctx) error {
			err := c.SSE(Values(slices.Values([]any{"x", nothing})))
			if !errors.Is(err, ErrArgument) {
				t.Errorf("%s: %v", target, err)
			}
			return err
		})
	}
	s := serve(t, app)
	log := logOf(t, func() {
		for _, target := range []string{"/nil", "/event", "/pointer"} {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
			if body := expectBroken(t, s, "/sequence"+target); body != "data: x\n\n" {
				t.Errorf("%s: %q", target, body)
			}
		}
	})
	if strings.Count(log, "\n") != 6 {
		t.Errorf("%s", log)
	}
}

func TestAStreamOfEventsMayBeginWithoutOne(t *testing.T) {
	app := New()
	goOn := make(chan struct{})
	app.SSE("/", func(_ *Ctx, out *Stream) error {
		if err := errors.Join(out.Begin(), out.Begin()); err != nil {
			return err
		}
		<-goOn
		return out.Send("late")
	})
	app.Get("/explicit", func(c *Ctx) error {
		out, err := c.EventStream(Heartbeat(0), Retry(time.Millisecond))
		if err != nil {
			return err
		}
		<-goOn
		return out.Send("late")
	}, Retry(time.Hour)) // which the handler knows better
	s := serve(t, app)
	for target, want := range map[string]string{
		"/": "data: late\n\n", "/explicit": "retry: 1\n\ndata: late\n\n",
	} {
		connection := s.dial(t)
		defer connection.Close()
		connection.send(t, "GET", target, "")
		_, stream := connection.events(t)
		goOn <- struct{}{}
		if got, err := io.ReadAll(stream); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", target, got, err)
		}
	}
}

func TestTheEngineSendsHeartbeats(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		goOn := make(chan struct{})
		app.SSE("/", func(_ *Ctx, out *Stream) error {
			if err := out.Begin(); err != nil {
				return err
			}
			<-goOn
			return out.Send("late")
		}, Heartbeat(time.Millisecond))
		connection := serve(t, app).dial(t)
		defer connection.Close()
		connection.send(t, "GET", "/", "")
		_, stream := connection.events(t)
		for range 3 {
			if got := readEvent(t, stream); !strings.HasPrefix(got, ":") {
				t.Errorf("%q", got)
			}
		}
		goOn <- struct{}{}
		rest, err := io.ReadAll(stream)
		if err != nil || !strings.Contains(string(rest), "data: late\n\n") {
			t.Errorf("%q, %v", rest, err)
		}
	})
}

func TestOptionsOfEventsAreChecked(t *testing.T) {
	for _, option := range []EventOption{
		Heartbeat(-1), Heartbeat(heartbeatMax + 1), Retry(-1), Retry(1 << 62),
	} {
		app := New()
		app.SSE("/", func(*Ctx, *Stream) error { return nil }, option)
		if err := app.Err(); !errors.Is(err, ErrArgument) {
			t.Errorf("of a route: %v", err)
		}
		app.Close()
		app = New()
		app.Get("/", func(c *Ctx) error {
			if _, err := c.EventStream(option); !errors.Is(err, ErrArgument) {
				t.Errorf("of an answer: %v", err)
			}
			return c.Text("whole")
		})
		expectText(t, serve(t, app).get(t, "/"), 200, "whole")
	}
	app := New()
	defer app.Close()
	app.SSE("/inline", func(*Ctx, *Stream) error { return nil }, Inline)
	app.SSE("/nil", nil)
	if err := app.Err(); !errors.Is(err, ErrArgument) || strings.Count(err.Error(), "\n") != 1 ||
		!strings.Contains(err.Error(), "event_stream_test.go:") {
		t.Errorf("%v", err)
	}
}

func TestHeadHasNoEvents(t *testing.T) {
	app := New()
	app.SSE("/sending", func(_ *Ctx, out *Stream) error {
		for {
			if err := out.Send("x"); err != nil {
				return err
			}
		}
	})
	app.SSE("/waiting", func(c *Ctx, out *Stream) error {
		if err := out.Begin(); err != nil {
			return err
		}
		<-c.Done()
		return nil
	})
	app.Get("/sequence", func(c *Ctx) error {
		return c.SSE(func(func(any, error) bool) { t.Error("the sequence was begun") })
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	for _, target := range []string{"/sending", "/waiting", "/sequence"} {
		connection.send(t, "HEAD", target, "")
		got := connection.receive(t, "HEAD")
		if got.status != 200 || got.contentType() != "text/event-stream" {
			t.Errorf("%s: %+v", target, got)
		}
	}
}

func TestEventsOfSequencesAndChannels(t *testing.T) {
	app := New()
	app.Get("/sequence", func(c *Ctx) error {
		return c.SSE(Values(slices.Values([]any{"a", Event{ID: "2", Data: "b"}})), Retry(time.Second))
	})
	app.Get("/failing", func(c *Ctx) error {
		return c.SSE(func(yield func(any, error) bool) { yield(nil, BadRequest("no sequence")) })
	})
	app.Get("/broken", func(c *Ctx) error {
		return c.SSE(func(yield func(any, error) bool) {
			_ = yield("half", nil) && yield(nil, errors.New("kaput"))
		})
	})
	app.Get("/channel", func(c *Ctx) error {
		numbers := make(chan int, 3)
		for n := range 3 {
			numbers <- n
		}
		close(numbers)
		return c.SSE(Received(c, numbers))
	})
	s := serve(t, app)
	expectText(t, s.get(t, "/sequence"), 200, "retry: 1000\n\ndata: a\n\nid: 2\ndata: b\n\n")
	expectText(t, s.get(t, "/channel"), 200, "data: 0\n\ndata: 1\n\ndata: 2\n\n")
	if got := s.get(t, "/failing"); got.status != 400 {
		t.Errorf("%d", got.status)
	}
	log := logOf(t, func() {
		if got := expectBroken(t, s, "/broken"); got != "data: half\n\n" {
			t.Errorf("%q", got)
		}
	})
	if strings.Count(log, "kaput") != 1 {
		t.Errorf("logged: %s", log)
	}
}

func TestAClientOfEventsThatLeaves(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		over := make(chan error, 1)
		ended := func(err error) error {
			over <- err
			return err
		}
		app.SSE("/sending", func(_ *Ctx, out *Stream) error {
			for {
				if err := out.Send(strings.Repeat("x", 10_000)); err != nil {
					return ended(err)
				}
			}
		})
		app.SSE("/channel", func(c *Ctx, out *Stream) error {
			if err := out.Begin(); err != nil {
				return err
			}
			return ended(out.SendAll(Received(c, make(chan int))))
		})
		app.Get("/sequence", func(c *Ctx) error {
			return c.SSE(func(yield func(any, error) bool) {
				defer func() { over <- ErrGone }()
				for yield("x", nil) {
				}
			})
		})
		s := serve(t, app)
		log := logOf(t, func() {
			for _, target := range []string{"/sending", "/channel", "/sequence"} {
				connection := s.dial(t)
				connection.send(t, "GET", target, "")
				connection.events(t)
				connection.Close()
				if err := receive(t, over); !errors.Is(err, ErrGone) {
					t.Errorf("%s: %v", target, err)
				}
			}
			s.end(t)
		})
		if log != "" {
			t.Errorf("a client that left was logged: %s", log)
		}
	})
}

func TestASenderWaitsForItsClient(t *testing.T) {
	app := New()
	const count, size = 1000, 64_000 // 64 MB: more than the kernel and the engine hold
	sent := make(chan int, count)
	app.SSE("/", func(_ *Ctx, out *Stream) error {
		for n := range count {
			if err := out.Send(strings.Repeat("x", size)); err != nil {
				return err
			}
			sent <- n
		}
		return nil
	})
	connection := serve(t, app).dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	_, stream := connection.events(t)
	for range count / 2 {
		readEvent(t, stream)
	}
	if len(sent) == count {
		t.Error("the handler did not wait")
	}
	for range count / 2 {
		if got := readEvent(t, stream); len(got) != size+len("data: \n\n") {
			t.Fatalf("%d bytes", len(got))
		}
	}
}

func TestManySendToOneStream(t *testing.T) {
	app := New()
	const senders, each = 8, 50
	app.SSE("/", func(_ *Ctx, out *Stream) error {
		var group sync.WaitGroup
		for n := range senders {
			group.Add(1)
			go func() {
				defer group.Done()
				for range each {
					if err := out.Send(strings.Repeat(string(rune('a'+n)), 70_000)); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		group.Wait()
		return nil
	})
	connection := serve(t, app).dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	_, stream := connection.events(t)
	for range senders * each {
		data := strings.TrimSpace(strings.TrimPrefix(readEvent(t, stream), "data: "))
		if len(data) != 70_000 || strings.Count(data, data[:1]) != len(data) {
			t.Fatalf("a mixed event of %d bytes", len(data))
		}
	}
}

func TestHooksOfEvents(t *testing.T) {
	app := New()
	one := func(_ *Ctx, out *Stream) error { return out.Send("x") }
	app.SSE("/changed", one, After(func(_ *Ctx, r *Response) error {
		if r.Status != 200 || r.Header("Content-Type") != "text/event-stream" || len(r.Body) > 0 {
			t.Errorf("%+v", r)
		}
		return r.SetHeader("Cache-Control", "no-store")
	}))
	spoils := map[string]AfterHook{
		"/status": func(_ *Ctx, r *Response) error {
			r.Status = 201
			return nil
		},
		"/type": func(_ *Ctx, r *Response) error { return r.SetHeader("Content-Type", "text/plain") },
		"/body": func(_ *Ctx, r *Response) error {
			r.Body = []byte("x")
			return nil
		},
		"/fails": func(*Ctx, *Response) error { return errors.New("kaput") },
		"/ends": func(*Ctx, *Response) error {
			runtime.Goexit()
			return nil
		},
	}
	for target, hook := range spoils {
		app.SSE(target, one, After(hook))
	}
	s := serve(t, app)
	got := s.get(t, "/changed")
	expectText(t, got, 200, "data: x\n\n")
	if fmt.Sprint(got.header.Values("Cache-Control")) != "[no-store]" {
		t.Errorf("%v", got.header)
	}
	for target := range spoils {
		log := logOf(t, func() {
			if got := s.get(t, target); got.status != 500 {
				t.Errorf("%s: %+v", target, got)
			}
		})
		if strings.Count(log, "\n") != 1 {
			t.Errorf("%s: %s", target, log)
		}
	}
}

func TestWhatComesTooLateForEvents(t *testing.T) {
	app := New()
	kept := make(chan *Stream, 1)
	app.SSE("/", func(c *Ctx, out *Stream) error {
		if got := c.LastEventID(); got != "7 a" {
			t.Errorf("%q", got)
		}
		err := out.Send("x")
		if _, err := c.EventStream(); !errors.Is(err, ErrState) {
			t.Errorf("a second stream: %v", err)
		}
		if err := c.Text("x"); !errors.Is(err, ErrState) {
			t.Errorf("a whole answer: %v", err)
		}
		kept <- out
		return err
	})
	app.Get("/answered", func(c *Ctx) error {
		err := c.Text("whole")
		if _, err := c.EventStream(); !errors.Is(err, ErrStale) {
			t.Errorf("%v", err)
		}
		return err
	})
	app.Get("/inline", func(c *Ctx) error {
		if _, err := c.EventStream(); !errors.Is(err, ErrState) {
			t.Errorf("%v", err)
		}
		return c.Text("whole")
	}, Inline)
	app.Get("/directly", func(c *Ctx) error { return c.answerWithEventDirectly() }, Inline)
	s := serve(t, app)
	expectText(t, s.do(t, "GET", "/", "", "Last-Event-ID: 7 a"), 200, "data: x\n\n")
	out := receive(t, kept)
	for range 2 {
		if err := out.Send("late"); err == nil {
			t.Error("sent after the request's end")
		}
	}
	expectText(t, s.get(t, "/answered"), 200, "whole")
	expectText(t, s.get(t, "/inline"), 200, "whole")
	expectText(t, s.get(t, "/directly"), 200, "retry: 7\n\ndata: direct\n\n")
	var none Stream
	for _, err := range []error{none.Send("x"), none.Begin(), none.SendAll(Values(slices.Values([]int{1})))} {
		if !errors.Is(err, ErrState) {
			t.Errorf("the zero Stream: %v", err)
		}
	}
}

func TestReceivedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	kaput := errors.New("kaput")
	values := make(chan int, 1)
	values <- 1
	var got []string
	for value, err := range Received(ctx, values) {
		got = append(got, fmt.Sprint(value, err))
		cancel(kaput)
	}
	if !slices.Equal(got, []string{"1 <nil>", "<nil> kaput"}) {
		t.Errorf("%q", got)
	}
	close(values)
	for value := range Received(context.Background(), values) {
		t.Errorf("%v of a closed channel", value)
	}
}
