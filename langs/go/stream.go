package trivet

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Content in pieces. Steps (read, begin, write, end, abort) go to the loop as records of one queue, so
// that they keep their order; what they bring about comes back among the events of a turn.

// ctxStream is what a request needs that is read or answered in pieces. Guarded by its Ctx's mu.
type ctxStream struct {
	changed sync.Cond // something came, there is room, the client left, the request has ended
	reader  *bodyReader
	form    *formReading
	spools  map[int]*spool // of the form, by the index of their part
	writer  *StreamWriter
}

// pieces returns the part for content in pieces; the caller holds c.mu.
func (c *Ctx) pieces() *ctxStream {
	more := c.extra()
	if more.stream == nil {
		more.stream = &ctxStream{}
		more.stream.changed.L = &c.mu
	}
	return more.stream
}

// wakeStream has those who wait look again; the caller holds c.mu.
func (c *Ctx) wakeStream() {
	if c.more != nil && c.more.stream != nil {
		c.more.stream.changed.Broadcast()
	}
}

// streamWriter is the writer of an answer in pieces; nil when there is none, as while a hub is asked to
// take the request. The caller holds c.mu.
func (c *Ctx) streamWriter() *StreamWriter {
	if c.more == nil || c.more.stream == nil {
		return nil
	}
	return c.more.stream.writer
}

// lost is the error of what comes too late, nil while the request is there; the caller holds c.mu.
func (c *Ctx) lost() error {
	switch {
	case c.view != nil && c.state != ctxEnded:
		return nil
	case c.isGone:
		return ErrGone
	}
	return ErrStale
}

// arrive takes what the engine answers a reader. Loop thread only.
func (c *Ctx) arrive(content C.trivet_str, status C.trivet_status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxEnded || c.more == nil || c.more.stream == nil ||
		c.more.stream.reader == nil {
		return
	}
	c.more.stream.reader.arrive(goBytes(content), statusError(status))
	c.more.stream.changed.Broadcast()
}

// makeRoom lets a writer go on. Loop thread only.
func (c *Ctx) makeRoom(status C.trivet_status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.streamWriter()
	if c.state != ctxStreaming || w == nil {
		return
	}
	err := statusError(status)
	if errors.Is(err, ErrStale) {
		c.view = nil // the engine has ended the request
	}
	w.makeRoom(err)
	c.more.stream.changed.Broadcast()
}

// hasPieces reports whether the end of the handler is that of an answer in pieces, or of a request
// whose reader met a client that has left. The caller holds c.mu.
func (c *Ctx) hasPieces(err error) bool {
	switch c.state {
	case ctxStreaming:
		return true
	case ctxEnded:
		return c.more.isSubscribed
	}
	return c.more.isConcluded || (c.more.stream != nil && c.isGone && errors.Is(err, ErrGone))
}

// endPieces ends such a request when its handler has returned: a failure breaks the connection off and
// is logged by the engine, for which it is too late to be answered. The caller holds c.mu, which is
// released.
func (c *Ctx) endPieces(err error) {
	if c.state == ctxAnswered && c.more.isConcluded {
		c.seal(nil)
		return
	}
	if c.state == ctxEnded {
		c.seal(nil)
		if err != nil && !errors.Is(err, ErrGone) {
			c.loop.app.Log(LogError, "a handler failed when a hub had its request: "+err.Error())
		}
		return
	}
	*c.records = (*c.records)[:c.start]
	last, cause := response{kind: postAbort}, ""
	if w := c.streamWriter(); c.state == ctxStreaming && w != nil {
		if err == nil && !c.isGone {
			err = w.complete()
		}
		if w.isDiscarded && !c.isGone && errors.Is(err, ErrGone) {
			err = nil // as a stream of events says that there is nobody to write for
		}
		switch {
		case err != nil && !c.isDeparture(err):
			c.loop.app.tellFailure(err)
			last, cause = response{}, err.Error() // as appendFailure packs it
		case err == nil && !c.isGone:
			last = response{kind: postEnd, fields: w.trailers}
		}
	}
	step(c.loop.pool, c.request, last, cause)
	c.state = ctxEnded
	c.seal(nil)
}

// runAfterUnlocked is runAfterOfStream for a caller who holds c.mu, and has it again also when a hook
// ends the goroutine.
func (c *Ctx) runAfterUnlocked(head *Response) error {
	c.mu.Unlock()
	defer c.mu.Lock()
	return c.runAfterOfStream(head)
}

// runAfterOfStream lets the after hooks see the head of an answer in pieces. The error of one is
// answered, as that of an ordinary answer is, and given: there is nothing to write to.
func (c *Ctx) runAfterOfStream(head *Response) error {
	for i, hook := range c.route.after {
		err := c.guard(func() error { return hook(c, head) })
		if err == nil {
			continue
		}
		r := c.materialise(c.mapError(err))
		c.runHooks(c.route.after[i+1:], r)
		c.conclusive()
		return fmt.Errorf("an after hook failed: %w", err)
	}
	err := head.check()
	if err == nil && len(head.Body) > 0 {
		err = withDetail(ErrState, "the answer is in pieces: a hook cannot give it a body")
	}
	if err != nil {
		err = fmt.Errorf("an after hook left an answer that cannot be sent: %w", err)
		c.runHooks(nil, c.materialise(err))
		c.conclusive()
	}
	return err
}

// conclusive notes that the answer stands, whatever the handler returns.
func (c *Ctx) conclusive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.extra().isConcluded = true
}

// contentError is a read that failed: the engine's error, and what the client is told when the handler
// returns it.
type contentError struct {
	cause   error
	problem *HTTPError
}

func (e *contentError) Error() string { return e.cause.Error() }

func (e *contentError) Unwrap() []error { return []error{e.cause, e.problem} }

var contentErrors = map[error]*contentError{
	ErrLimit: {
		withDetail(ErrLimit, "the content is longer than body_bytes_max"),
		ContentTooLarge("the content is longer than body_bytes_max"),
	},
	ErrTimeout: {
		withDetail(ErrTimeout, "the content took too long"),
		NewError(408, "the content took too long"),
	},
	ErrProtocol: {
		withDetail(ErrProtocol, "the framing of the content"),
		BadRequest("the framing of the content is malformed"),
	},
	ErrMemory: {ErrMemory, ServiceUnavailable("out of memory")},
}

// readFailure is the error of a read that the engine answered with err.
func readFailure(err error) error {
	if failure, ok := contentErrors[err]; ok {
		return failure
	}
	return err
}

var _ io.Reader = (*bodyReader)(nil)
