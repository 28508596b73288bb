package trivet

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// Status sets the status of the answer, 200 to 599: c.Status(201).JSON(task).
func (c *Ctx) Status(status int) *Ctx {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = int32(min(max(status, -1), 1000))
	if c.status == 0 { // 0 stands for none set
		c.status = -1
	}
	return c
}

// SetHeader sets a header field of the answer and replaces those of the same name.
func (c *Ctx) SetHeader(name, value string) error { return c.addField(name, value, true) }

// AddHeader adds a header field to the answer, for example a second Set-Cookie.
func (c *Ctx) AddHeader(name, value string) error { return c.addField(name, value, false) }

func (c *Ctx) addField(name, value string, replaces bool) error {
	if err := checkField(name, value); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != ctxOpen {
		return ErrStale
	}
	more := c.extra()
	kept := more.fields
	if replaces {
		kept = kept[:0]
		for _, field := range more.fields {
			if !strings.EqualFold(field.Name, name) {
				kept = append(kept, field)
			}
		}
	}
	if len(kept) >= responseFieldsMax {
		return withDetail(ErrLimit, "header_count of an answer")
	}
	more.fields = append(kept, Field{name, value})
	return nil
}

// Text answers with text/plain.
func (c *Ctx) Text(body string) error { return send(c, contentText, body) }

// HTML answers with text/html.
func (c *Ctx) HTML(body string) error { return send(c, contentHTML, body) }

// XML answers with application/xml; the document names its encoding, or is UTF-8.
func (c *Ctx) XML(document string) error { return send(c, contentXml, document) }

// Bytes answers with application/octet-stream, or with the Content-Type that was set.
func (c *Ctx) Bytes(body []byte) error { return send(c, contentBytes, body) }

// NoContent answers with 204, or the status that was set, and no content.
func (c *Ctx) NoContent() error {
	c.mu.Lock()
	if c.status == 0 {
		c.status = 204
	}
	c.mu.Unlock()
	return send(c, contentNone, "")
}

// Redirect answers with 303, or the status that was set, and a Location.
func (c *Ctx) Redirect(location string) error {
	c.mu.Lock()
	if c.status == 0 {
		c.status = 303
	}
	status, hasFields := c.status, c.hasFields()
	c.mu.Unlock()
	switch status {
	case 301, 302, 303, 307, 308:
	default:
		return withDetail(
			ErrArgument,
			"the status of a redirect is 301, 302, 303, 307 or 308, not %d",
			status,
		)
	}
	if !hasFields {
		if err := checkField("Location", location); err != nil {
			return err
		}
		return send(c, contentLocation, location)
	}
	if err := c.SetHeader("Location", location); err != nil {
		return err
	}
	return send(c, contentNone, "")
}

// Problem answers with problem details (RFC 9457) of a status, 400 to 599.
func (c *Ctx) Problem(status int, detail string) error {
	if status < 400 || status > 599 {
		return withDetail(ErrArgument, "the status of a problem is 400 to 599, not %d", status)
	}
	c.Status(status).mu.Lock()
	hasFields := c.hasFields()
	c.mu.Unlock()
	if hasFields {
		return send(c, contentProblem, problemJSON(status, detail))
	}
	return send(c, contentDetail, detail)
}

// hasFields reports whether the answer has fields of its own; the caller holds c.mu.
func (c *Ctx) hasFields() bool { return c.more != nil && len(c.more.fields) > 0 }

// JSON answers with v as application/json. When v cannot be serialised, the error names its type
// and the request fails with 500.
func (c *Ctx) JSON(v any) error {
	if marshal := c.loop.app.codec.marshal; marshal != nil {
		text, err := marshal(v)
		if err != nil {
			return c.failResult(v, err)
		}
		return send(c, contentJSON, text)
	}
	encoder := jsonEncoders.Get().(*jsonEncoder)
	defer encoder.release()
	if err := encoder.encode(v); err != nil {
		return c.failResult(v, err)
	}
	return send(c, contentJSON, encoder.buffer.Bytes())
}

// failResult keeps the failure for a handler that ignores it.
func (c *Ctx) failResult(v any, cause error) error {
	err := newResultError(v, cause)
	c.mu.Lock()
	c.extra().failure = err
	c.mu.Unlock()
	return err
}

// send packs the answer. It leaves when the handler returns.
func send[Body string | []byte](c *Ctx, content uint32, body Body) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxStreaming {
		return withDetail(ErrState, "an answer in pieces has begun")
	}
	if c.state == ctxAnswered {
		return c.answeredTwice()
	}
	if c.state != ctxOpen {
		return ErrStale
	}
	r := c.response(200, content)
	if r.status < 200 || r.status > 599 {
		return withDetail(ErrArgument, "the status of an answer is 200 to 599, not %d", r.status)
	}
	*c.records = appendRecord(*c.records, c.request, r, body)
	c.state = ctxAnswered
	return nil
}

// response gathers status and fields of the answer; the caller holds c.mu.
func (c *Ctx) response(status int, content uint32) response {
	r := response{status: status, content: content}
	switch {
	case c.status != 0:
		r.status = int(c.status)
	case c.more != nil && c.more.status != 0:
		r.status = c.more.status
	case c.route.status != 0:
		r.status = c.route.status
	}
	if c.hasFields() {
		r.fields = c.more.fields
		for _, field := range r.fields {
			if strings.EqualFold(field.Name, "Content-Type") {
				r.content = contentNone
			}
		}
	}
	return r
}

// checkField refuses what the engine would refuse later, when the handler is gone.
func checkField(name, value string) error {
	if name == "" {
		return withDetail(ErrHeader, "the name is empty")
	}
	for i := range len(name) {
		if !isTokenByte[name[i]] {
			return withDetail(ErrHeader, "name %q", name)
		}
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return withDetail(ErrHeader, "value of %s: %q", name, value)
	}
	for _, own := range [...]string{"Content-Length", "Transfer-Encoding", "Connection"} {
		if len(name) == len(own) && strings.EqualFold(name, own) {
			return withDetail(ErrHeader, "%s is written by the engine", own)
		}
	}
	return nil
}

// isTokenByte holds the bytes of a token (RFC 9110 section 5.6.2).
var isTokenByte = func() (table [256]bool) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, b := range []byte("!#$%&'*+-.^_`|~0123456789" + letters) {
		table[b] = true
	}
	return table
}()

// jsonEncoder serialises as encoding/json does, but for escapes of HTML, into a buffer that is used again.
type jsonEncoder struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

// jsonBufferBytesMax is the largest buffer that is kept.
const jsonBufferBytesMax = 64 << 10

var jsonEncoders = sync.Pool{New: func() any {
	e := &jsonEncoder{}
	e.encoder = json.NewEncoder(&e.buffer)
	e.encoder.SetEscapeHTML(false)
	return e
}}

func (e *jsonEncoder) encode(v any) error {
	if text, is := appendJSON(e.buffer.AvailableBuffer(), v); is {
		e.buffer.Write(text)
		return nil
	}
	if err := e.encoder.Encode(v); err != nil {
		return err
	}
	e.buffer.Truncate(e.buffer.Len() - 1) // the encoder ends with a newline
	return nil
}

func (e *jsonEncoder) release() {
	e.buffer.Reset()
	if e.buffer.Cap() <= jsonBufferBytesMax {
		jsonEncoders.Put(e)
	}
}
