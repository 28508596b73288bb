package trivet

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

var errGoexit = errors.New("the handler ended its goroutine with runtime.Goexit")

// run calls the handler and packs its answer into records. A handler that panics has failed.
func (c *Ctx) run(records *[]byte) {
	c.records, c.start = records, len(*records)
	if c.abandon() {
		return
	}
	err := errGoexit
	defer func() {
		if cause := recover(); cause != nil {
			err = panicError(cause)
		}
		c.finish(err)
	}()
	err = c.route.handler(c)
}

// abandon gives up a request to whose client nothing can be sent any more: its handler is not begun. One
// whose client has only closed its side gets its answer.
func (c *Ctx) abandon() bool {
	c.mu.Lock()
	if !c.isLost {
		c.mu.Unlock()
		return false
	}
	step(c.loop.pool, c.request, response{kind: postAbort}, "")
	c.state = ctxEnded
	c.seal(nil)
	return true
}

// finish ends the request when its handler has returned: an error replaces the answer, no answer
// is 204. From here on the Ctx is stale.
func (c *Ctx) finish(err error) {
	c.mu.Lock()
	if c.more != nil && err != nil {
		c.more.after = nil // they belong to what has failed
	}
	if c.more != nil && c.hasPieces(err) {
		c.endPieces(err)
		return
	}
	if err == nil && c.state == ctxOpen && c.more != nil {
		err = c.more.failure
	}
	if err == nil && c.state == ctxAnswered && c.more != nil && c.more.response != nil {
		err = c.repack()
	}
	if c.route.after != nil || (err != nil && c.loop.app.errorHandler != nil) {
		c.mu.Unlock()
		c.conclude(err)
		return
	}
	c.seal(err)
}

// seal packs the answer if the request is still there, and takes the Ctx out of use. The caller holds
// c.mu, which is released.
func (c *Ctx) seal(err error) {
	c.pack(err)
	c.state = ctxEnded
	c.view = nil
	c.records = nil
	if c.more != nil {
		c.takeFollowing()
	}
	c.wakeStream()
	cancel, spools := c.cancelFunc(), c.takeSpools()
	c.mu.Unlock()
	closeSpools(spools)
	if cancel != nil {
		cancel(nil)
	}
}

// pack replaces the answer by that of an error, and gives the one of a handler that gave none; the
// caller holds c.mu.
func (c *Ctx) pack(err error) {
	switch {
	case c.state == ctxEnded: // the loop has ended first
	case err != nil:
		*c.records = c.appendError((*c.records)[:c.start], err)
	case c.state == ctxOpen:
		*c.records = appendRecord(*c.records, c.request, c.response(204, contentNone), "")
	}
}

// conclude is the end of a request with after hooks or an error that a handler maps.
func (c *Ctx) conclude(err error) {
	if err != nil {
		err = c.mapError(err)
	}
	if c.route.after != nil {
		c.runAfter(err)
		err = nil
	}
	c.mu.Lock()
	c.seal(err)
}

// guard calls a hook and gives its error; a panic is one. When the hook ends its goroutine, the
// request fails here, because nobody goes on with it.
func (c *Ctx) guard(hook func() error) (err error) {
	hasReturned := false
	defer func() {
		if cause := recover(); cause != nil {
			err = panicError(cause)
		} else if !hasReturned {
			c.mu.Lock()
			c.seal(errGoexit)
		}
	}()
	err = hook()
	hasReturned = true
	return err
}

// runAfter lets the after hooks change the answer, or that of an error, and packs what they made of
// it. An error of one of them is answered instead, and the hooks after it see that.
func (c *Ctx) runAfter(err error) {
	c.runHooks(c.route.after, c.materialise(err))
}

func (c *Ctx) runHooks(hooks []AfterHook, r *Response) {
	for _, hook := range hooks {
		if r == nil {
			return // the loop has ended
		}
		if err := c.guard(func() error { return hook(c, r) }); err != nil {
			r = c.materialise(c.mapError(err))
		}
	}
	c.replace(r)
}

// panicFailure is a panic as an error, with where it was; so that the development page can show it.
type panicFailure struct {
	text    string
	cause   any
	callers []uintptr
}

func (e *panicFailure) Error() string { return e.text }

// Unwrap gives the error that was the cause of the panic, if it was one.
func (e *panicFailure) Unwrap() error {
	err, _ := e.cause.(error)
	return err
}

// panicError names the cause of a panic and the frame that panicked.
func panicError(cause any) error {
	callers := make([]uintptr, 64)
	count := runtime.Callers(1, callers)
	frames := runtime.CallersFrames(callers[:count])
	hasPanicked := false
	for frame, more := frames.Next(); ; frame, more = frames.Next() {
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if hasPanicked && !isRuntime {
			text := fmt.Sprintf("panic: %v at %s (%s)", cause, frame.Function,
				site(frame.File, frame.Line))
			return &panicFailure{text, cause, callers[:count]}
		}
		// A nil map, a nil pointer and the like reach gopanic through other functions of the runtime.
		hasPanicked = hasPanicked || frame.Function == "runtime.gopanic"
		if !more {
			return fmt.Errorf("panic: %v", cause)
		}
	}
}
