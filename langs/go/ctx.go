package trivet

// #include "bridge.h"
import "C"

import (
	"context"
	"sync"
	"time"
)

// Map is a JSON object in a handler's hands.
type Map = map[string]any

// Field is a name and its value: a header field, a cookie.
type Field struct{ Name, Value string }

// Ctx is one request and its answer, and the [context.Context] of both: it is cancelled when the
// client leaves, when the shutdown is forced, and when the handler returns.
//
// The answer leaves when the handler returns; one in pieces ([Ctx.Stream]) leaves as it is written, and
// ends then. Until then a Ctx may be used by any number of
// goroutines; afterwards its methods return [ErrStale] or zero values. A Ctx is never reused for
// another request.
type Ctx struct {
	// mu guards everything below it: the engine's memory must not be read once the request has ended.
	mu      sync.Mutex
	state   ctxState
	isGone  bool // the client has left, or closed its side
	isLost  bool // and there is no connection to it any more
	isKnown bool // in its pool's table of unanswered requests; guarded by the pool
	isDone  bool // its handler has returned; guarded by the pool
	status  int32
	request uint64
	view    *C.trivet_request_view // nil once the request has ended
	loop    *Loop
	route   *route
	records *[]byte // where the answer is packed: the buffer of the goroutine that runs the handler
	start   int     // length of *records before this answer
	more    *ctxMore
	follow  *following // what is to be done once the answer has been handed over
}

type ctxState uint8

const (
	ctxOpen      ctxState = iota // no answer yet
	ctxAnswered                  // the answer is packed and leaves when the handler returns
	ctxStreaming                 // an answer in pieces has begun
	ctxEnded                     // the handler has returned, or the loop has ended
)

// ctxMore is what few requests need.
type ctxMore struct {
	fields  []Field
	values  map[any]any
	body    []byte
	context context.Context
	cancel  context.CancelCauseFunc
	failure error // an answer that could not be made, for handlers that ignore its error
	// response is the answer in the hands of around hooks.
	response *Response
	status   int // of an error handler's answer when it sets none
	stream   *ctxStream
	onRead   func(received, total int64)
	// isProgressTold says that onRead has been told of content that was there at once.
	isProgressTold bool
	// isSubscribed says that a hub has the request.
	isSubscribed bool
	// isConcluded says that the after hooks have seen the answer already.
	isConcluded bool
	provision   *provision
	after       []func(ctx context.Context)
}

var _ context.Context = (*Ctx)(nil)

// extra returns the rarely used part; the caller holds c.mu.
func (c *Ctx) extra() *ctxMore {
	if c.more == nil {
		c.more = &ctxMore{}
	}
	return c.more
}

// Loop returns the loop that serves the request.
func (c *Ctx) Loop() *Loop { return c.loop }

// Log writes one line with the request's id to the app's log.
func (c *Ctx) Log(level Level, message string) {
	id := c.ID()
	c.loop.app.Log(level, "request "+formatUint(id)+": "+message)
}

// Set keeps a value with the request, for [Ctx.Get] and [Ctx.Value].
func (c *Ctx) Set(key, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxEnded {
		return
	}
	more := c.extra()
	if more.values == nil {
		more.values = make(map[any]any)
	}
	more.values[key] = value
}

// Get returns a value that was kept with [Ctx.Set], or nil.
func (c *Ctx) Get(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return nil
	}
	return c.more.values[key]
}

// Value returns a value of a type that was kept with [Ctx.Set]; false when there is none of that key
// and type.
func Value[T any](c *Ctx, key any) (value T, ok bool) {
	value, ok = c.Get(key).(T)
	return value, ok
}

// Deadline implements [context.Context]; a request has none of its own.
func (c *Ctx) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done implements [context.Context]. [context.Cause] tells why: [ErrGone] when the client left or
// the shutdown was forced, [context.Canceled] when the handler returned.
func (c *Ctx) Done() <-chan struct{} { return c.cancellable().Done() }

// Err implements [context.Context].
func (c *Ctx) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isGone || c.state == ctxEnded {
		return context.Canceled
	}
	return nil
}

// Value implements [context.Context]: the values of [Ctx.Set].
func (c *Ctx) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return nil
	}
	if value, ok := c.more.values[key]; ok {
		return value
	}
	if c.more.context == nil {
		return nil
	}
	// The context package recognises its own contexts by a key: child contexts then need no goroutine.
	return c.more.context.Value(key)
}

// cancellable returns the context behind Done, made when it is first asked for.
func (c *Ctx) cancellable() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	more := c.extra()
	if more.context == nil {
		more.context, more.cancel = context.WithCancelCause(context.Background())
		if c.isGone {
			more.cancel(ErrGone)
		} else if c.state == ctxEnded {
			more.cancel(nil)
		}
	}
	return more.context
}

// leave notes that nobody waits for the answer any more, and whether it could reach the client at all.
// The handler goes on; its answer is dropped by the engine.
func (c *Ctx) leave(isLost bool) {
	c.mu.Lock()
	c.isGone = true
	c.isLost = c.isLost || isLost
	c.wakeStream()
	cancel := c.cancelFunc()
	c.mu.Unlock()
	if cancel != nil {
		cancel(ErrGone)
	}
}

// end takes the engine's memory away from a handler that still runs when its loop ends.
func (c *Ctx) end() {
	c.mu.Lock()
	c.isGone = true
	c.state = ctxEnded
	c.view = nil
	c.wakeStream()
	cancel, spools := c.cancelFunc(), c.takeSpools()
	c.mu.Unlock()
	closeSpools(spools)
	if cancel != nil {
		cancel(ErrGone)
	}
}

func (c *Ctx) cancelFunc() context.CancelCauseFunc {
	if c.more == nil {
		return nil
	}
	return c.more.cancel
}
