package trivet

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"
)

// App holds routes and configuration and serves them on any number of loops. Routes are registered
// before the first loop starts.
type App struct {
	mu      sync.Mutex
	engine  *C.trivet_app
	routes  []*route
	errs    []error
	loops   []*Loop
	onReady []func(*Loop)
}

// Option changes an app: a [Config], or [OnReady].
type Option interface{ applyApp(a *App) }

type appOption func(a *App)

func (o appOption) applyApp(a *App) { o(a) }

// OnReady calls f whenever a loop of the app has begun to listen.
func OnReady(f func(l *Loop)) Option {
	return appOption(func(a *App) { a.onReady = append(a.onReady, f) })
}

// New makes an app. What is wrong with its options or routes is told by [App.Err] and refused by
// [App.Listen].
func New(options ...Option) *App {
	a := &App{engine: C.trivet_app_new()}
	if a.engine == nil {
		a.errs = append(a.errs, ErrMemory)
		return a
	}
	if err := checkLibrary(); err != nil {
		a.errs = append(a.errs, err)
	}
	for _, option := range options {
		option.applyApp(a)
	}
	return a
}

// Err returns what has gone wrong so far with options and routes, nil when all is well.
func (a *App) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Join(a.errs...)
}

// Get routes GET, and HEAD with it.
func (a *App) Get(pattern string, h Handler, options ...RouteOption) {
	a.add("GET", pattern, h, options, 2)
}

// Head routes HEAD, for a path whose HEAD is not that of its GET.
func (a *App) Head(pattern string, h Handler, options ...RouteOption) {
	a.add("HEAD", pattern, h, options, 2)
}

// Post routes POST.
func (a *App) Post(pattern string, h Handler, options ...RouteOption) {
	a.add("POST", pattern, h, options, 2)
}

// Put routes PUT.
func (a *App) Put(pattern string, h Handler, options ...RouteOption) {
	a.add("PUT", pattern, h, options, 2)
}

// Patch routes PATCH.
func (a *App) Patch(pattern string, h Handler, options ...RouteOption) {
	a.add("PATCH", pattern, h, options, 2)
}

// Delete routes DELETE.
func (a *App) Delete(pattern string, h Handler, options ...RouteOption) {
	a.add("DELETE", pattern, h, options, 2)
}

// Options routes OPTIONS, which the engine answers by itself otherwise.
func (a *App) Options(pattern string, h Handler, options ...RouteOption) {
	a.add("OPTIONS", pattern, h, options, 2)
}

// Handle routes a method, or every method for "*". Patterns are literal segments and parameters:
// /users/{id:int}, /files/{name}.
func (a *App) Handle(method, pattern string, h Handler, options ...RouteOption) {
	a.add(method, pattern, h, options, 2)
}

// add registers a route for the caller `skip` frames up.
func (a *App) add(method, pattern string, h Handler, options []RouteOption, skip int) {
	r := &route{handler: h}
	for _, option := range options {
		option.applyRoute(r)
	}
	place := callerSite(skip)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.register(method, pattern, place, r); err != nil {
		a.errs = append(a.errs, fmt.Errorf("%s %s (%s): %w", method, pattern, place, err))
	}
}

func (a *App) register(method, pattern, place string, r *route) error {
	switch {
	case a.engine == nil:
		return ErrState
	case r.handler == nil:
		return withDetail(ErrArgument, "the handler is nil")
	case r.status != 0 && (r.status < 200 || r.status > 599):
		return withDetail(ErrArgument, "the status of an answer is 200 to 599, not %d", r.status)
	}
	var failure *C.trivet_error
	status := C.trivet_go_route(a.engine, engineString(method), engineString(pattern),
		engineString(place), C.uintptr_t(len(a.routes)), &failure)
	if status != 0 {
		return takeError(status, failure)
	}
	a.routes = append(a.routes, r)
	return nil
}

// Level is a log level.
type Level uint32

// The levels of the app's log.
const (
	LogDebug = Level(logDebug)
	LogInfo  = Level(logInfo)
	LogWarn  = Level(logWarn)
	LogError = Level(logError)
	LogOff   = Level(logOff)
)

// Log writes one line to the app's log, which is standard error.
func (a *App) Log(level Level, message string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.engine != nil {
		C.trivet_app_log(a.engine, C.uint32_t(level), engineString(message))
	}
}

// Addr returns the address of the app's first loop, "" when none is running.
func (a *App) Addr() string {
	for _, l := range a.Loops() {
		return l.Addr()
	}
	return ""
}

// Loops returns the running loops.
func (a *App) Loops() []*Loop {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.loops)
}

// Drain begins the drain of every loop; a second call forces its end.
func (a *App) Drain() {
	for _, l := range a.Loops() {
		l.Drain()
	}
}

// Close frees the app's routes. It fails with [ErrState] while a loop runs; afterwards the app is
// of no use. A program that serves to its end need not call it.
func (a *App) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.loops) > 0 {
		return withDetail(ErrState, "a loop is running")
	}
	C.trivet_app_free(a.engine)
	a.engine = nil
	return nil
}

// open makes the engine's loop on the calling thread; the app cannot be closed from then on.
func (a *App) open(l *Loop, config loopConfig) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.engine == nil {
		return withDetail(ErrState, "the app is closed")
	}
	l.routes = slices.Clone(a.routes)
	if err := l.open(config); err != nil {
		return err
	}
	a.loops = append(a.loops, l)
	return nil
}

func (a *App) forget(l *Loop) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loops = slices.DeleteFunc(a.loops, func(other *Loop) bool { return other == l })
}

// configure gives the engine a configuration; zero fields have kept their defaults.
func (a *App) configure(change func(config *C.trivet_app_config) error) {
	if a.engine == nil {
		return
	}
	var config C.trivet_app_config
	C.trivet_app_config_init(&config, C.size_t(unsafe.Sizeof(config)))
	err := change(&config)
	if err == nil {
		var failure *C.trivet_error
		err = takeError(C.trivet_app_configure(a.engine, &config, &failure), failure)
	}
	if err != nil {
		a.errs = append(a.errs, fmt.Errorf("configuration: %w", err))
	}
}
