package trivet

// #include "bridge.h"
import "C"

import (
	"context"
	"net"
	"os"
	"time"
)

// ServeTest is [App.Serve] without a listener, for tests: whoever calls [App.Inject] is served, and
// [App.Advance] puts the clock forward. Package trivettest has a client that does all this.
//
// ready is called when the app accepts, failed with every error that ends as a 500 because nobody has
// expected it, before that is sent; both may be nil. failed may be called by several goroutines at
// once, and must not use the request.
func (a *App) ServeTest(ctx context.Context, ready func(), failed func(err error)) error {
	if err := a.Err(); err != nil {
		return err
	}
	a.onFailure.Store(nil)
	if failed != nil {
		a.onFailure.Store(&failed)
	}
	s := &session{
		app: a, workers: 1, threads: 1, isTest: true, ready: ready, over: make(chan struct{}),
	}
	return s.serve(ctx, nil)
}

// Inject returns a client's connection to an app that [App.ServeTest] serves: the engine reads requests
// from it and answers them like those from a port. [ErrNotFound] says that nobody serves so,
// [ErrState] that the drain has begun.
func (a *App) Inject() (net.Conn, error) {
	fd, err := a.inject()
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "trivet")
	defer file.Close() // the connection has a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, withDetail(ErrSystem, "%v", err)
	}
	return conn, nil
}

func (a *App) inject() (int, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.engine == nil {
		return -1, withDetail(ErrState, "the app is closed")
	}
	var fd C.int32_t
	var failure *C.trivet_error
	status := C.trivet_app_inject(a.engine, &fd, &failure)
	return int(fd), takeError(status, failure)
}

// Advance puts the clock of an app that [App.ServeTest] serves forward: the engine's deadlines,
// heartbeats and timers come without waiting. Go's own clock is not moved. It fails as [App.Inject]
// does, and with [ErrLimit] beyond 2^40 ms in all.
func (a *App) Advance(d time.Duration) error {
	if d < 0 {
		return withDetail(ErrArgument, "time goes forward, not by %v", d)
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.engine == nil {
		return withDetail(ErrState, "the app is closed")
	}
	return statusError(C.trivet_app_advance(a.engine, C.uint64_t(milliseconds(d))))
}

// tellFailure tells who tests the app of an error that nobody has expected.
func (a *App) tellFailure(err error) {
	if failed := a.onFailure.Load(); failed != nil {
		(*failed)(err)
	}
}
