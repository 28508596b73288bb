package trivet

import (
	"bytes"
	"fmt"
	"iter"
)

// NDJSONOption changes one answer of [Ctx.NDJSON]: [NDJSONTrailers].
type NDJSONOption interface{ applyNDJSON(t *func() []Field) }

type ndjsonOption func() []Field

func (o ndjsonOption) applyNDJSON(trailers *func() []Field) { *trailers = o }

// NDJSONTrailers sends the fields that f gives behind the last value; f is called when that has been
// written. [StreamWriter.SetTrailer] tells which fields may be there, and to whom they are sent.
func NDJSONTrailers(f func() []Field) NDJSONOption { return ndjsonOption(f) }

// NDJSON answers with application/x-ndjson: each value as JSON on a line of its own, as it comes. The
// answer begins with the first value: an error that comes before it, or instead of it, is answered as
// that of any handler is; one that comes later breaks the answer off. The sequence is not begun for
// HEAD, and is stopped when the client leaves.
//
//	return c.NDJSON(trivet.Values(slices.Values(users)))
func (c *Ctx) NDJSON(values iter.Seq2[any, error], options ...NDJSONOption) error {
	var trailers func() []Field
	for _, option := range options {
		option.applyNDJSON(&trailers)
	}
	encoder := jsonEncoders.Get().(*jsonEncoder)
	defer encoder.release()
	w, err := c.streamEach(values, "application/x-ndjson", encoder.line)
	if err != nil || trailers == nil || w.Discards() {
		return err
	}
	for _, field := range trailers() {
		if err := w.SetTrailer(field.Name, field.Value); err != nil {
			return err
		}
	}
	return nil
}

// streamEach answers with a piece for each value, and begins with the first; for HEAD it asks for none.
func (c *Ctx) streamEach(
	values iter.Seq2[any, error],
	contentType string,
	encode func(value any) ([]byte, error),
) (w *StreamWriter, err error) {
	begin := func() (err error) {
		if w == nil {
			w, err = c.Stream(0, contentType)
		}
		return err
	}
	if c.Method() == "HEAD" {
		return w, begin()
	}
	for value, err := range values {
		if err != nil {
			return nil, err
		}
		piece, err := encode(value)
		if err != nil {
			return nil, err
		}
		if err := begin(); err != nil {
			return nil, err
		}
		if _, err := w.Write(piece); err != nil {
			return nil, err
		}
	}
	return w, begin()
}

// line is a value and a newline, valid until the next one.
func (e *jsonEncoder) line(value any) ([]byte, error) {
	e.buffer.Reset()
	if e.buffer.Cap() > jsonBufferBytesMax {
		e.buffer = bytes.Buffer{}
	}
	if err := e.encoder.Encode(value); err != nil {
		return nil, &resultError{value: fmt.Sprintf("%T", value), cause: err}
	}
	return e.buffer.Bytes(), nil
}

// Values makes of any sequence one for [Ctx.NDJSON].
func Values[T any](values iter.Seq[T]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for value := range values {
			if !yield(value, nil) {
				return
			}
		}
	}
}

// Results makes of any sequence that can fail one for [Ctx.NDJSON].
func Results[T any](results iter.Seq2[T, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for value, err := range results {
			if !yield(value, err) {
				return
			}
		}
	}
}
