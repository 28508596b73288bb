package trivet

import (
	"context"
	"fmt"
	"sync"
)

// background runs functions after answers; guarded by its mu.
type background struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when nothing runs; nil unless somebody waits
	ctx     context.Context
	cancel  context.CancelFunc
}

const (
	// backgroundMax is how many of them run beside the handlers; beyond it they run where the next
	// handler would, so that more requests do not mean more of them.
	backgroundMax = 10_000
	// afterFunctionsMax bounds those of one request.
	afterFunctionsMax = 1000
)

// following is what is to be done for a request that has been answered.
type following struct {
	after    []func(ctx context.Context)
	closings []closing
	ctx      context.Context
	hasRoom  bool
}

// After has f called once the answer has been handed over to be sent, in the order added, on another
// goroutine; unless the handler fails. The Ctx is of no use any more then: f gets a context that is
// cancelled at the end of shutdown_timeout_ms, up to which the end of the program waits for it. A panic
// is logged.
func (c *Ctx) After(f func(ctx context.Context)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case f == nil:
		return withDetail(ErrArgument, "the function is nil")
	case c.state == ctxEnded:
		return ErrStale
	case len(c.extra().after) >= afterFunctionsMax:
		return withDetail(ErrLimit, "a request has at most %d functions of After", afterFunctionsMax)
	}
	c.more.after = append(c.more.after, f)
	return nil
}

// takeFollowing gathers what is to be done; the caller holds c.mu.
func (c *Ctx) takeFollowing() {
	f := following{after: c.more.after}
	if c.more.provision != nil {
		f.closings = c.more.provision.closings
		c.more.provision.closings = nil
	}
	c.more.after = nil
	if len(f.after)+len(f.closings) > 0 {
		// From here on the end of the program waits for it.
		f.ctx, f.hasRoom = c.loop.app.background.begin()
		c.follow = &f
	}
}

// followUp closes what was provided, and starts the functions of After. It comes after the answer.
func (c *Ctx) followUp() {
	f := c.follow
	if f == nil {
		return
	}
	c.follow = nil
	app := c.loop.app
	for i := len(f.closings) - 1; i >= 0; i-- {
		if err := guardClosing(context.Background(), f.closings[i]); err != nil {
			app.Log(LogError, "closing what was provided: "+err.Error())
		}
	}
	run := func() {
		defer app.background.end()
		for _, after := range f.after {
			app.runBehind(f.ctx, after)
		}
	}
	if f.hasRoom && len(f.after) > 0 {
		go run()
	} else {
		run()
	}
}

func (a *App) runBehind(ctx context.Context, after func(ctx context.Context)) {
	defer func() {
		if cause := recover(); cause != nil {
			a.Log(LogError, fmt.Sprintf("a function of After failed: %v", panicError(cause)))
		}
	}()
	after(ctx)
}

func (b *background) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ctx, b.cancel = context.WithCancel(context.Background())
}

func (b *background) begin() (ctx context.Context, hasRoom bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running++
	return b.ctx, b.running <= backgroundMax
}

func (b *background) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
	if b.running == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// drain waits for what runs until ctx is done, and tells how many are left.
func (b *background) drain(ctx context.Context) (left int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.cancel()
	if b.running == 0 {
		return 0
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	idle := b.idle
	b.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	b.mu.Lock()
	return b.running
}
