package trivet

// #include "bridge.h"
import "C"

import (
	"math"
	"time"
)

// Engine names the kernel interface that moves the bytes.
type Engine string

// The engines. The environment variable TRIVET_ENGINE overrides EngineAuto.
const (
	EngineAuto  Engine = "auto"  // io_uring where the kernel allows it, else epoll
	EngineUring Engine = "uring" // io_uring or an error
	EngineEpoll Engine = "epoll"
)

// Config holds the limits and timeouts of an app, for [New]. A zero field keeps its default.
type Config struct {
	Engine   Engine // default EngineAuto
	LogLevel Level  // default as TRIVET_LOG says, else LogInfo

	TargetBytesMax int           // longest request target, default 8192; beyond it 414
	HeadBytesMax   int           // request line and header block, default 32768; beyond it 431
	HeaderCountMax int           // header fields, default 100, at most 1000; beyond it 431
	BodyBytesMax   int           // request content, default 1 MiB; beyond it 413
	ConnectionsMax int           // open connections of one loop, default 65536
	HeadTimeout    time.Duration // for the whole header block, default 15 s; beyond it 408
	BodyTimeout    time.Duration // longest silence within content, default 30 s; beyond it 408
	IdleTimeout    time.Duration // longest silence between requests, default 75 s
	SendTimeout    time.Duration // longest time a client may take nothing, default 30 s

	ShutdownTimeout time.Duration // from drain to the forced end, default 30 s
	Backlog         int           // connections not yet accepted, default 4096
	BufferCount     int           // receive buffers of one loop, a power of two, default 256
	BufferBytes     int           // size of one receive buffer, default 8192
}

func (c Config) applyApp(a *App) {
	a.configure(func(config *C.trivet_app_config) error {
		engines := map[Engine]uint32{
			"":          engineAuto,
			EngineAuto:  engineAuto,
			EngineUring: engineUring,
			EngineEpoll: engineEpoll,
		}
		engine, ok := engines[c.Engine]
		if !ok {
			return withDetail(ErrArgument, "engine %q; there are auto, uring and epoll", c.Engine)
		}
		config.engine = C.uint32_t(engine)
		config.log_level = C.uint32_t(c.LogLevel)
		if c.BodyBytesMax < 0 {
			return withDetail(ErrArgument, "BodyBytesMax is negative")
		}
		if c.BodyBytesMax > 0 {
			config.body_bytes_max = C.uint64_t(c.BodyBytesMax)
		}
		for _, field := range []struct {
			name  string
			value int
			to    *C.uint32_t
		}{
			{"TargetBytesMax", c.TargetBytesMax, &config.target_bytes_max},
			{"HeadBytesMax", c.HeadBytesMax, &config.head_bytes_max},
			{"HeaderCountMax", c.HeaderCountMax, &config.header_count_max},
			{"ConnectionsMax", c.ConnectionsMax, &config.connections_max},
			{"HeadTimeout", milliseconds(c.HeadTimeout), &config.head_timeout_ms},
			{"BodyTimeout", milliseconds(c.BodyTimeout), &config.body_timeout_ms},
			{"IdleTimeout", milliseconds(c.IdleTimeout), &config.idle_timeout_ms},
			{"SendTimeout", milliseconds(c.SendTimeout), &config.send_timeout_ms},
			{"ShutdownTimeout", milliseconds(c.ShutdownTimeout), &config.shutdown_timeout_ms},
			{"Backlog", c.Backlog, &config.backlog},
			{"BufferCount", c.BufferCount, &config.buffer_count},
			{"BufferBytes", c.BufferBytes, &config.buffer_bytes},
		} {
			if field.value < 0 || field.value > math.MaxUint32 {
				return withDetail(ErrArgument, "%s is out of range", field.name)
			}
			if field.value > 0 {
				*field.to = C.uint32_t(field.value)
			}
		}
		return nil
	})
}

// milliseconds rounds up, so that a short time does not become none.
func milliseconds(d time.Duration) int {
	if d <= 0 {
		return int(d)
	}
	return int((d + time.Millisecond - 1) / time.Millisecond)
}
