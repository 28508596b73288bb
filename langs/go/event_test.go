package trivet

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestEventsAreEncoded(t *testing.T) {
	for _, c := range []struct {
		event Event
		text  string
	}{
		{Event{Data: "one"}, "data: one\n\n"},
		{Event{Data: []byte("a\nb\r\nc\rd\n")}, "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"},
		{Event{Data: ""}, "data: \n\n"},
		{Event{Data: 1.5}, "data: 1.5\n\n"},
		{Event{Data: Map{"a": "<b>\n"}}, "data: {\"a\":\"<b>\\n\"}\n\n"},
		{
			Event{
				Data: "x", ID: "7 a", Event: "tick", Retry: 1500 * time.Millisecond,
				Comment: "c\nd", Key: "not sent",
			},
			": c\n: d\nid: 7 a\nevent: tick\nretry: 1500\ndata: x\n\n",
		},
		{Event{ForgetsID: true, Data: ""}, "id: \ndata: \n\n"},
		{Event{Retry: -1}, "retry: 0\n\n"},
		{Event{Retry: time.Nanosecond}, "retry: 1\n\n"},
		{Event{Retry: 1 << 62}, "retry: 2147483647\n\n"},
		{Event{Comment: "only this"}, ": only this\n\n"},
	} {
		text, err := c.event.Append([]byte("before|"))
		if err != nil || string(text) != "before|"+c.text {
			t.Errorf("%+v: %q, %v", c.event, text, err)
		}
	}
	long := strings.Repeat("\n", 100_000) // seven times as long when it is encoded
	text, err := Event{Data: long}.Append(nil)
	if err != nil || len(text) != 100_001*len("data: \n")+1 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestWhatCannotBeSaidInAnEvent(t *testing.T) {
	for _, event := range []Event{
		{},
		{Event: "without data"},
		{Data: "x", ID: "a\nb"},
		{Data: "x", ID: " a"},
		{Data: "x", ID: "a\x00"},
		{Data: "x", Event: "a\r"},
		{Data: "\xff"},
		{Data: "x", Comment: "\xff"},
		{Data: "x", Event: "\xff"},
		{Data: "x", ID: "\xff"},
	} {
		text, err := event.Append([]byte("before"))
		if !errors.Is(err, ErrArgument) || string(text) != "before" {
			t.Errorf("%+v: %q, %v", event, text, err)
		}
		var detailed *Error
		if !errors.As(err, &detailed) || detailed.Message == "" {
			t.Errorf("%+v: %v", event, err)
		}
	}
	_, err := Event{Data: make(chan int)}.Append(nil)
	if err == nil || !strings.Contains(err.Error(), "chan int") {
		t.Errorf("%v", err)
	}
}

func TestAValueIsAnEventOrItsData(t *testing.T) {
	event := Event{ID: "1", Data: "x"}
	var none *Event
	for value, want := range map[any]Event{
		"x": {Data: "x"}, 5: {Data: 5}, event: event, &event: event, none: {},
	} {
		if got := eventOf(value); got != want {
			t.Errorf("%v: %+v", value, got)
		}
	}
}
