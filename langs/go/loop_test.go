package trivet

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func hello(c *Ctx) error { return c.Text("Hello, World!") }

func TestServesInlineAndOnGoroutines(t *testing.T) {
	app := New()
	app.Get("/inline", hello, Inline)
	app.Get("/goroutine", hello)
	s := serve(t, app)
	for range 3 {
		expectText(t, s.get(t, "/inline"), 200, "Hello, World!")
		expectText(t, s.get(t, "/goroutine"), 200, "Hello, World!")
	}
}

func TestEveryEngineServes(t *testing.T) {
	for _, engine := range []Engine{EngineUring, EngineEpoll} {
		t.Run(string(engine), func(t *testing.T) {
			app := New(Config{Engine: engine})
			app.Get("/", hello)
			s := serve(t, app)
			info, err := s.loop.Info()
			if err != nil || !strings.Contains(info.Engine, string(engine)) ||
				info.State != "serving" {
				t.Errorf("info %+v, %v", info, err)
			}
			expectText(t, s.get(t, "/"), 200, "Hello, World!")
		})
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	app := New()
	second := make(chan struct{})
	app.Get("/1", func(c *Ctx) error {
		<-second
		return c.Text("1")
	})
	app.Get("/2", func(c *Ctx) error {
		close(second)
		return c.Text("2")
	})
	app.Get("/inline", hello, Inline)
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/inline", "")
	connection.send(t, "GET", "/2", "")
	connection.send(t, "GET", "/1", "")
	connection.send(t, "GET", "/inline", "")
	for _, want := range []string{"Hello, World!", "2", "1", "Hello, World!"} {
		expectText(t, connection.receive(t, "GET"), 200, want)
	}
}

func TestTwoHundredHandlersBlockAtOnce(t *testing.T) {
	for _, processors := range []int{1, 4} {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			const count = 200
			var inside atomic.Int32
			all := make(chan struct{})
			app := New()
			app.Get("/wait", func(c *Ctx) error {
				if inside.Add(1) == count {
					close(all)
				}
				select {
				case <-all:
					return c.Text("together")
				case <-time.After(patience):
					return errors.New("the others did not come")
				}
			})
			app.Get("/inline", hello, Inline)
			s := serve(t, app)
			var clients sync.WaitGroup
			for range count {
				clients.Add(1)
				go func() {
					defer clients.Done()
					expectText(t, s.get(t, "/wait"), 200, "together")
				}()
			}
			clients.Wait()
			expectText(t, s.get(t, "/inline"), 200, "Hello, World!")
		}()
	}
}

func TestManyRequestsOnManyConnections(t *testing.T) {
	app := New()
	app.Get("/inline/{n:int}", func(c *Ctx) error { return c.Text(c.Param("n")) }, Inline)
	app.Get("/plain/{n:int}", func(c *Ctx) error { return c.Text(c.Param("n")) })
	app.Get("/yield/{n:int}", func(c *Ctx) error {
		runtime.Gosched()
		return c.Text(c.Param("n"))
	})
	s := serve(t, app)
	var clients sync.WaitGroup
	for range 20 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			connection := s.dial(t)
			defer connection.Close()
			for n := range 100 {
				for _, kind := range []string{"inline", "plain", "yield"} {
					number := formatUint(uint64(n))
					connection.send(t, "GET", "/"+kind+"/"+number, "")
					expectText(t, connection.receive(t, "GET"), 200, number)
				}
			}
		}()
	}
	clients.Wait()
	stats, err := s.loop.Stats()
	if err != nil || stats.RequestsTotal != 20*100*3 || stats.StaleTotal != 0 ||
		stats.HandlerFailuresTotal != 0 {
		t.Errorf("stats %+v, %v", stats, err)
	}
}

func TestTwoAppsInOneProcess(t *testing.T) {
	one, two := New(), New()
	one.Get("/", func(c *Ctx) error { return c.Text("one") })
	two.Get("/", func(c *Ctx) error { return c.Text("two") })
	first, second := serve(t, one), serve(t, two)
	expectText(t, first.get(t, "/"), 200, "one")
	expectText(t, second.get(t, "/"), 200, "two")
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	app := New()
	defer app.Close()
	if err := app.Listen(listener.Addr().String()); !errors.Is(err, ErrAddressInUse) {
		t.Errorf("got %v", err)
	}
}

func TestWrongAddresses(t *testing.T) {
	for _, address := range []string{
		"nonsense", "127.0.0.1:70000", "127.0.0.1:http", "203.0.113.1:0",
	} {
		app := New()
		if err := app.Listen(address); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
		app.Close()
	}
}

func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	const count = 50
	app := New()
	arrived := make(chan struct{}, count)
	release := make(chan struct{})
	app.Get("/", func(c *Ctx) error {
		arrived <- struct{}{}
		<-release
		return c.Text("finished")
	})
	s := serve(t, app)
	var clients sync.WaitGroup
	for range count {
		clients.Add(1)
		go func() {
			defer clients.Done()
			expectText(t, s.get(t, "/"), 200, "finished")
		}()
	}
	for range count {
		receive(t, arrived)
	}
	s.cancel()
	for draining := false; !draining; { // the drain has begun when the loop says so
		info, err := s.loop.Info()
		if err != nil {
			t.Fatal(err)
		}
		draining = info.State == "draining"
	}
	if _, err := net.Dial("tcp", s.address); err == nil {
		t.Error("a draining loop accepts")
	}
	close(release)
	clients.Wait()
	s.end(t)
}

