package trivet

import (
	"sync"
	"testing"
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
