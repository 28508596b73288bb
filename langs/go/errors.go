package trivet

import (
	"errors"
	"fmt"
)

// HTTPError is an error that a client may see: it is answered as problem details (RFC 9457) with
// its status, 400 to 599, and its detail.
type HTTPError struct {
	Status int
	Detail string
}

// NewError returns an [HTTPError]: return it from a handler to answer with its status.
func NewError(status int, detail string) error { return &HTTPError{Status: status, Detail: detail} }

// Errorf is [NewError] with a formatted detail.
func Errorf(status int, format string, args ...any) error {
	return NewError(status, fmt.Sprintf(format, args...))
}

func (e *HTTPError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("HTTP status %d", e.Status)
	}
	return fmt.Sprintf("HTTP status %d: %s", e.Status, e.Detail)
}

// resultError is a result that JSON cannot hold.
type resultError struct {
	value string // its type
	cause error
}

func (e *resultError) what() string {
	return fmt.Sprintf("a result of type %s cannot be serialised", e.value)
}

func (e *resultError) Error() string { return e.what() + ": " + e.cause.Error() }

func (e *resultError) Unwrap() error { return e.cause }

// withDetail returns the error of a status with what the client code should know about this case.
func withDetail(base *Error, format string, args ...any) error {
	with := *base
	with.Detail = fmt.Sprintf(format, args...)
	return &with
}

// problemOf finds the HTTPError that a handler's error is, if it may be sent.
func problemOf(err error) (*HTTPError, bool) {
	var problem *HTTPError
	if errors.As(err, &problem) && problem.Status >= 400 && problem.Status <= 599 {
		return problem, true
	}
	return nil, false
}
