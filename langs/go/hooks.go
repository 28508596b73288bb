package trivet

/*
#include "bridge.h"
#include <stdlib.h>
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// What of the ABI only tests reach: Go has no use for a C program's main, and waits within a turn.

// runMain hands the app to trivet_app_main, which frees it.
func runMain(a *App, arguments ...string) (exitCode int) {
	size := unsafe.Sizeof((*C.char)(nil))
	argv := (**C.char)(C.calloc(C.size_t(len(arguments)+1), C.size_t(size)))
	defer C.free(unsafe.Pointer(argv))
	for i, argument := range arguments {
		text := C.CString(argument)
		defer C.free(unsafe.Pointer(text))
		unsafe.Slice(argv, len(arguments))[i] = text
	}
	a.mu.Lock()
	engine := a.engine
	a.engine = nil
	a.mu.Unlock()
	return int(C.trivet_app_main(engine, C.int32_t(len(arguments)), argv))
}

// unboundLoop is a loop without listener that a test drives on its own thread.
type unboundLoop struct{ engine *C.trivet_loop }

func newUnboundLoop(a *App) (*unboundLoop, error) {
	runtime.LockOSThread()
	var config C.trivet_loop_config
	C.trivet_loop_config_init(&config, C.size_t(unsafe.Sizeof(config)))
	config.flags = C.TRIVET_LOOP_UNBOUND
	l := &unboundLoop{}
	var failure *C.trivet_error
	return l, takeError(C.trivet_loop_new(a.engine, &config, &l.engine, &failure), failure)
}

func (l *unboundLoop) wait(timeout int) error {
	return statusError(C.trivet_loop_wait(l.engine, C.int64_t(timeout)))
}

func (l *unboundLoop) turn() error {
	return statusError(C.trivet_loop_turn(l.engine, 0, nil, 0, nil))
}

func (l *unboundLoop) run() error    { return statusError(C.trivet_loop_run(l.engine)) }
func (l *unboundLoop) wake()         { C.trivet_loop_wake(l.engine) }
func (l *unboundLoop) drain()        { C.trivet_loop_drain(l.engine) }
func (l *unboundLoop) fd() int       { return int(C.trivet_loop_fd(l.engine)) }
func (l *unboundLoop) deadline() int { return int(C.trivet_loop_deadline(l.engine)) }

func (l *unboundLoop) free() {
	C.trivet_loop_free(l.engine)
	runtime.UnlockOSThread()
}

// isSameView asks the engine for the view of an unanswered request and compares it with the
// event's.
func (c *Ctx) isSameView() (isSame bool, err error) {
	stale := c.read(func(view *C.trivet_request_view) {
		var fresh *C.trivet_request_view
		err = statusError(C.trivet_request_get(C.trivet_request(c.request), &fresh))
		isSame = fresh == view
	})
	if stale != nil {
		return false, stale
	}
	return isSame, err
}

// recordLayout is the layout of the header's trivet_reply_record.
func recordLayout() [7]uintptr {
	var record C.trivet_reply_record
	return [7]uintptr{
		unsafe.Offsetof(
			record.request,
		), unsafe.Offsetof(record.status), unsafe.Offsetof(record.content),
		unsafe.Offsetof(record.header_count), unsafe.Offsetof(record.headers_bytes),
		unsafe.Offsetof(record.body_bytes), unsafe.Sizeof(record),
	}
}

func errorOf(status int) error { return statusError(C.trivet_status(status)) }
