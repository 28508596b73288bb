package trivet

import (
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

func (p *pool) counts() (idle, unanswered int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle), len(p.unanswered)
}

// blockMany has a number of handlers run at once and returns when all are answered.
func blockMany(t *testing.T, s *server, arrived, release chan struct{}, count int) {
	t.Helper()
	answers := make(chan answer, count)
	for range count {
		go func() { answers <- s.get(t, "/") }()
	}
	for range count {
		receive(t, arrived)
	}
	for range count {
		release <- struct{}{}
	}
	for range count {
		expectText(t, receive(t, answers), 204, "")
	}
}

func TestIdleWorkersEnd(t *testing.T) {
	app := New()
	arrived, release := make(chan struct{}, 400), make(chan struct{})
	app.Get("/", func(*Ctx) error {
		arrived <- struct{}{}
		<-release
		return nil
	})
	s := serve(t, app)
	p := s.loop.pool
	blockMany(t, s, arrived, release, 300)
	blockMany(
		t,
		s,
		arrived,
		release,
		1,
	) // whatever the others still do, they park before they are needed
	idle, unanswered := p.counts()
	if idle == 0 || idle > idleWorkersMax || unanswered != 0 {
		t.Errorf("%d idle workers, %d unanswered requests", idle, unanswered)
	}
	p.trimIdle() // begins a period
	blockMany(t, s, arrived, release, 3)
	p.trimIdle()
	if idle, _ := p.counts(); idle < 1 || idle > 10 {
		t.Errorf("%d workers are left of which 3 or 4 were needed", idle)
	}
	p.trimIdle()
	p.trimIdle()
	if idle, _ := p.counts(); idle != 0 {
		t.Errorf("%d workers are left of which none was needed", idle)
	}
	blockMany(t, s, arrived, release, 2)
}

// lockOfAWait is the lock of a condition, and calls back when the condition is waited for.
type lockOfAWait struct {
	*sync.Mutex
	waits func()
}

func (l lockOfAWait) Unlock() {
	l.waits()
	l.Mutex.Unlock()
}

// A loop that gives up the pool's lock on its way to the kernel must look at its tasks once more: one
// that came meanwhile has woken nobody, because the loop was awake.
func TestATaskThatComesWhileStepsAreHandedOverIsNotSleptThrough(t *testing.T) {
	p := newPool(nil)
	p.steps, p.isPosting = []byte("those of a worker that posts others"), true
	p.posted.L = lockOfAWait{&p.mu, func() { // Loop.Run, and the worker that is done
		p.tasks = append(p.tasks, task{})
		p.wake()
		p.steps, p.isPosting = nil, false
		p.posted.Broadcast()
	}}
	_, tasks, timeout := p.beforeTurn(nil)
	if len(tasks) != 1 || timeout != 0 || !p.isLoopAwake {
		t.Errorf("%d tasks, awake: %v, to wait %d", len(tasks), p.isLoopAwake, timeout)
	}
}

// waitUntil waits for what the loop is about to do.
func waitUntil(t *testing.T, isSo func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !isSo(); runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatal("what was waited for did not happen")
		}
	}
}

// queued gives the requests that wait for a worker, by their path, once there are so many.
func (p *pool) queued(t *testing.T, count int) map[string]*Ctx {
	t.Helper()
	found := make(map[string]*Ctx)
	waitUntil(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.unanswered {
			found[c.Path()] = c
		}
		return len(found) == count
	})
	return found
}

// A request that nobody can be answered any more is not begun; that of a client which has only closed
// its side is.
func TestAQueuedRequestWhoseClientIsLostIsNotBegun(t *testing.T) {
	eachEngine(t, func(t *testing.T, app *App) {
		begun := make(chan string, 4)
		app.Get("/{n:int}", func(c *Ctx) error {
			begun <- c.Path()
			return c.Text("answered")
		})
		s := serve(t, app)
		p := s.loop.pool
		p.mu.Lock()
		p.isSearched = true // by a worker that has no processor yet
		p.mu.Unlock()
		var clients []*client
		for n := range 3 {
			connection := s.dial(t)
			defer connection.Close()
			connection.send(t, "GET", fmt.Sprintf("/%d", n), "")
			clients = append(clients, connection)
		}
		waiting := p.queued(t, len(clients))
		reset := clients[0].Conn.(*net.TCPConn)
		reset.SetLinger(0)
		reset.Close()
		clients[1].Conn.(*net.TCPConn).CloseWrite()
		waitUntil(t, func() bool { return waiting["/0"].Err() != nil && waiting["/1"].Err() != nil })
		p.mu.Lock()
		p.isSearched = false
		p.search()
		p.mu.Unlock()
		for _, connection := range clients[1:] {
			expectText(t, connection.receive(t, "GET"), 200, "answered")
		}
		waitUntil(t, func() bool { // the engine has let go of all of them
			stats, err := s.loop.Stats()
			return err == nil && stats.RequestsInFlight == 0
		})
		close(begun)
		var paths []string
		for path := range begun {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		if !slices.Equal(paths, []string{"/1", "/2"}) {
			t.Errorf("begun: %v", paths)
		}
		if c := waiting["/0"]; c.state != ctxEnded || c.view != nil {
			t.Error("a request that was given up can still be read")
		}
		if _, unanswered := p.counts(); unanswered != 0 {
			t.Errorf("%d requests are kept", unanswered)
		}
	})
}
