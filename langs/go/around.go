package trivet

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
)

// AroundHook runs around a handler: next runs the following hook, in the end the handler, and gives its
// error. See [App.Around].
type AroundHook = func(c *Ctx, next Handler) error

// surround is the handler within around hooks, the first of them outermost, as one handler.
func surround(hooks []AroundHook, handler Handler) Handler {
	for _, hook := range slices.Backward(hooks) {
		inner := handler
		handler = func(c *Ctx) error {
			t := turn{hook: hook, inner: inner}
			return t.run(c)
		}
	}
	return handler
}

// turn is one run of one hook.
type turn struct {
	hook  AroundHook
	inner Handler

	mu       sync.Mutex
	isCalled bool
	isOver   bool
	failure  error // what next gave
}

func (t *turn) run(c *Ctx) error {
	defer func() {
		t.mu.Lock()
		t.isOver = true
		t.mu.Unlock()
	}()
	if err := t.hook(c, t.next); err != nil || c.isAnswered() {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil { // nothing stands for what next gave
		return t.failure
	}
	return withDetail(ErrState, "the around hook %s neither calls next nor answers: "+
		"return next(c) to go on, or answer through c", nameOf(t.hook))
}

// next runs what is inside the hook, once.
func (t *turn) next(c *Ctx) (err error) {
	t.mu.Lock()
	switch {
	case t.isOver:
		t.mu.Unlock()
		return ErrStale
	case t.isCalled:
		t.mu.Unlock()
		return withDetail(ErrState, "the around hook %s calls next twice: the handler runs once "+
			"for a request", nameOf(t.hook))
	}
	t.isCalled = true
	t.mu.Unlock()
	begun := c.beginning()
	err = errGoexit
	defer func() {
		if cause := recover(); cause != nil {
			err = panicError(cause)
		}
		err = c.settle(err, begun)
		t.mu.Lock()
		t.failure = err
		t.mu.Unlock()
	}()
	err = t.inner(c)
	return err
}

// beginning is what an answer begins with, for when what the handler makes of it fails.
type beginning struct {
	status int32
	fields []Field
	after  int // of the functions to run after the answer
}

func (c *Ctx) beginning() (b beginning) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.status = c.status
	if c.more != nil {
		b.fields, b.after = slices.Clone(c.more.fields), len(c.more.after)
	}
	return b
}

// settle leaves the answer of a handler that has returned, or none where it has failed, to the hook
// around it.
func (c *Ctx) settle(err error, begun beginning) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != ctxOpen && c.state != ctxAnswered {
		return err // it has begun to leave, or cannot leave any more
	}
	if err == nil && c.state == ctxOpen && c.more != nil {
		err = c.more.failure
	}
	if err == nil {
		c.pack(nil)
		c.state = ctxAnswered
		return nil
	}
	*c.records = (*c.records)[:c.start]
	c.state = ctxOpen
	c.status = begun.status
	if c.more != nil {
		c.more.fields, c.more.failure, c.more.response = begun.fields, nil, nil
		c.more.after = c.more.after[:min(begun.after, len(c.more.after))]
	}
	return err
}

// Response returns the answer as it stands, for an around hook whose next has returned: what it changes
// there is sent. It is nil when there is no answer, and when the answer is in pieces or of a hub, which
// have begun to leave.
func (c *Ctx) Response() *Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != ctxAnswered {
		return nil
	}
	more := c.extra()
	if more.response == nil {
		more.response, _ = readRecord((*c.records)[c.start:])
	}
	return more.response
}

// repack replaces the answer by what around hooks made of it, and gives the error of one that cannot be
// sent; the caller holds c.mu.
func (c *Ctx) repack() error {
	r := c.more.response
	c.more.response = nil
	if err := r.check(); err != nil {
		return fmt.Errorf("an around hook left an answer that cannot be sent: %w", err)
	}
	*c.records = r.append((*c.records)[:c.start], c.request)
	return nil
}

// nameOf names a function and its place: main.auth (main.go:12).
func nameOf(function any) string {
	f := runtime.FuncForPC(reflect.ValueOf(function).Pointer())
	if f == nil {
		return "(unknown)"
	}
	file, line := f.FileLine(f.Entry())
	return fmt.Sprintf("%s (%s)", f.Name(), site(file, line))
}
