package trivet

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// provider makes the values of one type. What it is, and what it needs, is read once.
type provider struct {
	gives     reflect.Type
	make      reflect.Value // the constructor; none of an override
	needs     []reflect.Type
	takesCtx  bool
	cleanupAt int // of its results; 0 for none
	errorAt   int
	place     string

	// Of an app that has begun to serve.
	sources   []*provider // of needs; nil for the contexts
	isRequest bool        // anew for each request
	isChecked bool
	value     reflect.Value
	isMade    bool
}

// injected is a field of a typed handler's input that a provider fills.
type injected struct {
	index  []int
	t      reflect.Type
	name   string
	source *provider
}

var (
	ctxType     = reflect.TypeFor[*Ctx]()
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// Provide registers a constructor of what handlers need:
//
//	trivet.Provide(app, func(config *Config) (*DB, error) { … })
//	trivet.Provide(app, func(db *DB, c *trivet.Ctx) (*Repo, error) { … })
//
// Its arguments are given by other providers. A constructor with a [*Ctx], or one that needs what has
// one, runs for each request that asks, once; the others run once when the app starts, in the order in
// which they need each other, before the OnStartup functions. A [context.Context] is that of the
// start or of the request. A typed handler gets values in fields of its input with the tag `inject:""`,
// everything else by [Resolve].
//
// Besides the value and an error a constructor may give a func(), func() error or
// func(context.Context) error that cleans up; a value with a method Close is closed. That happens in the
// opposite order, at the end of the request or after the OnShutdown functions.
//
// What is missing, given twice or needs itself is refused when the app starts.
func Provide(app *App, constructor any) {
	place := callerSite(1)
	p, err := newProvider(constructor, place)
	app.mu.Lock()
	defer app.mu.Unlock()
	if err == nil {
		err = app.checkOpen()
	}
	if err == nil {
		if other := app.providers[p.gives]; other != nil {
			err = withDetail(ErrConflict, "%v is provided at %s already; Override replaces it in tests",
				p.gives, other.place)
		}
	}
	if err != nil {
		app.errs = append(app.errs, fmt.Errorf("Provide (%s): %w", place, err))
		return
	}
	if app.providers == nil {
		app.providers = make(map[reflect.Type]*provider)
	}
	app.providers[p.gives] = p
	app.provided = append(app.provided, p)
}

// Override gives a value in place of what the provider of its type makes, which then does not run: for
// tests. For an interface name the type: trivet.Override[Store](app, fake).
func Override[T any](app *App, value T) {
	place := callerSite(1)
	app.mu.Lock()
	defer app.mu.Unlock()
	if err := app.checkOpen(); err != nil {
		app.errs = append(app.errs, fmt.Errorf("Override (%s): %w", place, err))
		return
	}
	if app.overrides == nil {
		app.overrides = make(map[reflect.Type]*provider)
	}
	held := reflect.New(reflect.TypeFor[T]()).Elem()
	held.Set(reflect.ValueOf(&value).Elem())
	app.overrides[held.Type()] = &provider{gives: held.Type(), place: place, value: held, isMade: true}
}

// Resolver is what [Resolve] asks: an [App] that serves, or the [Ctx] of a request.
type Resolver interface {
	resolve(t reflect.Type) (reflect.Value, error)
}

// Resolve returns what a provider gives. Of an app these are the values that it makes once, from its
// OnStartup functions on.
func Resolve[T any](from Resolver) (value T, err error) {
	given, err := from.resolve(reflect.TypeFor[T]())
	if err != nil {
		return value, err
	}
	reflect.ValueOf(&value).Elem().Set(given)
	return value, nil
}

const constructorForm = "a provider is a function such as func(db *DB, c *trivet.Ctx) (*Repo, error)"

// newProvider reads what a constructor needs and gives.
func newProvider(constructor any, place string) (*provider, error) {
	make := reflect.ValueOf(constructor)
	if !make.IsValid() || make.Kind() != reflect.Func || make.IsNil() {
		return nil, withDetail(ErrArgument, "%T is no constructor: %s", constructor, constructorForm)
	}
	t := make.Type()
	wrong := func(what string) (*provider, error) {
		return nil, withDetail(ErrArgument, "%v %s: %s", t, what, constructorForm)
	}
	if t.IsVariadic() {
		return wrong("takes any number of arguments")
	}
	if t.NumOut() == 0 || t.Out(0) == errorType || t.NumOut() > 3 {
		return wrong("gives no value")
	}
	p := &provider{gives: t.Out(0), make: make, place: place}
	for i := 1; i < t.NumOut(); i++ {
		switch out := t.Out(i); {
		case out == errorType && i == t.NumOut()-1:
			p.errorAt = i
		case isCleanup(out) && p.cleanupAt == 0:
			p.cleanupAt = i
		default:
			return wrong(fmt.Sprintf("gives a %v that is neither an error, as the last, nor cleans up", out))
		}
	}
	for i := range t.NumIn() {
		need := t.In(i)
		p.needs = append(p.needs, need)
		p.takesCtx = p.takesCtx || need == ctxType
		if need == p.gives {
			return wrong("needs what it gives")
		}
	}
	return p, nil
}

func isCleanup(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[func()](), reflect.TypeFor[func() error](),
		reflect.TypeFor[func(context.Context) error]():
		return true
	}
	return false
}

