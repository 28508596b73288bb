package main

import (
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// eventRoutes registers what answers with events.
func (d *driver) eventRoutes() {
	d.app.SSE("/sse", answerEvents)
	d.app.SSE("/sse/fields", answerEventFields, trivet.Retry(2*time.Second),
		trivet.Before(func(c *trivet.Ctx) error { return c.SetHeader("X-Sse", "1") }))
	d.app.SSE("/sse/broken", func(_ *trivet.Ctx, out *trivet.Stream) error {
		return errors.Join(out.Send("half"), errors.New("the handler failed in the middle"))
	})
	d.app.Get("/sse/hub", d.answerHub)
	closed, live := d.hub(), d.hub()
	if err := closed.Close(); err != nil {
		log.Fatalf("driver: %v", err)
	}
	d.app.Get("/sse/closed", closed.Stream)
	d.app.Get("/sse/live", live.Stream)
	d.app.Post("/sse/live", func(c *trivet.Ctx) error {
		if err := live.Publish(string(c.Body())); err != nil {
			return err
		}
		info, err := live.Info()
		if err != nil {
			return err
		}
		return c.JSON(trivet.Map{"subscribers": info.Subscribers})
	})
}

// hub makes a hub that lives as long as the app.
func (d *driver) hub() *trivet.EventHub {
	hub, err := trivet.NewEventHub(d.app, trivet.EventHubConfig{})
	if err != nil {
		log.Fatalf("driver: %v", err)
	}
	return hub
}

func answerEvents(c *trivet.Ctx, out *trivet.Stream) error {
	count := 3
	if text, err := c.LookupQuery("n"); err == nil {
		if count, err = strconv.Atoi(text); err != nil {
			return trivet.BadRequest("n is not a number")
		}
	}
	for n := 1; n <= count; n++ {
		if err := out.Send(numbered(n, "")); err != nil {
			return err
		}
	}
	return nil
}

func numbered(n int, kind string) trivet.Event {
	return trivet.Event{ID: strconv.Itoa(n), Event: kind, Data: fmt.Sprintf("event %d", n)}
}

func answerEventFields(_ *trivet.Ctx, out *trivet.Stream) error {
	for _, event := range []trivet.Event{
		{
			Comment: "a\nb", ID: "7 a", Event: "tick", Retry: 1500 * time.Millisecond,
			Data: "one\ntwo\r\nthree\rfour",
		},
		{ForgetsID: true, Data: ""},
		{Comment: "end"},
	} {
		if err := out.Send(event); err != nil {
			return err
		}
	}
	return nil
}

// answerHub has a hub for one request.
func (d *driver) answerHub(c *trivet.Ctx) error {
	numbers := map[string]int{"before": 0, "after": 0, "history": 0, "retry": 0}
	for name := range numbers {
		if text, err := c.LookupQuery(name); err == nil {
			if numbers[name], err = strconv.Atoi(text); err != nil {
				return trivet.BadRequest(name + " is not a number")
			}
		}
	}
	policies := map[string]trivet.HubPolicy{
		"drop": trivet.HubDropOldest, "close": trivet.HubClose, "coalesce": trivet.HubCoalesce,
	}
	isNumbered := c.Query("numbered") == "1"
	hub, err := trivet.NewEventHub(d.app, trivet.EventHubConfig{
		History: numbers["history"], Policy: policies[c.Query("policy")], OwnIDs: !isNumbered,
		Retry: time.Duration(numbers["retry"]) * time.Millisecond,
	})
	if err != nil {
		return err
	}
	publish := func(from, to int) error {
		for n := from; n <= to; n++ {
			event := numbered(n, "tick")
			if isNumbered {
				event.ID = ""
			}
			if err := hub.Publish(event); err != nil {
				return err
			}
		}
		return nil
	}
	before, after := numbers["before"], numbers["after"]
	if err := publish(1, before); err != nil {
		return errors.Join(err, hub.Close())
	}
	if last, missing := c.LookupQuery("last"); missing == nil {
		err = hub.StreamAfter(c, last)
	} else {
		err = hub.Stream(c)
	}
	return errors.Join(err, publish(before+1, before+after), hub.Close())
}

// answerEncode tells an event as it stands in a stream.
func answerEncode(c *trivet.Ctx) error {
	query := c.QueryAll()
	event := trivet.Event{
		ID: query.Get("id"), Event: query.Get("event"), Comment: query.Get("comment"),
		ForgetsID: query.Has("id") && query.Get("id") == "",
	}
	if query.Has("data") {
		event.Data = query.Get("data")
	}
	if query.Has("retry") {
		milliseconds, err := strconv.Atoi(query.Get("retry"))
		if err != nil {
			return trivet.BadRequest("retry is not a number")
		}
		if event.Retry = time.Duration(milliseconds) * time.Millisecond; milliseconds == 0 {
			event.Retry = -1
		}
	}
	text, err := event.Append(nil)
	if err != nil {
		return answerError(c, err)
	}
	return c.JSON(trivet.Map{"text": string(text)})
}

// answerHubCalls tells what the calls of a hub give.
func (d *driver) answerHubCalls(c *trivet.Ctx) error {
	_, policy := trivet.NewEventHub(d.app, trivet.EventHubConfig{Policy: "9"})
	hub, open := trivet.NewEventHub(d.app, trivet.EventHubConfig{EventBytesMax: 100})
	if open != nil {
		return open
	}
	empty := hub.Publish(trivet.Event{})
	id := hub.Publish(trivet.Event{ID: "1", Data: "x"})
	long := hub.Publish(strings.Repeat("x", 100))
	publish := hub.Publish("x")
	info, err := hub.Info()
	if err != nil {
		return err
	}
	end := hub.Close()
	late := hub.Publish("x")
	again := hub.Close()
	if again == nil { // which is silent, for what is closed
		_, again = hub.Info()
	}
	return c.JSON(trivet.Map{
		"policy": statusOf(policy), "open": statusOf(open), "empty": statusOf(empty),
		"id": statusOf(id), "long": statusOf(long), "publish": statusOf(publish),
		"published": info.PublishedTotal, "history": info.HistoryEvents, "close": statusOf(end),
		"late": statusOf(late), "again": statusOf(again),
	})
}
