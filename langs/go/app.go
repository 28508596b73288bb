package trivet

// #include "bridge.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// App holds routes and configuration and serves them on any number of loops. Routes and hooks are
// registered before the first loop starts.
type App struct {
	routing
	startup  []LifecycleHook
	shutdown []LifecycleHook

	mu           sync.RWMutex
	engine       *C.trivet_app
	table        []*route // by the engine's numbers; the first stands for all requests without a route
	errorHandler ErrorHandler
	errs         []error
	isFrozen     bool   // by the first loop: what stands above is only read from then on
	config       Config // that holds, from then on
	loops        []*Loop
	worker       *WorkerInfo
	onReady      []func(*Loop)

	providers map[reflect.Type]*provider
	overrides map[reflect.Type]*provider
	provided  []*provider // in the order registered
	built     []*provider // in the order made, and how to close them
	closings  []closing

	middleware map[*Middleware]*C.trivet_middleware // as the engine has made it

	onFailure     atomic.Pointer[func(err error)] // of an app that is tested
	openAPI       OpenAPI
	isDescribed   bool // to the engine, for the document
	codec         codec
	background    background
	templates     *templates
	errorMappings []errorMapping
	// isDevelopment says that `trivet dev` runs the program, or TRIVET_ENV=development was set.
	isDevelopment bool
	blockingLimit time.Duration // of handlers on a loop's thread, in development
}

// Option changes an app: a [Config], [ServerLimits], [OpenAPI], [OnReady], [Templates],
// [TemplateFuncs] or [JSONCodec].
type Option interface{ applyApp(a *App) }

type appOption func(a *App)

func (o appOption) applyApp(a *App) { o(a) }

// OnReady calls f when the app has begun to accept, with the first of its loops.
func OnReady(f func(l *Loop)) Option {
	return appOption(func(a *App) { a.onReady = append(a.onReady, f) })
}

// New makes an app. What is wrong with its options or routes is told by [App.Err] and refused by
// [App.Listen].
func New(options ...Option) *App {
	a := &App{engine: C.trivet_app_new(), blockingLimit: 100 * time.Millisecond}
	a.isDevelopment = os.Getenv("TRIVET_ENV") == "development"
	a.routing.app = a
	a.table = []*route{{handler: answerRefusal, routing: &a.routing}}
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
	if err := a.serveOpenAPI(); err != nil {
		a.errs = append(a.errs, fmt.Errorf("OpenAPI: %w", err))
	}
	return a
}

// answerRefusal is the handler of requests without a route, when there are hooks or an error handler
// to see them.
func answerRefusal(c *Ctx) error { return NewError(c.refusal(), "") }

// Err returns what has gone wrong so far with options and routes, nil when all is well.
func (a *App) Err() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return errors.Join(a.errs...)
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
	a.mu.RLock()
	defer a.mu.RUnlock()
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
	a.mu.RLock()
	defer a.mu.RUnlock()
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
	if err := a.freeze(); err != nil {
		return err
	}
	l.routes = a.table
	if err := l.open(config); err != nil {
		return err
	}
	a.loops = append(a.loops, l)
	return nil
}

// freeze puts routes and hooks together when the first loop is made; the caller holds a.mu.
func (a *App) freeze() error {
	if a.engine == nil {
		return withDetail(ErrState, "the app is closed")
	}
	if a.isFrozen {
		return nil
	}
	config, err := a.effective()
	if err != nil {
		return err
	}
	a.config = config
	if err := a.wire(); err != nil {
		return err
	}
	if err := a.templates.parse(); err != nil {
		return err
	}
	if err := a.describe(); err != nil {
		return err
	}
	a.composeErrorHandler()
	if len(a.before)+len(a.around)+len(a.after) > 0 || a.errorHandler != nil {
		// Number 0 is the first route of the table.
		if status := C.trivet_app_fallback(a.engine, nil, nil, nil); status != 0 {
			return statusError(status)
		}
	}
	for number, r := range a.table {
		if err := a.deliverStatic(number, r); err != nil {
			return err
		}
		r.compose()
		if number > 0 {
			r.info = a.routeInfo(number - 1)
		}
	}
	a.isFrozen = true
	return nil
}

func (a *App) forget(l *Loop) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loops = slices.DeleteFunc(a.loops, func(other *Loop) bool { return other == l })
}
