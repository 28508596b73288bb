package trivet

/*
#cgo noescape trivet_go_attribute
#cgo nocallback trivet_go_attribute
#cgo noescape trivet_go_header
#cgo nocallback trivet_go_header
#cgo noescape trivet_go_query
#cgo nocallback trivet_go_query
#cgo noescape trivet_go_cookie
#cgo nocallback trivet_go_cookie
#cgo nocallback trivet_go_query_items
#cgo nocallback trivet_go_cookie_items
#include "bridge.h"
*/
import "C"

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// read lends the engine's view of the request to f. It is stable C memory until the answer leaves,
// and c.mu keeps the answer from leaving meanwhile.
func (c *Ctx) read(f func(view *C.trivet_request_view)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view == nil {
		return ErrStale
	}
	f(c.view)
	return nil
}

// ID returns the number of the request, the one in log lines.
func (c *Ctx) ID() (id uint64) {
	_ = c.read(func(view *C.trivet_request_view) { id = uint64(view.id) })
	return id
}

// Method returns the method as received, for example GET.
func (c *Ctx) Method() (method string) {
	_ = c.read(func(view *C.trivet_request_view) { method = methodString(goBytes(view.method)) })
	return method
}

// methodString spares the usual methods their allocation.
func methodString(method []byte) string {
	for _, usual := range [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
		if string(method) == usual {
			return usual
		}
	}
	return string(method)
}

// version is 10 for HTTP/1.0 and 11 for HTTP/1.1.
func (c *Ctx) version() (version int) {
	_ = c.read(func(view *C.trivet_request_view) { version = int(view.version) })
	return version
}

// refusal is the status that the engine would answer a request without a route with.
func (c *Ctx) refusal() (status int) {
	_ = c.read(func(view *C.trivet_request_view) { status = int(view.refusal) })
	return status
}

// Target returns the request target as received.
func (c *Ctx) Target() (target string) {
	_ = c.read(func(view *C.trivet_request_view) { target = goString(view.target) })
	return target
}

// Path returns the path, percent-decoded.
func (c *Ctx) Path() (path string) {
	_ = c.read(func(view *C.trivet_request_view) { path = goString(view.path) })
	return path
}

// QueryString returns the query as received, without the question mark.
func (c *Ctx) QueryString() (query string) {
	_ = c.read(func(view *C.trivet_request_view) { query = goString(view.query) })
	return query
}

// Param returns a path parameter, percent-decoded; "" when the route has none of that name.
func (c *Ctx) Param(name string) (value string) {
	_ = c.read(func(view *C.trivet_request_view) {
		for _, param := range unsafe.Slice(view.params, int(view.param_count)) {
			if string(goBytes(param.name)) == name {
				value = goString(param.value)
				return
			}
		}
	})
	return value
}

// ParamInt returns an {name:int} parameter, which the router has checked; 0 when there is none.
func (c *Ctx) ParamInt(name string) int {
	value, _ := strconv.ParseInt(c.Param(name), 10, 64)
	return int(value)
}

// Query returns the first query parameter of a name, decoded; "" when there is none.
func (c *Ctx) Query(name string) string {
	value, _ := c.LookupQuery(name)
	return value
}

// finder asks the engine for one item by its name.
type finder func(name *C.char, size C.size_t) C.struct_trivet_go_found

// LookupQuery is [Ctx.Query] with [ErrNotFound] when there is no such parameter.
func (c *Ctx) LookupQuery(name string) (string, error) {
	return c.lookup(func(data *C.char, size C.size_t) C.struct_trivet_go_found {
		return C.trivet_go_query(C.trivet_request(c.request), data, size)
	}, name)
}

// Attribute returns what [Middleware] has found out about the request: request_id; traceparent,
// trace_id, span_id, parent_id, trace_flags and trace_state; nonce; scheme, subject, scope and claims
// of the principal. "" when none has.
func (c *Ctx) Attribute(name string) string {
	value, _ := c.lookup(func(data *C.char, size C.size_t) C.struct_trivet_go_found {
		return C.trivet_go_attribute(C.trivet_request(c.request), data, size)
	}, name)
	return value
}

// RequestID returns the id that [RequestID] has given; "" where it is not mounted.
func (c *Ctx) RequestID() string { return c.Attribute("request_id") }

// Nonce returns the nonce of the answer's Content-Security-Policy; "" where it has none.
func (c *Ctx) Nonce() string { return c.Attribute("nonce") }

// Principal returns who asks, as [Middleware] has proven; nil when nobody has.
func (c *Ctx) Principal() *Principal {
	scheme := c.Attribute("scheme")
	if scheme == "" {
		return nil
	}
	p := &Principal{Scheme: scheme, Subject: c.Attribute("subject")}
	p.Scopes = strings.Fields(c.Attribute("scope"))
	_ = json.Unmarshal([]byte(c.Attribute("claims")), &p.Claims) // the engine has written it
	return p
}

