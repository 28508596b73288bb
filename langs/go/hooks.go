package trivet

/*
#include "bridge.h"
#include <stdlib.h>

// How often each of the engine's own hooks ran.
struct trivet_go_counts {
    uint64_t before, after, errors, starts, stops;
};

static int32_t count_before(trivet_request request, const trivet_request_view *view,
                            void *user_data) {
    (void)request;
    (void)view;
    ++((struct trivet_go_counts *)user_data)->before;
    return TRIVET_HOOK_CONTINUE;
}

static void count_after(trivet_request request, const trivet_request_view *view,
                        trivet_reply *reply, void *user_data) {
    (void)request;
    (void)view;
    (void)reply;
    ++((struct trivet_go_counts *)user_data)->after;
}

static void count_error(trivet_request request, const trivet_request_view *view, uint32_t status,
                        trivet_str detail, void *user_data) {
    (void)request;
    (void)view;
    (void)status;
    (void)detail;
    ++((struct trivet_go_counts *)user_data)->errors;
}

static trivet_status count_start(trivet_loop *loop, void *user_data) {
    (void)loop;
    ++((struct trivet_go_counts *)user_data)->starts;
    return TRIVET_OK;
}

static trivet_status count_stop(trivet_loop *loop, void *user_data) {
    (void)loop;
    ++((struct trivet_go_counts *)user_data)->stops;
    return TRIVET_OK;
}

static trivet_status count_all(trivet_app *app, struct trivet_go_counts *counts) {
    trivet_status statuses[] = {
        trivet_app_before(app, NULL, count_before, counts, NULL),
        trivet_app_after(app, NULL, count_after, counts, NULL),
        trivet_app_on_error(app, count_error, counts, NULL),
        trivet_app_on_start(app, count_start, counts, NULL),
        trivet_app_on_stop(app, count_stop, counts, NULL),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i] != TRIVET_OK) {
            return statuses[i];
        }
    }
    return TRIVET_OK;
}

// Readiness of one request, as a callback is told of it.
static void count_ready(trivet_request request, uint32_t ready, void *user_data) {
    (void)request;
    *(uint32_t *)user_data |= ready;
}

// Reads what has come of the content, and answers with its size in pieces.
static trivet_status answer_directly(trivet_request request, uint32_t *ready) {
    trivet_str bytes = {NULL, 0};
    uint32_t must_wait = 0;
    trivet_reply head;
    trivet_header trailer = {trivet_lit("X-Read"), trivet_lit("all")};
    trivet_reply_init(&head, sizeof head);
    trivet_status statuses[] = {
        trivet_request_on_ready(request, count_ready, ready, NULL),
        trivet_request_read(request, &bytes),
        trivet_reply_begin(request, TRIVET_LENGTH_UNKNOWN, &head),
        trivet_reply_write(request, bytes, &must_wait),
        trivet_reply_end(request, &trailer, 1),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i] != TRIVET_OK) {
            return statuses[i];
        }
    }
    return TRIVET_OK;
}

// Answers with one event.
static trivet_status answer_with_event(trivet_request request) {
    uint32_t must_wait = 0;
    trivet_sse_config config;
    trivet_sse_event event;
    trivet_sse_config_init(&config, sizeof config);
    trivet_sse_event_init(&event, sizeof event);
    config.retry_ms = 7;
    event.data = trivet_lit("direct");
    trivet_status statuses[] = {
        trivet_sse_begin(request, &config),
        trivet_sse_send(request, &event, &must_wait, NULL),
        trivet_reply_end(request, NULL, 0),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i] != TRIVET_OK) {
            return statuses[i];
        }
    }
    return TRIVET_OK;
}

static trivet_status keep_data(trivet_request request, const char *text, size_t size) {
    char *copy = malloc(size);
    for (size_t i = 0; copy != NULL && i < size; i++) {
        copy[i] = text[i];
    }
    return trivet_request_set_data(request, copy, free);
}
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// What of the ABI only tests reach: Go has no use for a C program's main, waits within a turn, and
// runs hooks and keeps a request's values on its own side of the one crossing.

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
func recordLayout() [9]uintptr {
	var record C.trivet_reply_record
	return [9]uintptr{
		unsafe.Offsetof(record.request), unsafe.Offsetof(record.kind),
		unsafe.Offsetof(record.status), unsafe.Offsetof(record.content),
		unsafe.Offsetof(record.header_count), unsafe.Offsetof(record.headers_bytes),
		unsafe.Offsetof(record.body_bytes), unsafe.Offsetof(record.length),
		unsafe.Sizeof(record),
	}
}

// answerDirectly answers with the content in pieces on the loop's thread, without records.
func (c *Ctx) answerDirectly() error {
	ready := (*C.uint32_t)(C.calloc(1, C.size_t(unsafe.Sizeof(C.uint32_t(0)))))
	defer C.free(unsafe.Pointer(ready)) // the request has ended: nobody is told any more
	return statusError(C.answer_directly(C.trivet_request(c.request), ready))
}

// answerWithEventDirectly sends one event on the loop's thread.
func (c *Ctx) answerWithEventDirectly() error {
	return statusError(C.answer_with_event(C.trivet_request(c.request)))
}

// breakOffDirectly gives the answer up on the loop's thread.
func (c *Ctx) breakOffDirectly() error {
	return statusError(C.trivet_reply_abort(C.trivet_request(c.request)))
}

func errorOf(status int) error { return statusError(C.trivet_status(status)) }

// engineCounts says how often the engine's own hooks of an app ran.
type engineCounts struct{ before, after, errors, starts, stops int }

// countHooks adds hooks of C to all that has them; the counts are read when the loops have ended.
func countHooks(a *App) (counts func() engineCounts, err error) {
	c := (*C.struct_trivet_go_counts)(C.calloc(1, C.size_t(unsafe.Sizeof(C.struct_trivet_go_counts{}))))
	return func() engineCounts {
		defer C.free(unsafe.Pointer(c))
		return engineCounts{
			int(c.before), int(c.after), int(c.errors), int(c.starts), int(c.stops),
		}
	}, statusError(C.count_all(a.engine, c))
}

// keepText has the engine keep a text with the request, keptText asks for it.
func (c *Ctx) keepText(text string) error {
	return statusError(C.keep_data(C.trivet_request(c.request), bytesAt([]byte(text)),
		C.size_t(len(text))))
}

func (c *Ctx) keptText(size int) (string, error) {
	var data unsafe.Pointer
	status := C.trivet_request_get_data(C.trivet_request(c.request), &data)
	return C.GoStringN((*C.char)(data), C.int(size)), statusError(status)
}

// engineRoute is the pattern of the route that the engine matched the request with.
func (c *Ctx) engineRoute() (string, error) {
	var info C.trivet_route_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	status := C.trivet_request_route(C.trivet_request(c.request), &info)
	return goString(info.pattern), statusError(status)
}

// addEngineHeader adds a field to the answer on the loop's thread.
func (c *Ctx) addEngineHeader(name, value string) error {
	return statusError(C.trivet_reply_add_header(C.trivet_request(c.request), engineString(name),
		engineString(value)))
}

// engineDefaults is the configuration before trivet.toml and the environment.
func engineDefaults() (c Config) {
	var config C.trivet_app_config
	C.trivet_app_config_init(&config, C.size_t(unsafe.Sizeof(config)))
	c.read(&config)
	return c
}