// wire connects all that is needed with what gives it, when the first loop is made; the caller holds
// a.mu.
func (a *App) wire() error {
	for _, p := range a.provided {
		if a.overrides[p.gives] == nil {
			if err := a.check(p, nil); err != nil {
				return err
			}
		}
	}
	for _, r := range a.table {
		if r.doc.plan == nil {
			continue
		}
		for i := range r.doc.plan.injected {
			field := &r.doc.plan.injected[i]
			source, err := a.source(field.t)
			if err != nil {
				return fmt.Errorf("%s %s (%s): field %s of %v: %w", r.methods, r.pattern, r.place,
					field.name, r.doc.plan.t, err)
			}
			field.source = source
		}
	}
	return nil
}

// check looks at a provider and at all that it needs, which above led to.
func (a *App) check(p *provider, above []*provider) error {
	for i, other := range above {
		if other == p {
			var chain strings.Builder
			for _, link := range above[i:] {
				fmt.Fprintf(&chain, "%v (%s) needs ", link.gives, link.place)
			}
			return withDetail(ErrArgument, "providers need each other in a circle: %s%v; "+
				"have one of them ask with Resolve when it is used", chain.String(), p.gives)
		}
	}
	if p.isChecked || p.isMade {
		return nil
	}
	above = append(above, p)
	p.isRequest = p.takesCtx
	p.sources = make([]*provider, len(p.needs))
	for i, need := range p.needs {
		if need == ctxType || need == contextType {
			continue
		}
		source, err := a.source(need)
		if err == nil {
			err = a.check(source, above)
		} else {
			err = fmt.Errorf("the provider of %v (%s): %w", p.gives, p.place, err)
		}
		if err != nil {
			return err
		}
		p.sources[i] = source
		p.isRequest = p.isRequest || source.isRequest
	}
	p.isChecked = true
	return nil
}

// source is the provider of a type.
func (a *App) source(t reflect.Type) (*provider, error) {
	if p := a.overrides[t]; p != nil {
		return p, nil
	}
	if p := a.providers[t]; p != nil {
		return p, nil
	}
	next := fmt.Sprintf("register one with trivet.Provide(app, func(…) %v { … })", t)
	for _, p := range a.provided {
		switch {
		case t.Kind() == reflect.Interface && p.gives.Implements(t):
			next = fmt.Sprintf("the one of %v (%s) would do if it gave a %v", p.gives, p.place, t)
		case p.gives == reflect.PointerTo(t), reflect.PointerTo(p.gives) == t:
			next = fmt.Sprintf("there is one of %v (%s)", p.gives, p.place)
		}
	}
	return nil, withDetail(ErrNotFound, "no provider gives %v; %s", t, next)
}
