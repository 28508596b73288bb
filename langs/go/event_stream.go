package trivet

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
)

const (
	eventStreamType = "text/event-stream"
	// eventBufferBytesMax is the largest buffer that a stream keeps for its next event.
	eventBufferBytesMax = 64 << 10
)

// SSEHandler answers a request with events; see [App.SSE].
type SSEHandler = func(c *Ctx, out *Stream) error

// Stream is an answer of Server-Sent Events, which are sent at the pace at which the client takes them:
// a Send waits while more than 384 KiB have not been sent. While nothing is sent the engine sends a
// comment now and then, see [Heartbeat].
//
// Any number of goroutines may send until the handler returns. The zero Stream gives [ErrState].
type Stream struct {
	c      *Ctx
	config eventConfig

	mu     sync.Mutex // held by the Send that is under way
	w      *StreamWriter
	buffer []byte // of the last event
}

// newStream is a stream that has not begun, with the options of its route and its own.
func newStream(c *Ctx, options []EventOption) *Stream {
	s := &Stream{c: c, config: eventDefaults()}
	for _, option := range c.route.events {
		option.applyEvents(&s.config)
	}
	for _, option := range options {
		option.applyEvents(&s.config)
	}
	return s
}

// SSE routes GET to a handler that answers with Server-Sent Events. The answer begins with the first
// event: an error that the handler returns before it is answered as that of any handler is, later it
// breaks the answer off, as with [Ctx.Stream], and the client will connect again. A handler that waits
// before its first event calls [Stream.Begin]. When it returns, the answer ends.
//
//	app.SSE("/time", func(c *trivet.Ctx, out *trivet.Stream) error {
//		for now := range time.Tick(time.Second) {
//			if err := out.Send(now.Format(time.TimeOnly)); err != nil {
//				return err // the client has left
//			}
//		}
//		return nil
//	})
func (g *routing) SSE(pattern string, h SSEHandler, options ...RouteOption) {
	var handler Handler
	if h != nil {
		handler = func(c *Ctx) error {
			out := newStream(c, nil)
			if err := h(c, out); err != nil || c.isAnswered() {
				return err
			}
			return out.Begin()
		}
	}
	g.add("GET", pattern, handler, append(options, routeOption(func(r *route) {
		r.isSSE = true
		if !slices.Contains(r.doc.produces, eventStreamType) {
			r.doc.produces = append(r.doc.produces, eventStreamType)
		}
	})), 2)
}

// EventStream begins an answer of events now, in the handler of any route; it fails as [Stream.Send]
// does. The fields that were set are sent with it; its status is 200, also where the route has another
// ([Status]), and [Ctx.Status] with another one gives [ErrState].
func (c *Ctx) EventStream(options ...EventOption) (*Stream, error) {
	s := newStream(c, options)
	return s, s.Begin()
}

// SSE answers with an event for each value, as [Stream.Send] makes it, as the sequence gives it. The
// answer begins with the first value: an error that comes before it is answered as that of any handler
// is, a later one breaks the answer off. The sequence is not begun for HEAD, and is stopped when the
// client leaves.
//
//	return c.SSE(trivet.Received(c, ticks))
func (c *Ctx) SSE(values iter.Seq2[any, error], options ...EventOption) error {
	s := newStream(c, options)
	if c.Method() != "HEAD" {
		if err := s.SendAll(values); err != nil {
			return err
		}
	}
	return s.Begin()
}

// LastEventID returns the id of the last event that the client has seen, which it tells when it comes
// back; "" when it tells none.
func (c *Ctx) LastEventID() string { return c.Header("Last-Event-ID") }

// Begin sends the head of the answer, so that the client knows of it before the first event. It does
// nothing when it has been sent. It fails as Send does.
func (s *Stream) Begin() error {
	if s.c == nil {
		return errNotBegun
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begin()
}

// begin is Begin for a caller who holds s.mu.
func (s *Stream) begin() (err error) {
	if s.config.err != nil {
		return s.config.err
	}
	if s.w == nil {
		if s.w, err = s.c.beginEvents(&s.config); err != nil {
			return err
		}
	}
	if s.w.Discards() {
		return errNoEvents
	}
	return nil
}

// Send sends an [Event], or an event with a value as its [Event.Data]; nil gives [ErrArgument]. It leaves
// as soon as the loop comes to it. When the client has left it gives [ErrGone], and so it does for HEAD, whose answer has no
// events; returning that is no failure.
func (s *Stream) Send(value any) error {
	if s.c == nil {
		return errNotBegun
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := eventOf(value).Append(s.buffer[:0])
	if err != nil {
		return err
	}
	if s.buffer = text; cap(text) > eventBufferBytesMax {
		s.buffer = nil
	}
	if err := s.begin(); err != nil {
		return err
	}
	_, err = s.w.Write(text)
	return err
}

var errNoEvents = withDetail(ErrGone, "the answer to HEAD has no events")

// SendAll sends an event for each value until the sequence ends, fails, or the client leaves.
func (s *Stream) SendAll(values iter.Seq2[any, error]) error {
	for value, err := range values {
		if err == nil {
			err = s.Send(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Received makes of a channel a sequence for [Ctx.SSE], [Stream.SendAll], [Ctx.NDJSON] and
// [TokenStream]: what is received from it until it is closed, or ctx is done, the cause of which is the
// last error then. A handler gives its [Ctx], which is done when the client leaves.
func Received[T any](ctx context.Context, values <-chan T) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for {
			select {
			case value, ok := <-values:
				if !ok || !yield(value, nil) {
					return
				}
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

// beginEvents begins an answer of events.
func (c *Ctx) beginEvents(config *eventConfig) (*StreamWriter, error) {
	w := &StreamWriter{c: c, left: -1, events: config}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkStream(); err != nil {
		return nil, err
	}
	head, err := c.eventHead()
	if err == nil {
		err = c.open(w, head)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// eventHead is the head of an answer of events in the hands of after hooks; the caller holds c.mu.
func (c *Ctx) eventHead() (*Response, error) {
	status := 200 // whatever the route's status is
	if c.status != 0 {
		status = int(c.status)
	}
	head, err := c.streamHead(status, eventStreamType)
	head.isEvents = true
	if err == nil {
		err = head.check()
	}
	return head, err
}

// checkEvents tells what a response of events cannot be.
func (r *Response) checkEvents() error {
	if r.Status != 200 || r.Header("Content-Type") != eventStreamType {
		return withDetail(ErrState, "an answer of events has status 200 and is %s, not %d and %q",
			eventStreamType, r.Status, r.Header("Content-Type"))
	}
	return nil
}

// eventFields are the fields of a head of events without the one that the engine writes.
func (r *Response) eventFields() []Field {
	fields := make([]Field, 0, len(r.Headers))
	for _, field := range r.Headers {
		if !strings.EqualFold(field.Name, "Content-Type") {
			fields = append(fields, field)
		}
	}
	return fields
}
