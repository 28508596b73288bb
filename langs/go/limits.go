package trivet

// #include "bridge.h"
import "C"

import (
	"cmp"
	"math"
	"time"
)

// RouteLimits are limits of a route or a group, in place of those around it: the outer group's, or
// the app's. A zero leaves one as it is there. [Unlimited] turns BodyRateMin, RequestTimeout and
// SendRateMin off. Of several options the last one that sets a limit counts.
//
//	api := app.Group("/api", trivet.RouteLimits{RequestsMax: 100})
//	api.Post("/import", importAll, trivet.StreamBody(), trivet.RouteLimits{BodyBytesMax: 1 << 40})
type RouteLimits struct {
	BodyBytesMax   int           // content of a request, streamed or not; beyond it 413
	BodyTimeout    time.Duration // longest silence within content; beyond it 408
	BodyRateMin    int           // bytes a second of content on average; below it 408
	RequestTimeout time.Duration // from a request to the beginning of its answer; beyond it 503
	SendRateMin    int           // bytes a second a client must take; below it the connection is closed
	// RequestsMax bounds the requests under way of the route, or of all routes of the group
	// together, in each loop; beyond it 503 with Retry-After.
	RequestsMax int
}

func (l RouteLimits) applyGroup(s *scope) {
	s.limits = RouteLimits{
		BodyBytesMax:   cmp.Or(l.BodyBytesMax, s.limits.BodyBytesMax),
		BodyTimeout:    cmp.Or(l.BodyTimeout, s.limits.BodyTimeout),
		BodyRateMin:    cmp.Or(l.BodyRateMin, s.limits.BodyRateMin),
		RequestTimeout: cmp.Or(l.RequestTimeout, s.limits.RequestTimeout),
		SendRateMin:    cmp.Or(l.SendRateMin, s.limits.SendRateMin),
		RequestsMax:    cmp.Or(l.RequestsMax, s.limits.RequestsMax),
	}
}

func (l RouteLimits) applyRoute(r *route) { l.applyGroup(&r.scope) }

// engine are the limits as the engine takes them.
func (l RouteLimits) engine() (limits C.struct_trivet_go_limits, err error) {
	if l.BodyBytesMax < 0 {
		return limits, withDetail(ErrArgument, "BodyBytesMax is negative")
	}
	limits.body_bytes_max = C.uint64_t(l.BodyBytesMax)
	for _, field := range []struct {
		name  string
		value int
		to    *C.uint32_t
	}{
		{"BodyTimeout", milliseconds(l.BodyTimeout), &limits.body_timeout_ms},
		{"BodyRateMin", l.BodyRateMin, &limits.body_rate_min},
		{"RequestTimeout", milliseconds(l.RequestTimeout), &limits.request_timeout_ms},
		{"SendRateMin", l.SendRateMin, &limits.send_rate_min},
		{"RequestsMax", l.RequestsMax, &limits.requests_max},
	} {
		switch {
		case field.value == Unlimited:
			*field.to = C.uint32_t(limitNone)
		case field.value < 0 || field.value >= math.MaxUint32:
			return limits, withDetail(ErrArgument, "%s is out of range", field.name)
		default:
			*field.to = C.uint32_t(field.value)
		}
	}
	return limits, nil
}

// ServerLimits are the limits and timeouts of an app as one value, for [New]. They are those of
// [Config]; of several options the last one that sets a limit counts.
type ServerLimits struct {
	TargetBytesMax           int
	HeadBytesMax             int
	HeaderCountMax           int
	BodyBytesMax             int
	BodyRatioMax             int
	ConnectionsMax           int
	ConnectionsPerAddressMax int
	RequestsMax              int
	RequestsPerConnectionMax int
	BodyRateMin              int
	SendRateMin              int
	HeadTimeout              time.Duration
	BodyTimeout              time.Duration
	IdleTimeout              time.Duration
	KeepAliveTimeout         time.Duration
	SendTimeout              time.Duration
	RequestTimeout           time.Duration
}

func (l ServerLimits) applyApp(a *App) {
	Config{
		TargetBytesMax: l.TargetBytesMax, HeadBytesMax: l.HeadBytesMax,
		HeaderCountMax: l.HeaderCountMax, BodyBytesMax: l.BodyBytesMax,
		BodyRatioMax:   l.BodyRatioMax,
		ConnectionsMax: l.ConnectionsMax, ConnectionsPerAddressMax: l.ConnectionsPerAddressMax,
		RequestsMax: l.RequestsMax, RequestsPerConnectionMax: l.RequestsPerConnectionMax,
		BodyRateMin: l.BodyRateMin, SendRateMin: l.SendRateMin,
		HeadTimeout: l.HeadTimeout, BodyTimeout: l.BodyTimeout, IdleTimeout: l.IdleTimeout,
		KeepAliveTimeout: l.KeepAliveTimeout, SendTimeout: l.SendTimeout,
		RequestTimeout: l.RequestTimeout,
	}.applyApp(a)
}
