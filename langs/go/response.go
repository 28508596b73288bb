package trivet

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Response is an answer in the hands of an [AfterHook]. The engine adds Content-Length, Connection
// and Date to it, and Allow to a 405 of its own.
type Response struct {
	Status  int     // 200 to 599
	Headers []Field // in the order they are sent, Content-Type among them
	Body    []byte  // none yet of a file, which the engine reads

	isEvents bool        // of events, whose status and Content-Type are settled
	file     *fileRecord // of a file, which is sent unless a hook gives a Body
}

// Header returns the first header field of a name, compared without case; "" when there is none.
func (r *Response) Header(name string) string {
	for _, field := range r.Headers {
		if strings.EqualFold(field.Name, name) {
			return field.Value
		}
	}
	return ""
}

// SetHeader sets a header field and replaces those of the same name.
func (r *Response) SetHeader(name, value string) error {
	if err := checkField(name, value); err != nil {
		return err
	}
	r.DeleteHeader(name)
	return r.AddHeader(name, value)
}

// AddHeader adds a header field, for example a second Set-Cookie.
func (r *Response) AddHeader(name, value string) error {
	if err := checkField(name, value); err != nil {
		return err
	}
	if len(r.Headers) >= responseFieldsMax {
		return withDetail(ErrLimit, "header_count of an answer")
	}
	r.Headers = append(r.Headers, Field{name, value})
	return nil
}

// DeleteHeader removes the header fields of a name.
func (r *Response) DeleteHeader(name string) {
	r.Headers = slices.DeleteFunc(r.Headers, func(field Field) bool {
		return strings.EqualFold(field.Name, name)
	})
}

// check tells why a response cannot be sent.
func (r *Response) check() error {
	if r.Status < 200 || r.Status > 599 {
		return withDetail(ErrArgument, "the status of an answer is 200 to 599, not %d", r.Status)
	}
	if len(r.Headers) > responseFieldsMax {
		return withDetail(ErrLimit, "header_count of an answer")
	}
	for _, field := range r.Headers {
		if err := checkField(field.Name, field.Value); err != nil {
			return err
		}
	}
	if r.isEvents {
		return r.checkEvents()
	}
	return nil
}

// materialise packs the answer, or that of an error, and reads it back for the after hooks; nil when
// the loop has ended. A failure is logged here, because it leaves as an ordinary answer.
func (c *Ctx) materialise(err error) *Response {
	c.mu.Lock()
	if c.state == ctxEnded {
		c.mu.Unlock()
		return nil
	}
	c.pack(err)
	c.state = ctxAnswered
	r, cause := readRecord((*c.records)[c.start:])
	c.mu.Unlock()
	if cause != "" {
		c.logFailure(cause)
	}
	return r
}

// replace packs what the after hooks made of the answer.
func (c *Ctx) replace(r *Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxEnded {
		return
	}
	records := (*c.records)[:c.start]
	if err := r.check(); err != nil {
		c.loop.app.tellFailure(err)
		cause := fmt.Sprintf("an after hook left an answer that cannot be sent: %v", err)
		*c.records = appendFailure(records, c.request, cause, "")
		return
	}
	*c.records = r.append(records, c.request)
}

// append packs the response behind records.
func (r *Response) append(records []byte, request uint64) []byte {
	packed := response{status: r.Status, content: contentNone, fields: r.Headers}
	if r.file != nil && r.Body == nil {
		packed.kind, packed.length = r.file.kind, r.file.flags
		return appendRecord(records, request, packed, r.file.texts)
	}
	return appendRecord(records, request, packed, r.Body)
}

// contentTypes holds what the engine writes for the contents that have a type; a test compares them.
var contentTypes = map[uint32]string{
	contentText:    "text/plain; charset=utf-8",
	contentHTML:    "text/html; charset=utf-8",
	contentJSON:    "application/json",
	contentBytes:   "application/octet-stream",
	contentProblem: "application/problem+json",
	contentXml:     "application/xml",
}

// readRecord is the response that a packed answer stands for, and the cause when it is a failure.
func readRecord(record []byte) (r *Response, cause string) {
	number := func(at int) int { return int(binary.NativeEndian.Uint32(record[at:])) }
	content := uint32(number(recordContent))
	packed := record[recordHeadBytes:]
	body := packed[number(recordHeadersBytes):][:binary.NativeEndian.Uint64(record[recordBodyBytes:])]
	r = &Response{Status: number(recordStatus)}
	if mediaType, ok := contentTypes[content]; ok {
		r.Headers = append(r.Headers, Field{"Content-Type", mediaType})
	}
	for range number(recordHeaderCount) {
		var field Field
		field.Name, packed = readText(packed)
		field.Value, packed = readText(packed)
		r.Headers = append(r.Headers, field)
	}
	if kind := uint32(number(recordKind)); kind == postFile || kind == postStatic {
		flags := binary.NativeEndian.Uint64(record[recordLength:])
		r.file = &fileRecord{kind: kind, flags: flags, texts: string(body)}
		return r, ""
	}
	switch {
	case r.Status == 0: // a failure: its field is the detail
		detail := ""
		if len(r.Headers) > 0 {
			detail = r.Headers[0].Value
		}
		return problemResponse(500, detail), string(body)
	case content == contentDetail:
		return problemResponse(r.Status, string(body)), ""
	case content == contentLocation:
		r.Headers = append(r.Headers, Field{"Location", string(body)})
	default:
		r.Body = append([]byte(nil), body...)
	}
	return r, ""
}

func readText(packed []byte) (text string, rest []byte) {
	end := 4 + int(binary.NativeEndian.Uint32(packed))
	return string(packed[4:end]), packed[end:]
}

func problemResponse(status int, detail string) *Response {
	return &Response{
		Status:  status,
		Headers: []Field{{"Content-Type", contentTypes[contentProblem]}},
		Body:    problemJSON(status, detail),
	}
}