func TestSecondDrainForcesTheEnd(t *testing.T) {
	app := New()
	kept := make(chan *Ctx, 1)
	release, returned := make(chan struct{}), make(chan error, 1)
	app.Get("/", func(c *Ctx) error {
		kept <- c
		<-release
		err := c.Text("too late")
		returned <- err
		return err
	})
	s := serve(t, app)
	connection := s.dial(t)
	defer connection.Close()
	connection.send(t, "GET", "/", "")
	c := receive(t, kept)
	app.Drain()
	app.Drain()
	receive(t, s.loop.over)
	receive(t, c.Done())
	if cause := context.Cause(c); !errors.Is(cause, ErrGone) {
		t.Errorf("cause %v", cause)
	}
	if c.Path() != "" || c.Err() == nil {
		t.Error("the handler can still read its request")
	}
	close(release)
	if err := receive(t, returned); !errors.Is(err, ErrStale) {
		t.Errorf("the answer after the end gave %v", err)
	}
	if _, err := s.loop.Info(); !errors.Is(err, ErrStale) {
		t.Errorf("an ended loop tells %v", err)
	}
	s.loop.Wake()
	s.loop.Drain()
}

func TestListenDrainsOnSignal(t *testing.T) {
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	app := New(
		Config{LogLevel: LogInfo, Threads: 2},
		OnReady(func(*Loop) { process.Signal(os.Interrupt) }),
	)
	defer app.Close()
	log := logOf(t, func() {
		if err := app.Listen("127.0.0.1:0"); err != nil {
			t.Errorf("Listen returned %v", err)
		}
	})
	expectContains(t, log, "Go "+runtime.Version()[2:])
	expectContains(t, log, "2 threads")
}

func TestTimers(t *testing.T) {
	s := serve(t, New())
	fired := make(chan int, 3)
	for _, delay := range []int{30, 1, 15} {
		after := time.Duration(delay) * time.Millisecond
		if _, err := s.loop.After(after, func() { fired <- delay }); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{1, 15, 30} {
		if got := receive(t, fired); got != want {
			t.Errorf("%d fired before %d", got, want)
		}
	}
	timer, err := s.loop.After(time.Hour, func() { t.Error("a cancelled timer fired") })
	if err != nil {
		t.Fatal(err)
	}
	if err := timer.Cancel(); err != nil {
		t.Error(err)
	}
	if err := timer.Cancel(); !errors.Is(err, ErrStale) {
		t.Errorf("the second cancellation gave %v", err)
	}
	if _, err := s.loop.After(-1, nil); !errors.Is(err, ErrArgument) {
		t.Errorf("a negative delay gave %v", err)
	}
	if _, err := s.loop.After(time.Hour, func() {}); err != nil { // pending at the end
		t.Error(err)
	}
}

func TestWatch(t *testing.T) {
	s := serve(t, New())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	ready := make(chan Ready, 1)
	fd := int(read.Fd())
	watch := func(r Ready) {
		if s.loop.Watch(fd, 0, nil) == nil {
			ready <- r
		}
	}
	if err := s.loop.Watch(fd, ReadyRead, watch); err != nil {
		t.Fatal(err)
	}
	write.WriteString("x")
	if got := receive(t, ready); got&ReadyRead == 0 {
		t.Errorf("readiness %d", got)
	}
	if err := s.loop.Watch(fd, 0, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("ending no watch gave %v", err)
	}
}

func TestRunOnTheLoop(t *testing.T) {
	s := serve(t, New())
	if err := s.loop.Flush(); !errors.Is(err, ErrThread) {
		t.Errorf("a foreign thread flushed: %v", err)
	}
	if err := s.loop.Run(func() error { return s.loop.Run(s.loop.Flush) }); err != nil {
		t.Error(err)
	}
	if err := s.loop.Run(func() error { return ErrLimit }); !errors.Is(err, ErrLimit) {
		t.Errorf("got %v", err)
	}
	err := s.loop.Run(func() error {
		runtime.Goexit()
		return nil
	})
	if !errors.Is(err, errGoexit) {
		t.Errorf("got %v", err)
	}
	if _, err := s.loop.Info(); err != nil {
		t.Errorf("the loop did not survive: %v", err)
	}
}

func TestDrainUnderLoadLosesNoAnswer(t *testing.T) {
	app := New()
	app.Get("/inline", hello, Inline)
	app.Get("/goroutine", hello)
	s := serve(t, app)
	const clients, enough = 20, 50
	var all, busy sync.WaitGroup
	for n := range clients {
		all.Add(1)
		busy.Add(1)
		go func() {
			defer all.Done()
			target := []string{"/inline", "/goroutine"}[n%2]
			connection := s.dial(t)
			defer connection.Close()
			for answers := 0; ; answers++ {
				if answers == enough {
					busy.Done()
				}
				request := "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n"
				if _, err := connection.Write([]byte(request)); err != nil {
					return // closed while idle
				}
				// The end may come between two answers, but not within one.
				if _, err := connection.reader.Peek(1); err != nil {
					return
				}
				expectText(t, connection.receive(t, "GET"), 200, "Hello, World!")
			}
		}()
	}
	busy.Wait()
	s.end(t)
	all.Wait()
}
