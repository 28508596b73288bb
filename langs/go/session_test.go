package trivet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// serveThreads starts an app with several loops.
func serveThreads(t *testing.T, app *App, count int) *server {
	t.Helper()
	if err := app.configure(Config{Threads: count}, false); err != nil {
		t.Fatal(err)
	}
	s := serve(t, app)
	if loops := app.Loops(); len(loops) != count || !slices.Contains(loops, s.loop) {
		t.Fatalf("%d loops", len(loops))
	}
	return s
}

// answerThread answers with the loop's thread, in a handler that shares the app's state.
func answerThread(c *Ctx) error {
	info, err := c.Loop().Info()
	if err != nil {
		return err
	}
	url, err := c.URL("thread", nil)
	c.Log(LogDebug, url)
	return errors.Join(err, c.Text(formatUint(uint64(info.Thread))))
}

func TestLoopsShareThePortAndTheLoad(t *testing.T) {
	app := New()
	app.Get("/goroutine", answerThread, Name("thread"))
	app.Get("/inline", answerThread, Inline)
	s := serveThreads(t, app, 2)
	const connections = 400
	counts := map[string]int{}
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range 8 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			for range connections / 8 {
				connection := s.dial(t)
				for _, target := range []string{"/goroutine", "/inline"} {
					connection.send(t, "GET", target, "")
					got := connection.receive(t, "GET")
					mu.Lock()
					counts[got.body]++
					mu.Unlock()
				}
				connection.Close()
			}
		}()
	}
	clients.Wait()
	if len(counts) != 2 {
		t.Fatalf("%d loops answered", len(counts))
	}
	total := uint64(0)
	for _, l := range app.Loops() {
		info, err := l.Info()
		if err != nil || info.Port != s.loop.port {
			t.Errorf("%+v, %v", info, err)
		}
		stats, err := l.Stats()
		if err != nil {
			t.Error(err)
		}
		total += stats.RequestsTotal
		// The kernel spreads connections by their hash: 400 fair coins do not fall 120 to 280.
		if count := counts[fmt.Sprint(info.Thread)]; count < 2*connections*3/10 {
			t.Errorf("a loop had %d of %d requests", count, 2*connections)
		}
	}
	if total != 2*connections {
		t.Errorf("%d requests", total)
	}
}

func TestDrainOfAllLoopsLosesNoAnswer(t *testing.T) {
	app := New()
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	app.Get("/", func(c *Ctx) error {
		arrived <- struct{}{}
		<-release
		return c.Text("finished")
	})
	s := serveThreads(t, app, 3)
	var clients sync.WaitGroup
	for range cap(arrived) {
		clients.Add(1)
		go func() {
			defer clients.Done()
			expectText(t, s.get(t, "/"), 200, "finished")
		}()
	}
	for range cap(arrived) {
		receive(t, arrived)
	}
	s.cancel()
	close(release)
	clients.Wait()
	s.end(t)
}

func TestPortInUseByAnotherProgram(t *testing.T) {
	first := New()
	first.Get("/", hello)
	s := serveThreads(t, first, 2)
	for _, threads := range []int{1, 2} {
		ctx, cancel := context.WithCancel(context.Background())
		second := New(Config{Threads: threads}, OnReady(func(*Loop) { cancel() }))
		if err := second.Serve(ctx, s.address); !errors.Is(err, ErrAddressInUse) {
			t.Errorf("%d threads: %v", threads, err)
		}
		cancel()
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}
	expectText(t, s.get(t, "/"), 200, "Hello, World!")
}

