package trivet

// #include "bridge.h"
import "C"

import (
	"io"
	"strings"
	"sync"
)

const (
	// streamWindowBytes is how much of one answer may be on its way to the loop. The engine holds
	// 256 KiB more before it lets the writer wait for the client.
	streamWindowBytes = 128 << 10
	// streamPieceBytes is the largest piece that is handed over at once.
	streamPieceBytes = 64 << 10
)

// StreamWriter writes an answer in pieces, at the pace at which the client takes them: a Write waits
// while more than 384 KiB have not been sent. Each Write leaves as soon as the loop comes to it; what
// should leave together is gathered in a [bufio.Writer].
//
// Any number of goroutines may write until the handler returns; each Write stays in one piece. The
// zero StreamWriter gives [ErrState].
type StreamWriter struct {
	c  *Ctx
	mu sync.Mutex // held by the Write that is under way

	// The rest is guarded by c.mu.
	left        int64 // of the promised length, -1 without one
	trailers    []Field
	unconfirmed int  // bytes handed over that the loop has not confirmed
	afterMark   int  // those of them behind the piece whose confirmation is awaited
	isMarked    bool // a confirmation is awaited
	isDiscarded bool // there is no content to an answer of this kind
	isClosed    bool
	err         error        // why nothing can be written any more
	events      *eventConfig // what is written are events
}

var (
	_ io.WriteCloser  = (*StreamWriter)(nil)
	_ io.StringWriter = (*StreamWriter)(nil)
	_ io.ReaderFrom   = (*StreamWriter)(nil)
)

// StreamOption changes one answer in pieces: [StreamLength].
type StreamOption interface{ applyStream(w *StreamWriter) error }

type streamOption func(w *StreamWriter) error

func (o streamOption) applyStream(w *StreamWriter) error { return o(w) }

// StreamLength promises how many bytes will be written: the client gets a Content-Length. Writing more
// is refused, and a handler that has written less when it returns has failed.
func StreamLength(bytes int64) StreamOption {
	return streamOption(func(w *StreamWriter) error {
		if w.left = bytes; bytes < 0 {
			return withDetail(ErrArgument, "the length of an answer is not %d", bytes)
		}
		return nil
	})
}

