package trivet

import (
	"errors"
	"fmt"
)

// HTTPError is an error that a client may see: it is answered as problem details (RFC 9457) with
// its status, 400 to 599, its detail and its header fields.
type HTTPError struct {
	Status  int
	Detail  string
	Headers []Field
	Type    string // a URI of the kind of problem; "" is about:blank
	Title   string // "" is that of the status
	Members Map    // further members of the problem details
}

// NewError returns an [HTTPError]: return it from a handler or a hook to answer with its status.
func NewError(status int, detail string) *HTTPError {
	return &HTTPError{Status: status, Detail: detail}
}

// Errorf is [NewError] with a formatted detail.
func Errorf(status int, format string, args ...any) *HTTPError {
	return NewError(status, fmt.Sprintf(format, args...))
}

// WithHeader adds a header field and returns e:
//
//	return trivet.TooManyRequests("try later").WithHeader("Retry-After", "7")
func (e *HTTPError) WithHeader(name, value string) *HTTPError {
	e.Headers = append(e.Headers, Field{name, value})
	return e
}

// With adds a member to the problem details and returns e:
//
//	return trivet.Conflict("not enough money").With("balance", 30)
func (e *HTTPError) With(member string, value any) *HTTPError {
	if e.Members == nil {
		e.Members = Map{}
	}
	e.Members[member] = value
	return e
}

// isPlain says that the engine can make the problem details.
func (e *HTTPError) isPlain() bool {
	return e.Type == "" && e.Title == "" && len(e.Members) == 0
}

func (e *HTTPError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("HTTP status %d", e.Status)
	}
	return fmt.Sprintf("HTTP status %d: %s", e.Status, e.Detail)
}

// Is reports whether target is an HTTPError of the same status, and of the same detail if it has
// one: errors.Is(err, trivet.NotFound("")) is true for every 404.
func (e *HTTPError) Is(target error) bool {
	other, ok := target.(*HTTPError)
	return ok && other.Status == e.Status && (other.Detail == "" || other.Detail == e.Detail)
}

// check tells why the error cannot be answered as it is.
func (e *HTTPError) check() error {
	if e.Status < 400 || e.Status > 599 {
		return fmt.Errorf("the status of an HTTPError is 400 to 599: %w", e)
	}
	for _, field := range e.Headers {
		if err := checkField(field.Name, field.Value); err != nil {
			return fmt.Errorf("%w (in %w)", err, e)
		}
	}
	return nil
}

// BadRequest is the error of status 400.
func BadRequest(detail string) *HTTPError { return NewError(400, detail) }

// Unauthorized is the error of status 401; a WWW-Authenticate field belongs to it.
func Unauthorized(detail string) *HTTPError { return NewError(401, detail) }

// Forbidden is the error of status 403.
func Forbidden(detail string) *HTTPError { return NewError(403, detail) }

// NotFound is the error of status 404.
func NotFound(detail string) *HTTPError { return NewError(404, detail) }

// MethodNotAllowed is the error of status 405; an Allow field belongs to it.
func MethodNotAllowed(detail string) *HTTPError { return NewError(405, detail) }

// Conflict is the error of status 409.
func Conflict(detail string) *HTTPError { return NewError(409, detail) }

// Gone is the error of status 410.
func Gone(detail string) *HTTPError { return NewError(410, detail) }

// ContentTooLarge is the error of status 413.
func ContentTooLarge(detail string) *HTTPError { return NewError(413, detail) }

// UnsupportedMediaType is the error of status 415.
func UnsupportedMediaType(detail string) *HTTPError { return NewError(415, detail) }

// UnprocessableContent is the error of status 422.
func UnprocessableContent(detail string) *HTTPError { return NewError(422, detail) }

// TooManyRequests is the error of status 429; a Retry-After field helps the client.
func TooManyRequests(detail string) *HTTPError { return NewError(429, detail) }

// InternalServerError is the error of status 500. Unlike any other error it is not logged.
func InternalServerError(detail string) *HTTPError { return NewError(500, detail) }

// BadGateway is the error of status 502.
func BadGateway(detail string) *HTTPError { return NewError(502, detail) }

// ServiceUnavailable is the error of status 503; a Retry-After field helps the client.
func ServiceUnavailable(detail string) *HTTPError { return NewError(503, detail) }

// GatewayTimeout is the error of status 504.
func GatewayTimeout(detail string) *HTTPError { return NewError(504, detail) }

// resultError is a result that JSON cannot hold.
type resultError struct {
	value string // its type
	field string // the pointer of what is wrong in it; "" is the whole
	cause error
}

func (e *resultError) what() string {
	text := fmt.Sprintf("a result of type %s cannot be serialised", e.value)
	if e.field != "" {
		text += ", for its " + e.field
	}
	return text
}

func (e *resultError) Error() string { return e.what() + ": " + e.cause.Error() }

func (e *resultError) Unwrap() error { return e.cause }

// withDetail returns the error of a status with what the client code should know about this case.
func withDetail(base *Error, format string, args ...any) error {
	with := *base
	with.Detail = fmt.Sprintf(format, args...)
	return &with
}

// problemOf finds the HTTPError that an error is or wraps; nil when a client must not see it.
func problemOf(err error) *HTTPError {
	var problem *HTTPError
	if !errors.As(err, &problem) || problem == nil || problem.check() != nil {
		return nil
	}
	return problem
}
