package trivet

// #include "bridge.h"
import "C"

import (
	"math"
	"time"
)

// HubPolicy says what becomes of a client that takes less than is published.
type HubPolicy string

// The policies of a hub.
const (
	HubDropOldest HubPolicy = "drop_oldest" // it misses the oldest events that wait for it
	HubClose      HubPolicy = "close"       // its connection closes; it comes back for what it missed
	HubCoalesce   HubPolicy = "coalesce"    // it misses what a later event of the same key superseded
)

// The engine's number of each policy is its place.
var hubPolicies = []HubPolicy{
	ssePolicyDropOldest: HubDropOldest,
	ssePolicyClose:      HubClose,
	ssePolicyCoalesce:   HubCoalesce,
}

// EventHubConfig holds the limits and habits of a hub; the zero value of a field means its default.
type EventHubConfig struct {
	History        int           // events that are kept: 256, at most 65536
	HistoryBytes   int           // bytes of them all: 256 KiB, at least 1 KiB
	EventBytesMax  int           // of one event in the stream: 64 KiB, or HistoryBytes if that is less
	SubscribersMax int           // clients at a time: 65536; one more gives ErrLimit
	ClientBytesMax int           // what may wait for a client before Policy applies: as EventBytesMax
	Policy         HubPolicy     // HubDropOldest
	Heartbeat      time.Duration // a comment when nothing was published for so long: 15 s; Unlimited: never
	Retry          time.Duration // how long clients wait before they connect again: nothing is said
	OwnIDs         bool          // the ids are those of the events; else the hub gives each its own
}

// write changes the settings that are set.
func (c *EventHubConfig) write(settings *C.trivet_sse_hub_config) error {
	policy, ok := numberOf(hubPolicies, c.Policy, uint32(settings.policy))
	if !ok {
		return withDetail(ErrArgument, "the policy %q is none", c.Policy)
	}
	settings.policy = C.uint32_t(policy)
	if c.OwnIDs {
		settings.flags |= C.uint32_t(sseHubOwnIds)
	}
	for _, number := range []struct {
		name  string
		value int
		to    any
	}{
		{"History", c.History, &settings.history_events},
		{"HistoryBytes", c.HistoryBytes, &settings.history_bytes},
		{"EventBytesMax", c.EventBytesMax, &settings.event_bytes_max},
		{"SubscribersMax", c.SubscribersMax, &settings.subscribers_max},
		{"ClientBytesMax", c.ClientBytesMax, &settings.client_bytes_max},
	} {
		if number.value < 0 || number.value > math.MaxUint32 {
			return withDetail(ErrArgument, "%s is out of range", number.name)
		}
		if number.value == 0 {
			continue
		}
		switch to := number.to.(type) {
		case *C.uint32_t:
			*to = C.uint32_t(number.value)
		case *C.uint64_t:
			*to = C.uint64_t(number.value)
		}
	}
	// The defaults follow a short history; what was set is the engine's to judge.
	if c.EventBytesMax == 0 {
		settings.event_bytes_max = C.uint32_t(min(uint64(settings.event_bytes_max),
			uint64(settings.history_bytes)))
	}
	if c.ClientBytesMax == 0 {
		settings.client_bytes_max = min(settings.client_bytes_max, settings.history_bytes)
	}
	return c.writeTimes(settings)
}

func (c *EventHubConfig) writeTimes(settings *C.trivet_sse_hub_config) error {
	switch {
	case c.Heartbeat == Unlimited:
		settings.heartbeat_ms = 0
	case c.Heartbeat < 0 || c.Heartbeat > heartbeatMax:
		return withDetail(ErrArgument, "Heartbeat is out of range")
	case c.Heartbeat > 0:
		settings.heartbeat_ms = C.uint32_t(milliseconds(c.Heartbeat))
	}
	switch {
	case c.Retry < 0 || c.Retry > math.MaxInt32*time.Millisecond:
		return withDetail(ErrArgument, "Retry is out of range")
	case c.Retry > 0:
		settings.retry_ms = C.int32_t(milliseconds(c.Retry))
	}
	return nil
}