func TestLoopThatCannotBeMadeEndsTheOthers(t *testing.T) {
	app := New(Config{Threads: 64}) // and the process may have 64
	other := New()
	one := serve(t, other)
	err := app.Serve(context.Background(), "127.0.0.1:0")
	if !errors.Is(err, ErrLimit) {
		t.Errorf("got %v", err)
	}
	if len(app.Loops()) != 0 {
		t.Error("loops are left")
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
	if got := one.get(t, "/"); got.status != 404 {
		t.Errorf("got %+v", got)
	}
}

func TestLifecycle(t *testing.T) {
	app := New()
	var order []string
	note := func(name string) LifecycleHook {
		return func(ctx context.Context) error {
			if ctx.Err() != nil {
				t.Errorf("%s begins with %v", name, ctx.Err())
			}
			order = append(order, fmt.Sprintf("%s %d", name, len(app.Loops())))
			return nil
		}
	}
	app.OnStartup(note("start 1"), func(context.Context) error {
		address := app.Addr()
		connection, err := net.Dial("tcp", address) // bound, but nobody accepts yet
		if err != nil {
			return err
		}
		defer connection.Close()
		stats, err := app.Loops()[0].Stats()
		if stats.ConnectionsTotal != 0 {
			t.Error("a loop accepts before the startup is over")
		}
		return err
	})
	app.OnStartup(note("start 2"))
	app.OnShutdown(note("stop 1"))
	app.OnShutdown(note("stop 2"))
	app.Get("/", hello)
	s := serveThreads(t, app, 2)
	expectText(t, s.get(t, "/"), 200, "Hello, World!")
	s.end(t)
	if want := []string{"start 1 2", "start 2 2", "stop 2 0", "stop 1 0"}; !slices.Equal(order, want) {
		t.Errorf("got %v", order)
	}
}

func TestFailedStartupKeepsTheAppFromServing(t *testing.T) {
	app := New(Config{Threads: 2})
	broken := errors.New("no database")
	app.OnStartup(func(context.Context) error { return broken })
	app.OnStartup(func(context.Context) error {
		t.Error("the next function ran")
		return nil
	})
	app.OnShutdown(func(context.Context) error {
		t.Error("shutdown without startup")
		return nil
	})
	app.onReady = append(app.onReady, func(*Loop) { t.Error("the app serves") })
	err := app.Listen("127.0.0.1:0")
	if !errors.Is(err, broken) || err.Error() != "startup failed: no database" {
		t.Errorf("got %v", err)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

func TestFailedShutdownIsTold(t *testing.T) {
	app := New()
	one, two := errors.New("one"), errors.New("two")
	app.OnShutdown(func(context.Context) error { return one })
	app.OnShutdown(func(context.Context) error { return two })
	ctx, cancel := context.WithCancel(context.Background())
	app.onReady = append(app.onReady, func(*Loop) { cancel() })
	err := app.Serve(ctx, "127.0.0.1:0")
	if !errors.Is(err, one) || !errors.Is(err, two) || strings.Index(err.Error(), "two") > 20 {
		t.Errorf("got %v", err)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

func TestEndIsAskedForDuringStartup(t *testing.T) {
	for _, obeys := range []bool{true, false} {
		ctx, cancel := context.WithCancel(context.Background())
		app := New()
		stopped := 0
		app.OnStartup(func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			if obeys {
				return ctx.Err()
			}
			return nil
		})
		app.OnShutdown(func(context.Context) error {
			stopped++
			return nil
		})
		app.onReady = append(app.onReady, func(*Loop) { t.Error("the app serves") })
		if err := app.Serve(ctx, "127.0.0.1:0"); err != nil {
			t.Errorf("got %v", err)
		}
		if (stopped == 1) == obeys {
			t.Errorf("obeys %v: %d shutdowns", obeys, stopped)
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestServeHasNoWorkers(t *testing.T) {
	app := New(Config{Workers: 2})
	defer app.Close()
	if err := app.Serve(context.Background(), "127.0.0.1:0"); !errors.Is(err, ErrArgument) {
		t.Errorf("got %v", err)
	}
}

func TestAnAppServesAgainElsewhere(t *testing.T) {
	app := New()
	app.Get("/", hello)
	for range 2 {
		ctx, cancel := context.WithCancel(context.Background())
		address := make(chan string, 1)
		app.onReady = []func(*Loop){func(l *Loop) { address <- l.Addr() }}
		done := make(chan error, 1)
		go func() { done <- app.Serve(ctx, "127.0.0.1:0") }()
		s := &server{address: receive(t, address)}
		expectText(t, s.get(t, "/"), 200, "Hello, World!")
		cancel()
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}
