package trivet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// validationErrorsMax is how many wrong values an answer lists.
const validationErrorsMax = 100

// FieldError is one wrong value of a request. A Validate method returns it, or several in
// errors.Join, to name a field; its Pointer then begins at the value that has the method.
type FieldError struct {
	In      string `json:"in"`      // body, query, path, header, cookie or form
	Pointer string `json:"pointer"` // RFC 6901: /items/0/qty; "" is the whole
	Code    string `json:"code"`    // the keyword of JSON Schema, or invalid
	Detail  string `json:"detail"`  // what it must be
}

// Invalid returns the error of a value, for Validate methods: Invalid("/end", "must be after start").
func Invalid(pointer, detail string) *FieldError {
	return &FieldError{Pointer: pointer, Code: "invalid", Detail: detail}
}

func (e *FieldError) Error() string {
	return strings.TrimSpace(e.In + " " + e.Pointer + " " + e.Detail)
}

// ValidationError is all that is wrong with the input of a request. It is an [HTTPError] of status 422,
// whose problem details have the list as their member errors.
type ValidationError struct {
	Errors []FieldError // at most 100, in the order of the input's fields
	Total  int          // how many were found
}

func (e *ValidationError) Error() string {
	text := e.summary()
	for i := range e.Errors {
		text += "; " + e.Errors[i].Error()
	}
	return text
}

func (e *ValidationError) summary() string {
	switch {
	case e.Total == 1:
		return "1 value is wrong"
	case e.Total > validationErrorsMax:
		return fmt.Sprintf("more than %d values are wrong", validationErrorsMax)
	}
	return strconv.Itoa(e.Total) + " values are wrong"
}

// Unwrap gives the [HTTPError] that it is answered as.
func (e *ValidationError) Unwrap() error {
	return NewError(422, e.summary()).With("errors", e.Errors)
}

// wrongs gathers errors of one request.
type wrongs struct {
	list  []FieldError
	total int
}

func (w *wrongs) add(in, pointer, code, detail string) {
	w.total++
	if len(w.list) < validationErrorsMax {
		w.list = append(w.list, FieldError{in, pointer, code, detail})
	}
}

func (w *wrongs) append(other *wrongs) {
	w.total += other.total
	w.list = append(w.list, other.list...)
	w.list = w.list[:min(len(w.list), validationErrorsMax)]
}

// err is nil when nothing is wrong.
func (w *wrongs) err() error {
	if w.total == 0 {
		return nil
	}
	return &ValidationError{w.list, w.total}
}

// addMethod takes the error of a Validate method of the value at a pointer.
func (w *wrongs) addMethod(in, pointer string, err error) {
	var field *FieldError
	var all *ValidationError
	if joined, is := err.(interface{ Unwrap() []error }); is {
		for _, one := range joined.Unwrap() {
			w.addMethod(in, pointer, one)
		}
		return
	}
	switch {
	case errors.As(err, &all):
		for _, one := range all.Errors {
			w.addMethod(in, pointer, &one)
		}
	case errors.As(err, &field):
		if field.In != "" {
			in, pointer = field.In, ""
		}
		w.add(in, pointer+field.Pointer, orElse(field.Code, "invalid"), field.Detail)
	default:
		w.add(in, pointer, "invalid", strings.TrimSuffix(err.Error(), "."))
	}
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointerTo is the pointer of a member.
func pointerTo(parent, name string) string { return parent + "/" + pointerEscapes.Replace(name) }
