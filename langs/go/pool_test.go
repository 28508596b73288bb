package trivet

import (
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
