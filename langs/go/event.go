package trivet

/*
#cgo noescape trivet_go_sse_encode
#cgo nocallback trivet_go_sse_encode
#include "bridge.h"
*/
import "C"

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Event is one Server-Sent Event (WHATWG HTML section 9.2). Its texts are UTF-8; what cannot be said in
// an event gives [ErrArgument].
type Event struct {
	// Data is what the event says: a string or a []byte as it is, in any number of lines; anything else
	// becomes JSON. Clients drop an event with nil, which has none.
	Data any
	// ID is what the client sends as Last-Event-ID when it comes back; "" sends none.
	ID string
	// Event is the type, for EventSource.addEventListener; "" stands for message.
	Event string
	// Retry is how long the client waits before it connects again, in whole milliseconds; 0 sends
	// nothing, and less than 0 has it connect at once.
	Retry time.Duration
	// Comment is sent before the fields, and ignored by clients.
	Comment string
	// Key is not sent: where a hub coalesces, an event supersedes the earlier ones of its key. "" stands
	// for Event.
	Key string
	// ForgetsID sends an empty id: the client forgets its Last-Event-ID.
	ForgetsID bool
}

// eventOf is the event that a value stands for: itself, or its data.
func eventOf(value any) Event {
	switch event := value.(type) {
	case Event:
		return event
	case *Event:
		if event != nil {
			return *event
		}
		return Event{}
	}
	return Event{Data: value}
}

// Append appends the event as it stands in a stream.
func (e Event) Append(text []byte) ([]byte, error) {
	err := e.pack(func(packed C.struct_trivet_go_event) (err error) {
		text, err = appendEvent(text, packed)
		return err
	})
	return text, err
}

// appendEvent encodes once, or twice when the text is longer than was thought.
func appendEvent(text []byte, event C.struct_trivet_go_event) ([]byte, error) {
	room := 64 + int(event.id.size+event.event.size+event.data.size+event.comment.size)
	for {
		text = slices.Grow(text, room)
		encoded := C.trivet_go_sse_encode(
			event,
			bytesAt(text[len(text):cap(text)]),
			C.size_t(cap(text)-len(text)),
		)
		size := int(encoded.size)
		switch {
		case encoded.status == 0:
			return text[:len(text)+size], nil
		case encoded.status != C.TRIVET_E_LIMIT || size <= cap(text)-len(text):
			return text, takeError(encoded.status, encoded.error)
		}
		room = size
	}
}

// pack lends the event, with its data as text, to one call of the engine.
func (e Event) pack(use func(packed C.struct_trivet_go_event) error) error {
	packed := C.struct_trivet_go_event{
		id: engineString(e.ID), event: engineString(e.Event), comment: engineString(e.Comment),
		key: engineString(e.Key), retry_ms: C.int32_t(e.retry()),
	}
	if e.ForgetsID {
		packed.flags |= C.uint32_t(sseEventID)
	}
	if e.Data == nil {
		return use(packed)
	}
	packed.flags |= C.uint32_t(sseEventData)
	switch data := e.Data.(type) {
	case string:
		packed.data = engineString(data)
	case []byte:
		packed.data = C.trivet_str{data: bytesAt(data), size: C.size_t(len(data))}
	default:
		encoder := jsonEncoders.Get().(*jsonEncoder)
		defer encoder.release()
		if err := encoder.encode(data); err != nil {
			return &resultError{value: fmt.Sprintf("%T", data), cause: err}
		}
		text := encoder.buffer.Bytes()
		packed.data = C.trivet_str{data: bytesAt(text), size: C.size_t(len(text))}
	}
	return use(packed)
}

// retry is the engine's number for Retry.
func (e Event) retry() int {
	switch {
	case e.Retry == 0:
		return -1
	case e.Retry < 0:
		return 0
	}
	return min(milliseconds(e.Retry), math.MaxInt32)
}
