package trivet

// #include "bridge.h"
import "C"

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unsafe"
)

// FromHTTP makes a handler of a [http.Handler], for existing code:
//
//	app.Handle("*", "/metrics", trivet.FromHTTP(promhttp.Handler()))
//	app.Handle("*", "/files/{rest:path}", trivet.FromHTTP(http.StripPrefix("/files", files)))
//
// Its Request.PathValue gives the path parameters, and Request.Pattern the pattern.
//
// Where the route has [StreamBody] the Request.Body is read as it arrives. The answer is gathered and
// leaves when the handler returns: http.Flusher and http.Hijacker are not there. Request.Context is
// the Ctx.
func FromHTTP(h http.Handler) Handler {
	return func(c *Ctx) error {
		request, err := httpRequest(c)
		if err != nil {
			return err
		}
		w := &responseWriter{header: make(http.Header)}
		h.ServeHTTP(w, request)
		return w.answer(c)
	}
}

func httpRequest(c *Ctx) (*http.Request, error) {
	target, err := url.ParseRequestURI(c.Target())
	if err != nil {
		return nil, NewError(400, "the request target is malformed")
	}
	body, size := c.httpBody()
	minor := c.version() % 10
	request := &http.Request{
		Method:        c.Method(),
		URL:           target,
		Proto:         "HTTP/1." + strconv.Itoa(minor),
		ProtoMajor:    1,
		ProtoMinor:    minor,
		Header:        make(http.Header),
		Body:          body,
		ContentLength: size,
		RequestURI:    c.Target(),
	}
	for _, field := range c.Headers() {
		if name := http.CanonicalHeaderKey(field.Name); name == "Host" {
			request.Host = field.Value
		} else {
			request.Header.Add(name, field.Value)
		}
	}
	_ = c.read(func(view *C.trivet_request_view) {
		for _, param := range unsafe.Slice(view.params, int(view.param_count)) {
			request.SetPathValue(goString(param.name), goString(param.value))
		}
	})
	request.Pattern = c.Route().Pattern
	return request.WithContext(c), nil
}

// httpBody is the content for a http.Request, read as it arrives where the route streams.
func (c *Ctx) httpBody() (body io.ReadCloser, size int64) {
	if !c.route.streams {
		whole := c.Body()
		return io.NopCloser(bytes.NewReader(whole)), int64(len(whole))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reader := c.reader()
	return io.NopCloser(reader), reader.total
}

// responseWriter gathers the answer of an http.Handler.
type responseWriter struct {
	header http.Header
	sent   http.Header // as it was when the header was written
	status int
	body   []byte
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // informational responses are not forwarded
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *responseWriter) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, data...)
	return len(data), nil
}

func (w *responseWriter) answer(c *Ctx) error {
	w.WriteHeader(http.StatusOK)
	if len(w.body) > 0 && w.sent.Get("Content-Type") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(w.body))
	}
	for name, values := range w.sent {
		switch name {
		case "Content-Length", "Transfer-Encoding", "Connection", "Date": // the engine's own
			continue
		}
		for _, value := range values {
			if err := c.AddHeader(name, value); err != nil {
				return err
			}
		}
	}
	return send(c.Status(w.status), contentNone, w.body)
}
