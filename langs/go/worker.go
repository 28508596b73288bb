package trivet

/*
#include "bridge.h"
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"errors"
	"os"
	"runtime"
	"unsafe"
)

// WorkerInfo tells which of a supervisor's workers a process is.
type WorkerInfo struct {
	Slot    int // its number, from 0
	Workers int // how many there are
}

// Worker tells which worker this process is, once Listen or Serve has begun; false when no
// supervisor started it.
func (a *App) Worker() (info WorkerInfo, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.worker == nil {
		return WorkerInfo{}, false
	}
	return *a.worker, true
}

// inheritance is what a supervisor gave this process.
type inheritance struct {
	listenFD  int
	controlFD int
}

// inherit takes what a supervisor gave this process; nil when there is none. Processes started from
// here on are no workers. The caller holds a.mu.
func (a *App) inherit() (*inheritance, error) {
	var info C.trivet_worker_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	err := statusError(C.trivet_supervisor_inherit(&info))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, withDetail(ErrArgument, "TRIVET_WORKER=%q", os.Getenv("TRIVET_WORKER"))
	}
	os.Unsetenv("TRIVET_WORKER") // Go has an environment of its own
	a.worker = &WorkerInfo{Slot: int(info.slot), Workers: int(info.workers)}
	return &inheritance{listenFD: int(info.listen_fd), controlFD: int(info.control_fd)}, nil
}

// supervise starts this executable anew for each worker, until ctx is done and all have ended.
func (s *session) supervise(ctx context.Context, forced <-chan struct{}) error {
	defer close(s.over)
	executable, err := os.Executable()
	if err != nil {
		return withDetail(ErrSystem, "the own executable: %v", err)
	}
	stop, stopper, err := os.Pipe()
	if err != nil {
		return withDetail(ErrSystem, "pipe: %v", err)
	}
	defer stop.Close()
	ended := make(chan struct{})
	relayed := make(chan struct{})
	go func() {
		defer close(relayed)
		relayStops(ctx.Done(), forced, ended, stopper)
	}()
	err = s.runSupervisor(append([]string{executable}, os.Args[1:]...), int(stop.Fd()))
	close(ended)
	<-relayed
	return err
}

// relayStops writes a byte for the drain, and another to force the end.
func relayStops(done, forced, ended <-chan struct{}, stopper *os.File) {
	defer stopper.Close()
	for {
		select {
		case <-done:
			done = nil
		case <-forced:
		case <-ended:
			return
		}
		if _, err := stopper.Write([]byte{1}); err != nil {
			return
		}
	}
}

func (s *session) runSupervisor(command []string, stopFD int) error {
	config, err := s.app.Config()
	if err != nil {
		return err
	}
	texts := make([]*C.char, len(command)+1) // in C's memory, but for the slice
	for i, text := range command {
		texts[i] = C.CString(text)
		defer C.free(unsafe.Pointer(texts[i]))
	}
	size := C.size_t(len(texts)) * C.size_t(unsafe.Sizeof(texts[0]))
	argv := (**C.char)(C.malloc(size))
	defer C.free(unsafe.Pointer(argv))
	copy(unsafe.Slice(argv, len(texts)), texts)
	host := C.CString(s.host)
	defer C.free(unsafe.Pointer(host))
	also := C.CString(config.AlsoListen)
	defer C.free(unsafe.Pointer(also))

	var settings C.trivet_supervisor_config
	C.trivet_supervisor_config_init(&settings, C.size_t(unsafe.Sizeof(settings)))
	settings.host = C.trivet_str{data: host, size: C.size_t(len(s.host))}
	settings.port = C.uint32_t(s.port)
	settings.workers = C.uint32_t(s.workers)
	settings.backlog = C.uint32_t(config.Backlog)
	settings.start_timeout_ms = C.uint32_t(config.StartTimeout.Milliseconds())
	settings.shutdown_timeout_ms = C.uint32_t(config.ShutdownTimeout.Milliseconds())
	settings.log_level = C.uint32_t(config.LogLevel)
	settings.stop_fd = C.int32_t(stopFD)
	settings.also_listen = C.trivet_str{data: also, size: C.size_t(len(config.AlsoListen))}
	settings.command = argv
	runtime.LockOSThread() // the kernel tells a child's parent by its thread
	defer runtime.UnlockOSThread()
	var exitCode C.int32_t
	var failure *C.trivet_error
	status := C.trivet_supervisor_run(&settings, nil, nil, nil, &exitCode, &failure)
	if status != 0 {
		return takeError(status, failure)
	}
	if exitCode != 0 {
		return withDetail(ErrState, "a worker did not end by itself and was killed")
	}
	return nil
}
