package trivet

/*
#cgo nocallback trivet_go_trailers
#include "bridge.h"
*/
import "C"

import (
	"bytes"
	"io"
	"strconv"
	"unsafe"
)

// bodyBufferBytes is what a buffer for a whole content begins with at most: the client's word for the
// length is not trusted beyond it.
const bodyBufferBytes = 64 << 10

// bodyReader reads the content of one request; guarded by its Ctx's mu.
type bodyReader struct {
	c        *Ctx
	total    int64 // -1 when nobody knows
	received int64
	rest     []byte // of the engine's memory: until the next read is asked for or the request has ended
	err      error  // io.EOF, or why no more will come
	isBusy   bool   // a Read is under way
	isAsked  bool   // the engine owes an event
}

// BodyReader returns the reader of the content, at every call the same. Where the route has
// [StreamBody] it waits for what has not come yet, and asks the client for no more than it is read: the
// first Read lets a client go on that sent Expect: 100-continue. On other routes it reads what is
// there.
//
// At the end Read gives io.EOF, and [Ctx.Trailers] has the trailer fields. Otherwise it fails with
// [ErrLimit], [ErrTimeout], [ErrProtocol] or [ErrGone]; returned by the handler these are answered with
// 413, 408, 400 or, as nobody is there, not at all. It is for one goroutine at a time: a Read during
// another one gives [ErrState], one after the request's end [ErrStale].
func (c *Ctx) BodyReader() io.Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reader()
}

// reader is BodyReader for a caller who holds c.mu.
func (c *Ctx) reader() *bodyReader {
	s := c.pieces()
	if s.reader == nil {
		s.reader = &bodyReader{c: c, total: c.contentLength()}
	}
	return s.reader
}

// contentLength is the length of the content, -1 when it is not known; the caller holds c.mu.
func (c *Ctx) contentLength() int64 {
	switch {
	case c.view == nil:
		return -1
	case !c.route.streams:
		return int64(c.view.body.size)
	}
	if text, has := c.find("content-length"); has {
		if length, err := strconv.ParseInt(text, 10, 64); err == nil {
			return length
		}
		return -1
	}
	if _, isChunked := c.find("transfer-encoding"); isChunked {
		return -1
	}
	if c.route.decodes {
		return -1 // the engine may have taken out the length of what it decodes
	}
	return 0
}

// find returns a header field; the caller holds c.mu and c.view is there.
func (c *Ctx) find(name string) (value string, has bool) {
	found := C.trivet_go_header(C.trivet_request(c.request),
		(*C.char)(unsafe.Pointer(unsafe.StringData(name))), C.size_t(len(name)))
	return goString(found.value), found.status == 0
}

// OnProgress has f called while the content is read, with [Ctx.BodyReader], [Ctx.ReadBody], [Ctx.Body],
// [Ctx.Bind] or by a typed handler: with the bytes that have come so far, and how many there will be, -1
// when the client has not said. On a route without [StreamBody] it is called once, when the content is
// first asked for. It is not told of what [Ctx.Form] reads.
func (c *Ctx) OnProgress(f func(received, total int64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.extra().onRead = f
}

// progress is whom to tell that more of the content has come, nil for nobody; of content that was
// there at once it is told once, however it is read. The caller holds c.mu.
func (c *Ctx) progress() func(received, total int64) {
	if !c.route.streams {
		if c.more.isProgressTold {
			return nil
		}
		c.more.isProgressTold = true
	}
	return c.more.onRead
}

// Read implements [io.Reader].
func (r *bodyReader) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	c := r.c
	c.mu.Lock()
	if r.isBusy {
		c.mu.Unlock()
		return 0, withDetail(ErrState, "another goroutine is reading the content")
	}
	before := r.received
	if len(r.rest) == 0 && r.err == nil {
		r.fetch()
	}
	n, err = r.take(p)
	received, total := r.received, r.total
	var tell func(received, total int64)
	if received > before {
		tell = c.progress()
	}
	c.mu.Unlock()
	if tell != nil {
		tell(received, total)
	}
	return n, err
}

// take copies what there is; the caller holds c.mu.
func (r *bodyReader) take(p []byte) (int, error) {
	if err := r.c.lost(); err != nil {
		r.rest = nil
		return 0, err
	}
	n := copy(p, r.rest)
	if r.rest = r.rest[n:]; n == 0 {
		return 0, r.err
	}
	return n, nil
}

// fetch waits until something has come, or the end, or a failure; the caller holds c.mu.
func (r *bodyReader) fetch() {
	c := r.c
	switch {
	case c.lost() != nil: // which take tells
		return
	case r.received == r.total:
		r.err = io.EOF
		return
	case !c.route.streams:
		r.rest, r.received = goBytes(c.view.body), r.total
		return
	}
	r.isBusy = true
	r.isAsked = step(c.loop.pool, c.request, response{kind: postRead}, "")
	if !r.isAsked {
		r.err = ErrGone // with its loop
	}
	for r.isAsked && c.state != ctxEnded {
		c.more.stream.changed.Wait()
	}
	r.isBusy = false
}

// arrive takes what the engine answers; the caller holds c.mu.
func (r *bodyReader) arrive(bytes []byte, err error) {
	if !r.isAsked {
		return
	}
	r.isAsked = false
	switch {
	case err != nil:
		r.err = readFailure(err)
	case len(bytes) == 0:
		r.err = io.EOF
	default:
		r.rest = bytes
		r.received += int64(len(bytes))
	}
}

// ReadBody returns the whole content, or what [Ctx.BodyReader] has left of it. Where the route has
// [StreamBody] it waits for it, and fails as BodyReader does. The slice is the caller's, and the same at
// every call.
func (c *Ctx) ReadBody() ([]byte, error) {
	if !c.route.streams {
		return c.wholeBody()
	}
	c.mu.Lock()
	reader := c.reader()
	body, size := c.more.body, reader.total
	c.mu.Unlock()
	if body != nil {
		return body, nil
	}
	var buffer bytes.Buffer
	buffer.Grow(int(min(max(size, 0), bodyBufferBytes)) + bytes.MinRead)
	if _, err := buffer.ReadFrom(reader); err != nil {
		return nil, err
	}
	body = buffer.Bytes()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.more.body = body
	return body, nil
}

// Trailers returns the trailer fields of chunked content that has been read to its end, without those
// that RFC 9110 forbids there; none before.
func (c *Ctx) Trailers() (fields []Field) {
	_ = c.read(func(*C.trivet_request_view) {
		if c.route.streams && (c.more == nil || c.more.stream == nil ||
			c.more.stream.reader == nil || c.more.stream.reader.err != io.EOF) {
			return // they are still being received
		}
		found := C.trivet_go_trailers(C.trivet_request(c.request))
		for _, header := range unsafe.Slice(found.items, int(found.count)) {
			fields = append(fields, Field{goString(header.name), goString(header.value)})
		}
	})
	return fields
}
