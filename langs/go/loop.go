package trivet

/*
#cgo noescape trivet_go_turn
#cgo nocallback trivet_go_turn
#include "bridge.h"
#include <stdlib.h>
*/
import "C"

import (
	"net"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// Loop is one loop of the engine: one operating system thread with one io_uring or epoll instance
// and one listener. Its methods may be called from any goroutine.
type Loop struct {
	app     *App
	routes  []*route
	engine  *C.struct_trivet_go_loop
	pool    *pool
	thread  int // its id
	address string
	port    int
	over    chan struct{} // closed when the loop has ended and err is set
	err     error

	// The rest belongs to the loop's thread.
	next    int    // index of the next event of this turn
	batch   []*Ctx // requests of this turn for the pool
	records []byte // answers of this turn's inline handlers
	follows []*Ctx // of which something is to be done once these have been handed over
	tasks   []task
	timers  map[uint64]func()
	timerID uint64
	watches map[int]func(Ready)
	isEnded bool // without a drain, before it has accepted
	isOver  bool
}

// loopConfig says where a loop listens. A worker's descriptors are the engine's from then on.
type loopConfig struct {
	host      string
	port      int
	listenFD  int // 0 for none, as of controlFD
	controlFD int
	flags     uint32
}

// task is a function that another goroutine wants run on the loop's thread.
type task struct {
	run  func() error
	done chan error
}

// openLoop makes a loop on a thread of its own. It turns from then on, but accepts only when it is
// started.
func openLoop(app *App, config loopConfig) (*Loop, error) {
	l := &Loop{
		app: app, over: make(chan struct{}),
		timers: make(map[uint64]func()), watches: make(map[int]func(Ready)),
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := app.open(l, config)
		started <- err
		if err == nil {
			l.main()
		}
	}()
	return l, <-started
}

// open makes the engine's loop, owned by the calling thread.
func (l *Loop) open(config loopConfig) error {
	var settings C.trivet_loop_config
	C.trivet_loop_config_init(&settings, C.size_t(unsafe.Sizeof(settings)))
	host := C.CString(config.host)
	defer C.free(unsafe.Pointer(host))
	settings.host = C.trivet_str{data: host, size: C.size_t(len(config.host))}
	settings.port = C.uint32_t(config.port)
	settings.flags = C.uint32_t(config.flags | loopDeferred)
	if config.listenFD > 0 {
		settings.listen_fd = C.int32_t(config.listenFD)
	}
	if config.controlFD > 0 {
		settings.control_fd = C.int32_t(config.controlFD)
	}
	var loop *C.trivet_loop
	var failure *C.trivet_error
	if status := C.trivet_loop_new(l.app.engine, &settings, &loop, &failure); status != 0 {
		return takeError(status, failure)
	}
	l.engine = (*C.struct_trivet_go_loop)(C.calloc(1, C.size_t(unsafe.Sizeof(*l.engine))))
	l.engine.loop = loop
	l.pool = newPool(l.engine)
	l.thread = syscall.Gettid()
	info := l.info()
	if info.Host != "" {
		l.port = info.Port
		l.address = info.Host
		if !isUnixHost(info.Host) {
			l.address = net.JoinHostPort(info.Host, strconv.Itoa(info.Port))
		}
	}
	return nil
}

// start lets the loop accept.
func (l *Loop) start(hasBanner bool) error {
	return l.Run(func() error {
		if hasBanner {
			runtimeName := "Go " + runtime.Version()[len("go"):]
			C.trivet_loop_banner(l.engine.loop, engineString(runtimeName))
		}
		var failure *C.trivet_error
		return takeError(C.trivet_loop_start(l.engine.loop, &failure), failure)
	})
}

// abort ends a loop that has not accepted, without a drain.
func (l *Loop) abort() {
	_ = l.Run(func() error {
		l.isEnded = true
		return nil
	})
	<-l.over
}

// main runs the loop to its end. A handler that ends the goroutine (runtime.Goexit, as t.FailNow
// does) does not end the loop, which then lives on in the deferred call.
func (l *Loop) main() {
	defer func() {
		if !l.isOver {
			l.main()
		}
	}()
	l.err = l.run()
	l.isOver = true
	l.free()
	close(l.over)
}

// runInline runs a handler on the loop's thread.
func (l *Loop) runInline(c *Ctx) {
	defer func() { // also when the handler ends this goroutine
		if c.follow != nil {
			l.follows = append(l.follows, c)
		}
	}()
	if l.app.isDevelopment {
		l.watchInline(c)
		return
	}
	c.run(&l.records)
}

// followUp leaves what inline handlers want done to goroutines.
func (l *Loop) followUp() {
	for _, c := range l.follows {
		go c.followUp()
	}
	clear(l.follows)
	l.follows = l.follows[:0]
}

func (l *Loop) run() error {
	for {
		isDrained := l.dispatch()
		l.fireTimers()
		l.runTasks()
		if len(l.batch) > 0 {
			l.hand()
		}
		if isDrained || l.isEnded {
			return nil
		}
		records, tasks, timeout := l.pool.beforeTurn(l.records)
		if len(tasks) > 0 {
			l.records, l.tasks = records, tasks
			continue
		}
		packed := (*C.char)(unsafe.Pointer(unsafe.SliceData(records)))
		status := C.trivet_go_turn(l.engine, packed, C.size_t(len(records)), C.int64_t(timeout))
		l.records = reuse(records)
		l.next = 0
		l.followUp()
		l.pool.afterTurn()
		if status != 0 {
			return statusError(status)
		}
	}
}

// dispatch goes through the events of a turn and reports whether the loop is drained. It continues
// where it stopped when a handler ended the goroutine.
func (l *Loop) dispatch() (isDrained bool) {
	for l.next < int(l.engine.event_count) {
		event := &l.engine.events[l.next]
		l.next++
		switch uint32(event.kind) {
		case eventRequest:
			// user_data is the route's number: it must never be loaded as a pointer.
			route := l.routes[*(*uintptr)(unsafe.Pointer(&event.user_data))]
			c := &Ctx{request: uint64(event.request), view: event.view, loop: l, route: route}
			if route.isInline {
				l.runInline(c)
			} else {
				l.batch = append(l.batch, c)
			}
		case eventGone:
			l.leave(uint64(event.request), event.status == C.TRIVET_E_GONE)
		case eventContent:
			if c := l.pool.find(uint64(event.request)); c != nil {
				c.arrive(event.content, event.status)
			}
		case eventForm:
			if c := l.pool.find(uint64(event.request)); c != nil {
				c.formEnded(event.status)
			}
		case eventWritable:
			if c := l.pool.find(uint64(event.request)); c != nil {
				c.makeRoom(event.status)
			}
		case eventWatch:
			if ready := l.watches[int(event.fd)]; ready != nil {
				ready(Ready(event.ready))
			}
		case eventDrained:
			isDrained = true
		}
	}
	return isDrained
}

// hand gives the batch to the pool and lets it run before the loop goes back to the kernel, where
// it would hold its processor until the runtime takes it away.
func (l *Loop) hand() {
	l.pool.push(l.batch)
	runtime.Gosched()
	l.pool.remember(l.batch)
	clear(l.batch)
	l.batch = l.batch[:0]
}

// leave cancels the context of a request whose client has left, or closed its side.
func (l *Loop) leave(request uint64, isLost bool) {
	c := l.pool.find(request)
	for _, other := range l.batch { // it came and went in one turn
		if other.request == request {
			c = other
		}
	}
	if c != nil {
		c.leave(isLost)
	}
}

func (l *Loop) runTasks() {
	for len(l.tasks) > 0 {
		t := l.tasks[0]
		l.tasks = l.tasks[1:]
		t.perform()
	}
}

// perform tells the waiting goroutine how it went, even when f ends this one.
func (t task) perform() {
	err := errGoexit
	defer func() { t.done <- err }()
	err = t.run()
}

func (l *Loop) fireTimers() {
	for l.engine.fired != nil {
		id := uint64(C.trivet_go_timer_fired(l.engine))
		fire := l.timers[id]
		delete(l.timers, id)
		if fire != nil {
			fire()
		}
	}
}

// free ends the loop on its thread: the requests still in handlers are lost.
func (l *Loop) free() {
	l.pool.close()
	l.followUp()
	l.app.forget(l)
	C.trivet_loop_free(l.engine.loop)
	for l.engine.fired != nil {
		C.trivet_go_timer_fired(l.engine)
	}
	l.pool.freeDirectories()
	C.free(unsafe.Pointer(l.engine))
	l.engine = nil
}

func (l *Loop) hasEnded() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// Addr returns the address the loop listens on, for example 127.0.0.1:8000 or unix:/run/app.sock.
func (l *Loop) Addr() string { return l.address }

// Run runs f on the loop's thread and returns its error; [ErrStale] when the loop has ended. f must
// not block.
func (l *Loop) Run(f func() error) error {
	t := task{run: f, done: make(chan error, 1)}
	isOwner := syscall.Gettid() == l.thread
	l.pool.mu.Lock()
	switch {
	case l.pool.isClosed:
		t.done <- ErrStale
	case !isOwner:
		l.pool.tasks = append(l.pool.tasks, t)
		l.pool.wake()
	}
	isClosed := l.pool.isClosed
	l.pool.mu.Unlock()
	if isOwner && !isClosed {
		return f()
	}
	return <-t.done
}

// Drain begins the drain: the loop stops accepting, finishes what is in flight and ends, by force
// at ShutdownTimeout. A second call forces the end now.
func (l *Loop) Drain() { l.withEngine(func() { C.trivet_loop_drain(l.engine.loop) }) }

// Wake ends the current or the next wait of the loop.
func (l *Loop) Wake() { l.withEngine(func() { C.trivet_loop_wake(l.engine.loop) }) }

// withEngine calls f unless the loop has ended; the loop is not freed meanwhile.
func (l *Loop) withEngine(f func()) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	if !l.pool.isClosed {
		f()
	}
}

// Flush submits what the loop has queued without waiting. It is for functions that run on the
// loop's thread; elsewhere it gives [ErrThread].
func (l *Loop) Flush() (err error) {
	err = ErrStale
	l.withEngine(func() { err = statusError(C.trivet_loop_flush(l.engine.loop)) })
	return err
}

// App returns the app the loop serves.
func (l *Loop) App() *App { return l.app }
