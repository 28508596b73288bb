package trivet

// #include "bridge.h"
import "C"

import (
	"math"
	"sync"
	"time"
	"unsafe"
)

// heartbeatMax is the engine's limit of heartbeat_ms.
const heartbeatMax = 24 * time.Hour

// eventConfig is what a stream of events begins with.
type eventConfig struct {
	heartbeat uint32 // milliseconds, 0 for never
	retry     uint64 // milliseconds, lengthUnknown for none
	err       error  // the first wrong option
}

// EventOption changes one stream of events, or those of a route: [Heartbeat] and [Retry].
type EventOption interface {
	RouteOption
	applyEvents(config *eventConfig)
}

type eventOption func(config *eventConfig)

func (o eventOption) applyEvents(config *eventConfig) { o(config) }

func (o eventOption) applyRoute(r *route) {
	r.events = append(r.events, o)
	config := eventDefaults()
	if o(&config); config.err != nil && r.err == nil {
		r.err = config.err
	}
}

// Heartbeat is how long nothing may be sent before the engine sends a comment, so that nobody in
// between takes the connection for dead: 15 seconds unless given, at most a day, never with 0.
func Heartbeat(interval time.Duration) EventOption {
	return eventOption(func(config *eventConfig) {
		if interval < 0 || interval > heartbeatMax {
			config.fail("a heartbeat of %v: it is 0 to %v", interval, heartbeatMax)
			return
		}
		config.heartbeat = uint32(milliseconds(interval))
	})
}

// Retry tells the client at the beginning how long it is to wait before it connects again; browsers
// wait a few seconds unless they are told.
func Retry(after time.Duration) EventOption {
	return eventOption(func(config *eventConfig) {
		if after < 0 || after > math.MaxInt32*time.Millisecond {
			config.fail("a retry after %v", after)
			return
		}
		config.retry = uint64(milliseconds(after))
	})
}

func (config *eventConfig) fail(format string, args ...any) {
	if config.err == nil {
		config.err = withDetail(ErrArgument, format, args...)
	}
}

var eventDefaults = sync.OnceValue(func() eventConfig {
	var config C.trivet_sse_config
	C.trivet_sse_config_init(&config, C.size_t(unsafe.Sizeof(config)))
	return eventConfig{heartbeat: uint32(config.heartbeat_ms), retry: lengthUnknown}
})