// Header returns the first header field of a name, compared without case; "" when there is none.
func (c *Ctx) Header(name string) string {
	value, _ := c.LookupHeader(name)
	return value
}

// LookupHeader is [Ctx.Header] with [ErrNotFound] when there is no such field.
func (c *Ctx) LookupHeader(name string) (string, error) {
	return c.lookup(func(data *C.char, size C.size_t) C.struct_trivet_go_found {
		return C.trivet_go_header(C.trivet_request(c.request), data, size)
	}, name)
}

// Cookie returns the first cookie of a name; "" when there is none.
func (c *Ctx) Cookie(name string) string {
	value, _ := c.LookupCookie(name)
	return value
}

// LookupCookie is [Ctx.Cookie] with [ErrNotFound] when there is no such cookie.
func (c *Ctx) LookupCookie(name string) (string, error) {
	return c.lookup(func(data *C.char, size C.size_t) C.struct_trivet_go_found {
		return C.trivet_go_cookie(C.trivet_request(c.request), data, size)
	}, name)
}

func (c *Ctx) lookup(find finder, name string) (value string, err error) {
	stale := c.read(func(*C.trivet_request_view) {
		found := find((*C.char)(unsafe.Pointer(unsafe.StringData(name))), C.size_t(len(name)))
		if err = statusError(found.status); err == nil {
			value = goString(found.value)
		}
	})
	if stale != nil {
		return "", stale
	}
	return value, err
}

// Headers returns the header fields in the order and with the names received.
func (c *Ctx) Headers() (fields []Field) {
	_ = c.read(func(view *C.trivet_request_view) {
		fields = make([]Field, 0, int(view.header_count))
		for _, header := range unsafe.Slice(view.headers, int(view.header_count)) {
			fields = append(fields, Field{goString(header.name), goString(header.value)})
		}
	})
	return fields
}

// QueryAll returns the query parameters, decoded.
func (c *Ctx) QueryAll() url.Values {
	values := url.Values{}
	_ = c.read(func(*C.trivet_request_view) {
		found := C.trivet_go_query_items(C.trivet_request(c.request))
		for _, item := range unsafe.Slice(found.items, int(found.count)) {
			values.Add(goString(item.name), goString(item.value))
		}
	})
	return values
}

// Cookies returns the cookies in the order received.
func (c *Ctx) Cookies() (cookies []Field) {
	_ = c.read(func(*C.trivet_request_view) {
		found := C.trivet_go_cookie_items(C.trivet_request(c.request))
		for _, item := range unsafe.Slice(found.items, int(found.count)) {
			cookies = append(cookies, Field{goString(item.name), goString(item.value)})
		}
	})
	return cookies
}

// Body returns the whole content. It is the caller's, and the same slice at every call. Where the
// route has [StreamBody] it waits for the content as [Ctx.ReadBody] does, and is nil when that fails;
// a handler that gives no answer then is answered with the failure, as if it had returned it.
func (c *Ctx) Body() []byte {
	body, err := c.ReadBody()
	if err != nil && c.route.streams {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.extra().failure = err
	}
	return body
}

// wholeBody is the content of a request that was delivered with it.
func (c *Ctx) wholeBody() (body []byte, err error) {
	var tell func(received, total int64)
	err = c.read(func(view *C.trivet_request_view) {
		if view.body.size == 0 {
			return
		}
		more := c.extra()
		if more.body == nil {
			more.body = append([]byte(nil), goBytes(view.body)...)
			tell = c.progress()
		}
		body = more.body
	})
	if tell != nil {
		tell(int64(len(body)), int64(len(body)))
	}
	return body, err
}

// Bind decodes a JSON body into v, a pointer, and checks it by the tags of its fields, as that of a
// typed handler is. A body that is not JSON gives an [HTTPError] of 400, one with wrong values a
// [ValidationError].
func (c *Ctx) Bind(v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return withDetail(ErrArgument, "Bind needs a pointer to what it fills, not %T", v)
	}
	plan, err := valueOf(to.Type().Elem())
	if err != nil {
		return err
	}
	body, err := c.ReadBody()
	if err != nil {
		return err
	}
	var w wrongs
	if err := plan.decodeBody(c.loop.app.codec, body, to.Elem(), &w); err != nil {
		return err
	}
	if plan.hasMethods && w.total == 0 {
		plan.runMethods(c, to.Elem(), "body", "", &w)
	}
	return w.err()
}

// values keeps what [Ctx.Bind] has found out about types.
var values sync.Map // reflect.Type to *value

func valueOf(t reflect.Type) (*value, error) {
	if kept, isKnown := values.Load(t); isKnown {
		return kept.(*value), nil
	}
	var k compiler
	v, err := k.compile(t, "")
	if err != nil {
		return nil, withDetail(ErrArgument, "%v", err)
	}
	v.settle()
	values.Store(t, v)
	return v, nil
}

func formatUint(n uint64) string { return strconv.FormatUint(n, 10) }
