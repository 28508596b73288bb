package trivet

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// LifecycleHook runs at the start or the end of a process that serves an app.
type LifecycleHook = func(ctx context.Context) error

// OnStartup adds functions that run once in each process before it accepts, in the order added: in
// each worker, not in the process that supervises them. An error keeps the process from serving:
// Listen returns it. ctx is cancelled when the end is asked for meanwhile.
func (a *App) OnStartup(hooks ...LifecycleHook) {
	a.addLifecycle(&a.startup, hooks, callerSite(1))
}

// OnShutdown adds functions that run once in each process after the drain, in the opposite order,
// unless its startup failed. All of them run; Listen returns their errors. ctx is cancelled
// after ShutdownTimeout, and when the end is forced.
func (a *App) OnShutdown(hooks ...LifecycleHook) {
	a.addLifecycle(&a.shutdown, hooks, callerSite(1))
}

func (a *App) addLifecycle(list *[]LifecycleHook, hooks []LifecycleHook, place string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.checkOpen()
	for _, hook := range hooks {
		if err == nil && hook == nil {
			err = withDetail(ErrArgument, "the function is nil")
		}
	}
	if err != nil {
		a.errs = append(a.errs, fmt.Errorf("startup or shutdown (%s): %w", place, err))
		return
	}
	*list = append(*list, hooks...)
}

func (a *App) runStartup(ctx context.Context) (err error) {
	a.background.open()
	if err := a.build(ctx); err != nil {
		return fmt.Errorf("startup failed: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.dismantle(ctx))
		}
	}()
	for _, hook := range a.startup {
		if err := hook(ctx); err != nil {
			return fmt.Errorf("startup failed: %w", err)
		}
	}
	return nil
}

func (a *App) runShutdown(ctx context.Context) error {
	var errs []error
	if left := a.background.drain(ctx); left > 0 {
		a.Log(LogWarn, fmt.Sprintf("%d functions of After still run at the end of shutdown_timeout_ms", left))
	}
	for _, hook := range slices.Backward(a.shutdown) {
		if err := hook(ctx); err != nil {
			errs = append(errs, fmt.Errorf("shutdown failed: %w", err))
		}
	}
	errs = append(errs, a.dismantle(ctx))
	return errors.Join(errs...)
}
