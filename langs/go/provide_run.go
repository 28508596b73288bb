package trivet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
)

// closing is what is to be done when a provided value is needed no more.
type closing func(ctx context.Context) error

// provision holds the values of one request.
type provision struct {
	values   map[*provider]reflect.Value
	closings []closing
}

// construct makes a value of those that it needs.
func (p *provider) construct(
	ctx context.Context,
	give func(source *provider) (reflect.Value, error),
) (value reflect.Value, end closing, err error) {
	arguments := make([]reflect.Value, len(p.needs))
	for i, need := range p.needs {
		switch {
		case p.sources[i] == nil:
			arguments[i] = reflect.ValueOf(ctx) // a Ctx is one
		default:
			if arguments[i], err = give(p.sources[i]); err != nil {
				return value, nil, err
			}
		}
		if !arguments[i].Type().AssignableTo(need) {
			return value, nil, withDetail(ErrState, "%v is no %v", arguments[i].Type(), need)
		}
	}
	results := p.make.Call(arguments)
	if p.errorAt > 0 && !results[p.errorAt].IsNil() {
		return value, nil, results[p.errorAt].Interface().(error)
	}
	value = results[0]
	if p.cleanupAt > 0 && !results[p.cleanupAt].IsNil() {
		return value, closingOf(results[p.cleanupAt].Interface()), nil
	}
	return value, closerOf(value), nil
}

func closingOf(cleanup any) closing {
	switch cleanup := cleanup.(type) {
	case func():
		return func(context.Context) error {
			cleanup()
			return nil
		}
	case func() error:
		return func(context.Context) error { return cleanup() }
	default:
		return cleanup.(func(context.Context) error)
	}
}

// closerOf closes a value that has a method for it.
func closerOf(value reflect.Value) closing {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Func, reflect.Chan, reflect.Slice:
		if value.IsNil() {
			return nil
		}
	}
	switch closer := value.Interface().(type) {
	case io.Closer:
		return func(context.Context) error { return closer.Close() }
	case interface {
		Close(ctx context.Context) error
	}:
		return closer.Close
	case interface{ Close() }:
		return func(context.Context) error {
			closer.Close()
			return nil
		}
	}
	return nil
}

// build makes the values that an app has once.
func (a *App) build(ctx context.Context) error {
	var give func(p *provider) (reflect.Value, error)
	give = func(p *provider) (reflect.Value, error) {
		if p.isMade {
			return p.value, nil
		}
		value, end, err := p.construct(ctx, give)
		if err != nil {
			return value, fmt.Errorf("the provider of %v (%s): %w", p.gives, p.place, err)
		}
		p.value, p.isMade = value, true
		a.built = append(a.built, p)
		if end != nil {
			a.closings = append(a.closings, end)
		}
		return value, nil
	}
	for _, p := range a.provided {
		if p.isRequest || a.overrides[p.gives] != nil {
			continue
		}
		if _, err := give(p); err != nil {
			return errors.Join(err, a.dismantle(ctx))
		}
	}
	return nil
}

// dismantle closes what build has made, the last first.
func (a *App) dismantle(ctx context.Context) error {
	var errs []error
	for _, end := range slices.Backward(a.closings) {
		if err := guardClosing(ctx, end); err != nil {
			errs = append(errs, fmt.Errorf("closing what was provided: %w", err))
		}
	}
	for _, p := range a.built {
		p.value, p.isMade = reflect.Value{}, false
	}
	a.closings, a.built = nil, nil
	return errors.Join(errs...)
}

func guardClosing(ctx context.Context, end closing) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = panicError(cause)
		}
	}()
	return end(ctx)
}

func (a *App) resolve(t reflect.Type) (reflect.Value, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	p, err := a.source(t)
	switch {
	case err != nil:
		return reflect.Value{}, err
	case p.isRequest:
		return reflect.Value{}, withDetail(ErrState, "%v (%s) is made for each request: ask its Ctx",
			t, p.place)
	case !p.isMade:
		return reflect.Value{}, withDetail(ErrState, "%v (%s) is made when the app starts", t, p.place)
	}
	return p.value, nil
}

func (c *Ctx) resolve(t reflect.Type) (reflect.Value, error) {
	p, err := c.loop.app.source(t)
	if err != nil {
		return reflect.Value{}, err
	}
	return c.provide(p)
}

// provide gives a value, making it first when it is the request's own. It may be called by one
// goroutine at a time.
func (c *Ctx) provide(p *provider) (reflect.Value, error) {
	if !p.isRequest {
		if !p.isMade {
			return reflect.Value{}, withDetail(ErrState, "%v (%s) is made when the app starts",
				p.gives, p.place)
		}
		return p.value, nil
	}
	c.mu.Lock()
	if c.state == ctxEnded {
		c.mu.Unlock()
		return reflect.Value{}, ErrStale
	}
	more := c.extra()
	if more.provision == nil {
		more.provision = &provision{values: make(map[*provider]reflect.Value)}
	}
	held := more.provision
	value, isMade := held.values[p]
	c.mu.Unlock()
	if isMade {
		return value, nil
	}
	value, end, err := p.construct(c, c.provide)
	if err != nil {
		return value, fmt.Errorf("the provider of %v (%s): %w", p.gives, p.place, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held.values[p] = value
	if end != nil {
		held.closings = append(held.closings, end)
	}
	return value, nil
}

// inject fills the fields of an input that providers give.
func (p *plan) inject(c *Ctx, in reflect.Value) error {
	for i := range p.injected {
		field := &p.injected[i]
		value, err := c.provide(field.source)
		if err != nil {
			return err
		}
		in.FieldByIndex(field.index).Set(value)
	}
	return nil
}
