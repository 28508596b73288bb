package trivet

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Handler answers a request: with a method of c, with an error, or, returning nil without either,
// with 204.
type Handler = func(c *Ctx) error

// route is a registered handler. The engine knows it by its number.
type route struct {
	handler  Handler
	isInline bool
	status   int // of answers whose handler sets none; 0 for the usual one
}

// RouteOption changes one route.
type RouteOption interface{ applyRoute(r *route) }

type routeOption func(r *route)

func (o routeOption) applyRoute(r *route) { o(r) }

// Inline runs the handler on the loop's own thread, which saves the hand-over to a goroutine. While
// it runs, the loop serves nobody else: it must not block and should take microseconds.
var Inline RouteOption = routeOption(func(r *route) { r.isInline = true })

// Status is the status of answers whose handler sets none.
func Status(status int) RouteOption { return routeOption(func(r *route) { r.status = status }) }

var errGoexit = errors.New("the handler ended its goroutine with runtime.Goexit")

// run calls the handler and packs its answer into records. A handler that panics has failed.
func (c *Ctx) run(records *[]byte) {
	c.records, c.start = records, len(*records)
	err := errGoexit
	defer func() {
		if cause := recover(); cause != nil {
			err = panicError(cause)
		}
		c.finish(err)
	}()
	err = c.route.handler(c)
}

// panicError names the cause of a panic and the frame that panicked.
func panicError(cause any) error {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	hasPanicked := false
	for frame, more := frames.Next(); ; frame, more = frames.Next() {
		isRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if hasPanicked && !isRuntime {
			return fmt.Errorf(
				"panic: %v at %s (%s)",
				cause,
				frame.Function,
				site(frame.File, frame.Line),
			)
		}
		// A nil map, a nil pointer and the like reach gopanic through other functions of the runtime.
		hasPanicked = hasPanicked || frame.Function == "runtime.gopanic"
		if !more {
			return fmt.Errorf("panic: %v", cause)
		}
	}
}

// site names a place in the source as main.go:12.
func site(file string, line int) string {
	return fmt.Sprintf("%s:%d", file[strings.LastIndexByte(file, '/')+1:], line)
}

// callerSite is the place that called the caller's caller's caller: where a route is registered.
func callerSite(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return ""
	}
	return site(file, line)
}