// Stream begins an answer in pieces. With status 0 it is the one that was set, else 200; without a
// contentType it is the Content-Type that was set, else application/octet-stream. After hooks see the
// head of the answer now, without a body.
//
// The answer ends when the handler returns. When it returns an error, or panics, the connection is
// broken off so that the client sees that something is missing, and the failure is logged; the error
// handler is not asked, for it is too late for another answer. When the client leaves, writing gives
// [ErrGone] and the context is cancelled.
//
// A route that is [Inline] gives [ErrState]: its handler must not wait.
func (c *Ctx) Stream(
	status int,
	contentType string,
	options ...StreamOption,
) (*StreamWriter, error) {
	w := &StreamWriter{c: c, left: -1}
	for _, option := range options {
		if err := option.applyStream(w); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkStream(); err != nil {
		return nil, err
	}
	head, err := c.streamHead(status, contentType)
	if err != nil {
		return nil, err
	}
	if err := c.open(w, head); err != nil {
		return nil, err
	}
	return w, nil
}

// open begins the answer once the after hooks have seen its head; the caller holds c.mu, and
// checkStream has passed.
func (c *Ctx) open(w *StreamWriter, head *Response) error {
	isHead := string(goBytes(c.view.method)) == "HEAD"
	c.state = ctxStreaming // nobody else answers from here on
	if c.route.after != nil {
		if err := c.runAfterUnlocked(head); err != nil {
			return err
		}
	}
	return c.begin(w, head, isHead)
}

// checkStream tells why an answer in pieces cannot begin; the caller holds c.mu.
func (c *Ctx) checkStream() error {
	switch {
	case c.state == ctxStreaming:
		return withDetail(ErrState, "an answer in pieces has begun")
	case c.state != ctxOpen:
		return ErrStale
	case c.isGone:
		c.pieces() // so that a handler that returns the error has not failed
		return ErrGone
	case c.route.isInline:
		return withDetail(ErrState, "an Inline handler cannot answer in pieces")
	case c.more != nil && c.more.status != 0:
		return withDetail(ErrState, "an error handler cannot answer in pieces")
	}
	return nil
}

// streamHead puts the head of an answer in pieces together; the caller holds c.mu.
func (c *Ctx) streamHead(status int, contentType string) (*Response, error) {
	r := c.response(200, contentBytes)
	if status != 0 {
		r.status = status
	}
	head := &Response{Status: r.status}
	for _, field := range r.fields {
		if contentType == "" || !strings.EqualFold(field.Name, "Content-Type") {
			head.Headers = append(head.Headers, field)
		}
	}
	if contentType == "" && r.content == contentBytes {
		contentType = contentTypes[contentBytes]
	}
	if contentType != "" {
		head.Headers = append(head.Headers, Field{"Content-Type", contentType})
	}
	return head, head.check()
}

// begin hands over the head; the caller holds c.mu.
func (c *Ctx) begin(w *StreamWriter, head *Response, isHead bool) error {
	if err := c.lost(); err != nil {
		return err
	}
	length := lengthUnknown
	if w.left >= 0 {
		length = uint64(w.left)
	}
	w.isDiscarded = isHead || head.Status == 204 || head.Status == 304
	c.pieces().writer = w
	first := response{
		kind: postBegin, status: head.Status, fields: head.Headers, length: length,
	}
	if w.events != nil {
		first = response{
			kind: postSSEBegin, status: int(w.events.heartbeat), fields: head.eventFields(),
			length: w.events.retry,
		}
	}
	step(c.loop.pool, c.request, first, "")
	return nil
}

// Write implements [io.Writer]. What is written may be used again when it returns.
func (w *StreamWriter) Write(p []byte) (n int, err error) { return writePieces(w, p) }

// WriteString implements [io.StringWriter].
func (w *StreamWriter) WriteString(s string) (n int, err error) { return writePieces(w, s) }

func writePieces[Body string | []byte](w *StreamWriter, body Body) (n int, err error) {
	if w.c == nil {
		return 0, errNotBegun
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if err := w.check(); err != nil {
		return 0, err
	}
	if w.isDiscarded {
		return len(body), nil
	}
	if w.left >= 0 && int64(len(body)) > w.left {
		return 0, withDetail(ErrArgument, "%d bytes of the promised length are left, not %d",
			w.left, len(body))
	}
	for n < len(body) {
		if err := w.waitForRoom(); err != nil {
			return n, err
		}
		n += w.hand(len(body)-n, func(size int, r response) {
			step(w.c.loop.pool, w.c.request, r, body[n:n+size])
		})
	}
	return n, nil
}

var errNotBegun = withDetail(ErrState, "no answer in pieces has begun")

// check tells why nothing can be written; the caller holds c.mu.
func (w *StreamWriter) check() error {
	switch {
	case w.err != nil:
		return w.err
	case w.c.isGone:
		return ErrGone
	case w.isClosed:
		return withDetail(ErrState, "the answer is closed")
	}
	return w.c.lost()
}

// waitForRoom waits until a piece may be handed over; the caller holds c.mu.
func (w *StreamWriter) waitForRoom() error {
	err := w.check()
	for err == nil && w.unconfirmed >= streamWindowBytes {
		w.c.more.stream.changed.Wait()
		err = w.check()
	}
	return err
}

// hand hands over a piece and returns its size. A confirmation is asked for once half of the window is
// full, one at a time, so that the writer waits only for a loop or a client that is behind: with less
// than the window unconfirmed there is always one on its way. The caller holds c.mu.
func (w *StreamWriter) hand(size int, post func(size int, r response)) int {
	size = min(size, streamPieceBytes)
	r := response{kind: postWrite}
	w.unconfirmed += size
	if w.isMarked {
		w.afterMark += size
	} else if w.unconfirmed >= streamWindowBytes/2 {
		w.isMarked, w.afterMark, r.status = true, 0, 1
	}
	if w.left > 0 {
		w.left -= int64(size)
	}
	post(size, r)
	return size
}

// makeRoom takes a confirmation; the caller holds c.mu.
func (w *StreamWriter) makeRoom(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
	w.isMarked = false
	w.unconfirmed, w.afterMark = w.afterMark, 0
}

// pieceBuffers holds buffers of streamPieceBytes for ReadFrom.
var pieceBuffers = sync.Pool{New: func() any {
	buffer := make([]byte, streamPieceBytes)
	return &buffer
}}

// ReadFrom implements [io.ReaderFrom], for [io.Copy]: what one Read gives is one piece. Of an answer
// without content nothing is read.
func (w *StreamWriter) ReadFrom(from io.Reader) (n int64, err error) {
	if w.Discards() {
		return 0, nil
	}
	buffer := pieceBuffers.Get().(*[]byte)
	defer pieceBuffers.Put(buffer)
	for {
		size, readErr := from.Read(*buffer)
		written, err := w.Write((*buffer)[:size])
		n += int64(written)
		switch {
		case err != nil:
			return n, err
		case readErr == io.EOF:
			return n, nil
		case readErr != nil:
			return n, readErr
		}
	}
}

// Discards reports whether what is written goes nowhere, because the answer has no content: one to
// HEAD, and those of status 204 and 304. A handler may return then instead of making it.
func (w *StreamWriter) Discards() bool {
	if w.c == nil {
		return false
	}
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	return w.isDiscarded
}

// SetTrailer sets a field that is sent behind the content, and replaces that of the same name. Only
// chunked answers have trailers: they are dropped from those with a promised length and from those to
// clients of HTTP/1.0. Fields that RFC 9110 section 6.5.1 forbids there give [ErrHeader].
func (w *StreamWriter) SetTrailer(name, value string) error {
	if w.c == nil {
		return errNotBegun
	}
	if err := checkField(name, value); err != nil {
		return err
	}
	if !isTrailerAllowed(name) {
		return withDetail(ErrHeader, "%s must not be a trailer", name)
	}
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if err := w.check(); err != nil {
		return err
	}
	for i, field := range w.trailers {
		if strings.EqualFold(field.Name, name) {
			w.trailers[i].Value = value
			return nil
		}
	}
	if len(w.trailers) >= responseFieldsMax {
		return withDetail(ErrLimit, "header_count of an answer")
	}
	w.trailers = append(w.trailers, Field{name, value})
	return nil
}

// Close says that nothing more will be written, and fails when less has been than was promised. It
// need not be called: the answer ends when the handler returns, and not before.
func (w *StreamWriter) Close() error {
	if w.c == nil {
		return errNotBegun
	}
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if w.isClosed {
		return nil
	}
	err := w.check()
	w.isClosed = true
	w.c.wakeStream()
	if err == nil {
		err = w.complete()
	}
	return err
}

// complete tells what is missing of the promised length; the caller holds c.mu.
func (w *StreamWriter) complete() error {
	if w.left > 0 && !w.isDiscarded {
		return withDetail(ErrState, "%d bytes of the promised length were not written", w.left)
	}
	return nil
}

// isTrailerAllowed holds what the engine refuses; a test compares them.
func isTrailerAllowed(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "age", "authentication-info", "authorization", "cache-control", "connection", "cookie",
		"date", "expect", "expires", "forwarded", "host", "keep-alive", "location",
		"max-forwards", "pragma", "range", "retry-after", "set-cookie", "te", "trailer", "upgrade",
		"transfer-encoding", "vary", "warning", "via", "www-authenticate":
		return false
	case "content-digest":
		return true
	}
	return !strings.HasPrefix(name, "content-") && !strings.HasPrefix(name, "if-") &&
		!strings.HasPrefix(name, "proxy-")
}
