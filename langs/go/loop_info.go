package trivet

// #include "bridge.h"
import "C"

import (
	"time"
	"unsafe"
)

// LoopInfo tells what a loop is.
type LoopInfo struct {
	Engine       string // io_uring or epoll
	EngineReason string // why this engine runs
	Host         string // address it listens on, or unix:/path; "" when it has no listener
	Port         int
	State        string // serving, draining or drained
	Secured      bool   // its connections are secured by TLS
	KernelTLS    bool   // the kernel can secure sockets (kTLS); told only
	Thread       int    // id of its operating system thread
}

// LoopStats counts what a loop did since its start; Connections and RequestsInFlight are of now.
type LoopStats struct {
	Connections             uint64 `json:"connections"`
	ConnectionsTotal        uint64 `json:"connections_total"`
	ConnectionsRefusedTotal uint64 `json:"connections_refused_total"`
	RequestsInFlight        uint64 `json:"requests_in_flight"`
	RequestsTotal           uint64 `json:"requests_total"`
	HandlerFailuresTotal    uint64 `json:"handler_failures_total"`
	StaleTotal              uint64 `json:"stale_total"`
	TimeoutsTotal           uint64 `json:"timeouts_total"`
	SystemCallsTotal        uint64 `json:"system_calls_total"`
	LogDroppedTotal         uint64 `json:"log_dropped_total"`
	RegexLimitTotal         uint64 `json:"regex_limit_total"`
	LentTotal               uint64 `json:"lent_total"`
}

// Ready is a set of readiness of a watched descriptor.
type Ready uint32

// What a descriptor is watched for, and what a watch reports.
const (
	ReadyRead  = Ready(watchRead)  // readable, or at its end
	ReadyWrite = Ready(watchWrite) // writable
	ReadyError = Ready(watchError) // reported only: an error or hang-up
)

// Info tells what the loop is; [ErrStale] when it has ended.
func (l *Loop) Info() (info LoopInfo, err error) {
	err = l.Run(func() error {
		info = l.info()
		return nil
	})
	return info, err
}

func (l *Loop) info() LoopInfo {
	var info C.trivet_loop_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	C.trivet_loop_get_info(l.engine.loop, &info)
	states := map[uint32]string{
		stateServing:  "serving",
		stateDraining: "draining",
		stateDrained:  "drained",
	}
	return LoopInfo{
		Engine:       goString(info.engine),
		EngineReason: goString(info.engine_reason),
		Host:         goString(info.host),
		Port:         int(info.port),
		State:        states[uint32(info.state)],
		Secured:      info.is_secured != 0,
		KernelTLS:    info.has_kernel_tls != 0,
		Thread:       l.thread,
	}
}

// Stats reads the loop's counters; [ErrStale] when it has ended.
func (l *Loop) Stats() (stats LoopStats, err error) {
	err = l.Run(func() error {
		var counters C.trivet_loop_stats
		counters.size = C.uint32_t(unsafe.Sizeof(counters))
		status := C.trivet_loop_get_stats(l.engine.loop, &counters)
		stats = LoopStats{
			Connections:             uint64(counters.connections),
			ConnectionsTotal:        uint64(counters.connections_total),
			ConnectionsRefusedTotal: uint64(counters.connections_refused_total),
			RequestsInFlight:        uint64(counters.requests_in_flight),
			RequestsTotal:           uint64(counters.requests_total),
			HandlerFailuresTotal:    uint64(counters.handler_failures_total),
			StaleTotal:              uint64(counters.stale_total),
			TimeoutsTotal:           uint64(counters.timeouts_total),
			SystemCallsTotal:        uint64(counters.system_calls_total),
			LogDroppedTotal:         uint64(counters.log_dropped_total),
			RegexLimitTotal:         uint64(counters.regex_limit_total),
			LentTotal:               uint64(counters.lent_total),
		}
		return statusError(status)
	})
	return stats, err
}

// Timer is a started timer of a loop.
type Timer struct {
	loop   *Loop
	id     uint64
	engine C.trivet_timer
}

// After runs f once on the loop's thread after a delay; f must not block. Most code is better off
// with [time.AfterFunc], which needs no loop.
func (l *Loop) After(delay time.Duration, f func()) (*Timer, error) {
	if delay < 0 {
		return nil, withDetail(ErrArgument, "a delay of %v", delay)
	}
	timer := &Timer{loop: l}
	err := l.Run(func() error {
		l.timerID++
		timer.id = l.timerID
		milliseconds := (delay + time.Millisecond - 1) / time.Millisecond
		// The engine writes the handle into C's memory only while the call lasts.
		status := C.trivet_go_timer_start(
			l.engine,
			C.uint64_t(milliseconds),
			C.uint64_t(timer.id),
			&timer.engine,
		)
		if status == 0 {
			l.timers[timer.id] = f
		}
		return statusError(status)
	})
	if err != nil {
		return nil, err
	}
	return timer, nil
}

// Cancel stops the timer; [ErrStale] when it has fired or was cancelled.
func (t *Timer) Cancel() error {
	return t.loop.Run(func() error {
		status := C.trivet_loop_timer_cancel(t.loop.engine.loop, t.engine)
		if status == 0 {
			delete(t.loop.timers, t.id)
		}
		return statusError(status)
	})
}

// Watch runs f on the loop's thread whenever a foreign descriptor is ready, as long as it is; f
// must not block. A second call replaces the interest; interest 0 ends the watch and must precede
// closing the descriptor.
func (l *Loop) Watch(fd int, interest Ready, f func(Ready)) error {
	return l.Run(func() error {
		status := C.trivet_loop_watch(l.engine.loop, C.int32_t(fd), C.uint32_t(interest))
		if status == 0 {
			if interest == 0 {
				delete(l.watches, fd)
			} else {
				l.watches[fd] = f
			}
		}
		return statusError(status)
	})
}
