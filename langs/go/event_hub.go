package trivet

/*
#cgo noescape trivet_go_sse_publish
#cgo nocallback trivet_go_sse_publish
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// EventHub sends each event that is published on it to all who have subscribed, in whichever loops of
// the app they are. An event is encoded once and kept once, for clients that come back with a
// Last-Event-ID. Its methods may be called from any goroutine.
type EventHub struct {
	app    *App
	handle C.trivet_sse_hub
}

// EventHubInfo tells what a hub has done.
type EventHubInfo struct {
	Subscribers      uint64 // clients now
	SubscribersTotal uint64 // clients so far
	PublishedTotal   uint64 // events
	DeliveredTotal   uint64 // events given to the kernel, counted for each client
	DroppedTotal     uint64 // events that slow clients missed, superseded ones not among them
	SupersededTotal  uint64 // events that slow clients missed because a later one of the same key was there
	ClosedTotal      uint64 // slow clients that HubClose closed
	GapsTotal        uint64 // clients that came back with an id that is not known any more
	HistoryEvents    uint64 // events kept now
	HistoryBytes     uint64 // their bytes
}

// NewEventHub makes a hub for the requests of an app, at any time in the app's life. [App.Close] closes
// it.
func NewEventHub(app *App, config EventHubConfig) (*EventHub, error) {
	var settings C.trivet_sse_hub_config
	C.trivet_sse_hub_config_init(&settings, C.size_t(unsafe.Sizeof(settings)))
	if err := config.write(&settings); err != nil {
		return nil, err
	}
	app.mu.RLock()
	defer app.mu.RUnlock()
	if app.engine == nil {
		return nil, withDetail(ErrState, "the app is closed")
	}
	h := &EventHub{app: app}
	var failure *C.trivet_error
	status := C.trivet_sse_hub_open(app.engine, &settings, &h.handle, &failure)
	if err := takeError(status, failure); err != nil {
		return nil, err
	}
	return h, nil
}

// Publish sends an [Event], or an event with a value as its [Event.Data], to every subscriber, without
// waiting for any. A closed hub gives [ErrStale], an event longer than EventBytesMax [ErrLimit], nil
// [ErrArgument].
func (h *EventHub) Publish(value any) error {
	return eventOf(value).pack(func(packed C.struct_trivet_go_event) error {
		var failure *C.trivet_error
		return takeError(C.trivet_go_sse_publish(h.handle, packed, &failure), failure)
	})
}

// Stream answers a request with the events of the hub: first those that the hub keeps after the client's
// Last-Event-ID, then each as it is published, until the client leaves, the hub closes or the server
// drains. The fields that were set are sent with it; its status is 200. When it has returned nil the
// request is the hub's: nothing of it can be read any more, and what is published from then on reaches
// the client. It is a [Handler]:
//
//	app.Get("/events", hub.Stream)
//
// A hub that is closed gives [ErrStale], one that has SubscribersMax clients [ErrLimit]; returned by
// the handler both are answered with 503.
func (h *EventHub) Stream(c *Ctx) error { return h.subscribe(c, false, "") }

// StreamAfter is [EventHub.Stream] for a client of which the program knows the last event it has seen.
// An id that is not known any more gives all that the hub keeps, and so does one that never was; ""
// nothing but what is published from now on.
func (h *EventHub) StreamAfter(c *Ctx, lastEventID string) error {
	return h.subscribe(c, true, lastEventID)
}

func (h *EventHub) subscribe(c *Ctx, hasID bool, lastEventID string) error {
	head, err := c.beginSubscription()
	if err != nil {
		return err
	}
	fields, packed := head.eventFields(), []byte(nil)
	for _, field := range fields {
		packed = appendItem(packed, field.Name, field.Value)
	}
	var flag C.uint32_t
	if hasID {
		flag = 1
	}
	// On the loop's thread, and with c.mu taken there: the loop may want it before it comes to this.
	hasRun := false
	err = c.loop.Run(func() error {
		hasRun = true
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := c.lost(); err != nil {
			return err
		}
		return c.endSubscription(h, statusError(C.trivet_go_sse_subscribe(
			C.trivet_request(c.request),
			h.handle,
			flag,
			engineString(lastEventID),
			bytesAt(packed),
			C.size_t(len(fields)),
		)))
	})
	if !hasRun { // the loop has ended, and the request with it
		c.end()
		return ErrGone
	}
	return err
}

// beginSubscription lets the after hooks see the head of the answer.
func (c *Ctx) beginSubscription() (*Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.checkSubscription(); err != nil {
		return nil, err
	}
	head, err := c.eventHead()
	if err != nil {
		return nil, err
	}
	c.state = ctxStreaming // nobody else answers meanwhile
	if c.route.after != nil {
		err = c.runAfterUnlocked(head)
	}
	return head, err
}

// checkSubscription tells why a hub cannot answer; the caller holds c.mu.
func (c *Ctx) checkSubscription() error {
	err := c.checkStream()
	if c.route.isInline && c.state == ctxOpen && !c.isGone {
		return nil // the hub does the waiting
	}
	return err
}

// endSubscription takes the request away from its handler if the hub has it; the caller holds c.mu.
func (c *Ctx) endSubscription(h *EventHub, err error) error {
	switch {
	case err == nil:
		c.extra().isSubscribed = true
	case errors.Is(err, ErrGone):
		c.isGone = true
	case errors.Is(err, ErrStale) && !h.isClosed():
	case errors.Is(err, ErrMemory): // the engine has broken the connection off
	default:
		c.state = ctxOpen // for another answer
		return subscribeError(err)
	}
	c.state = ctxEnded
	c.view = nil
	c.wakeStream()
	return err
}

func (h *EventHub) isClosed() bool {
	_, err := h.Info()
	return err != nil
}

// subscribeError is the error of a hub that does not take a client, and what that is told when the
// handler returns it.
func subscribeError(err error) error {
	switch {
	case errors.Is(err, ErrStale):
		return &contentError{
			withDetail(ErrStale, "the hub is closed"),
			ServiceUnavailable("the hub is closed"),
		}
	case errors.Is(err, ErrLimit):
		return &contentError{
			withDetail(ErrLimit, "subscribers_max"),
			ServiceUnavailable("the hub has as many clients as it takes"),
		}
	}
	return fmt.Errorf("subscribing: %w", err)
}

// Info tells what the hub has done; a closed one gives [ErrStale].
func (h *EventHub) Info() (EventHubInfo, error) {
	var info C.trivet_sse_hub_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	if err := statusError(C.trivet_sse_hub_get_info(h.handle, &info)); err != nil {
		return EventHubInfo{}, err
	}
	return EventHubInfo{
		Subscribers:      uint64(info.subscribers),
		SubscribersTotal: uint64(info.subscribers_total),
		PublishedTotal:   uint64(info.published_total),
		DeliveredTotal:   uint64(info.delivered_total),
		DroppedTotal:     uint64(info.dropped_total),
		SupersededTotal:  uint64(info.superseded_total),
		ClosedTotal:      uint64(info.closed_total),
		GapsTotal:        uint64(info.gaps_total),
		HistoryEvents:    uint64(info.history_events),
		HistoryBytes:     uint64(info.history_bytes),
	}, nil
}

// Close ends the hub: each client gets what was published before, and the end of its answer. Of a hub
// that is closed it does nothing.
func (h *EventHub) Close() error {
	err := statusError(C.trivet_sse_hub_close(h.handle))
	if errors.Is(err, ErrStale) {
		return nil
	}
	return err
}
