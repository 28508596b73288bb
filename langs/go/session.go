package trivet

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// session is one run of an app in this process, from Listen or Serve to their return.
type session struct {
	app       *App
	worker    *inheritance // nil outside a supervised worker
	host      string
	port      int
	isOwn     bool // host and port are the app's configuration, which socket activation may serve
	workers   int
	threads   int
	hasBanner bool
	isTest    bool   // without a listener
	ready     func() // called when it accepts; may be nil
	loops     []*Loop
	over      chan struct{} // closed at the end
}

// newSession finds out where and with how many loops to serve.
func (a *App) newSession(address string) (*session, error) {
	s := &session{app: a, over: make(chan struct{})}
	if err := a.Err(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if isAsked, err := a.inspect(); err != nil {
		return nil, err
	} else if isAsked {
		os.Exit(0)
	}
	var err error
	if s.worker, err = a.inherit(); err != nil {
		return nil, err
	}
	if err := s.settleAddress(address); err != nil {
		return nil, err
	}
	return s, s.settleConcurrency()
}

// settleAddress makes an address that is given the configured one. A frozen app keeps its
// configuration.
func (s *session) settleAddress(address string) error {
	var given Config
	if address != "" {
		var err error
		if given.Host, given.Port, err = splitAddress(address); err != nil {
			return err
		}
		if !s.app.isFrozen {
			if err := s.app.configure(given, true); err != nil {
				return err
			}
		}
	}
	config, err := s.app.effective()
	if err != nil {
		return err
	}
	s.host, s.port = config.Host, config.Port
	s.isOwn = !s.app.isFrozen || address == ""
	if !s.isOwn {
		s.host, s.port = given.Host, given.Port
	}
	return nil
}

func (s *session) settleConcurrency() error {
	if s.worker != nil {
		config, err := s.app.effective()
		s.workers, s.threads = 1, max(1, config.Threads)
		return err
	}
	var workers, threads C.uint32_t
	var failure *C.trivet_error
	status := C.trivet_app_concurrency(s.app.engine, 1, &workers, &threads, &failure)
	s.workers, s.threads = int(workers), int(threads)
	return takeError(status, failure)
}

// serve opens the loops, runs the startup functions, lets the loops accept, and drains them when ctx
// is done.
func (s *session) serve(ctx context.Context, forced <-chan struct{}) error {
	defer close(s.over)
	if err := s.open(); err != nil {
		s.abort()
		return err
	}
	if err := s.startup(ctx); err != nil {
		isAskedToEnd := ctx.Err() != nil || s.loops[0].hasEnded()
		s.abort()
		if isAskedToEnd { // and the function obeyed
			return nil
		}
		return err
	}
	err := s.accept(ctx)
	if err == nil {
		err = s.wait(ctx, forced)
	} else {
		s.abort()
	}
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.app.config.ShutdownTimeout)
	defer cancel()
	go func() {
		select {
		case <-forced:
			cancel()
		case <-s.over:
		}
	}()
	return errors.Join(err, s.app.runShutdown(timeout))
}

// open makes the loops. The port is the first one's: when the kernel chose it, the others follow.
func (s *session) open() error {
	config := loopConfig{host: s.host, port: s.port}
	if s.isTest {
		config.flags = loopTest
	}
	if s.threads > 1 {
		config.flags = loopReusePort
	}
	for i := range s.threads {
		if err := s.worker.lend(&config, i); err != nil {
			return err
		}
		first := config
		if s.isOwn && i == 0 {
			first.flags |= loopConfigured
		}
		l, err := openLoop(s.app, first)
		if err != nil {
			return err
		}
		if first.flags&loopConfigured != 0 {
			forgetActivation()
		}
		s.loops = append(s.loops, l)
		config.port = l.port
	}
	return nil
}

// forgetActivation takes out of Go's copy of the environment what the engine has taken of it.
func forgetActivation() {
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		if os.Getenv(name) != "" {
			os.Unsetenv(name)
		}
	}
}

// lend gives the first loop of a worker its listener and its channel to the supervisor. The others
// accept from the same listener, which outlives the worker with all that waits in it.
func (w *inheritance) lend(config *loopConfig, i int) (err error) {
	switch {
	case w == nil:
	case i == 0:
		config.listenFD, config.controlFD = w.listenFD, w.controlFD
	default:
		config.controlFD = 0
		if config.listenFD, err = syscall.Dup(w.listenFD); err != nil {
			return withDetail(ErrSystem, "dup: %v", err)
		}
		syscall.CloseOnExec(config.listenFD)
	}
	return nil
}

// startup runs the app's startup functions; their context ends, too, when a supervisor has the loops
// drained meanwhile.
func (s *session) startup(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.loops[0].over:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s.app.runStartup(ctx)
}

// accept starts the loops, the first one last: then a worker is ready.
func (s *session) accept(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	for i := len(s.loops) - 1; i >= 0; i-- {
		err := s.loops[i].start(s.hasBanner && i == 0)
		if err != nil && !errors.Is(err, ErrStale) { // stale: drained by the supervisor meanwhile
			return err
		}
	}
	for _, f := range s.app.onReady {
		f(s.loops[0])
	}
	if s.ready != nil {
		s.ready()
	}
	return nil
}

// wait returns when all loops have ended; when one has failed, the others are drained.
func (s *session) wait(ctx context.Context, forced <-chan struct{}) error {
	failed := make(chan error, len(s.loops))
	for _, l := range s.loops {
		go func() {
			<-l.over
			failed <- l.err
		}()
	}
	var errs []error
	done := ctx.Done()
	for ended := 0; ended < len(s.loops); {
		select {
		case err := <-failed:
			ended++
			if err != nil {
				errs = append(errs, err)
				s.drain()
			}
		case <-done:
			done = nil
			s.drain()
		case <-forced:
			s.drain()
		}
	}
	return errors.Join(errs...)
}

func (s *session) drain() {
	for _, l := range s.loops {
		l.Drain()
	}
}

// abort ends the loops without a drain, for a start that failed.
func (s *session) abort() {
	for _, l := range s.loops {
		l.abort()
	}
}
