package trivet

import (
	"errors"
	"fmt"
)

// errorMapping answers the errors that it knows.
type errorMapping func(c *Ctx, err error) (isKnown bool, mapped error)

// OnError answers errors of one type, found with errors.As, in place of [App.OnError], whose rules hold:
// h answers through c, or returns another error, or nil for the usual answer. Those that were added
// first come first.
//
//	trivet.OnError(app, func(c *trivet.Ctx, err *QuotaError) error {
//		return trivet.TooManyRequests("").WithHeader("Retry-After", err.Seconds)
//	})
func OnError[E error](app *App, h func(c *Ctx, err E) error) {
	app.addMapping("OnError", callerSite(1), h == nil, func(c *Ctx, err error) (bool, error) {
		var known E
		if !errors.As(err, &known) {
			return false, nil
		}
		return true, h(c, known)
	})
}

// MapError answers the errors that are target, by errors.Is, as problem:
//
//	app.MapError(sql.ErrNoRows, trivet.NotFound("no such row"))
func (a *App) MapError(target error, problem *HTTPError) {
	a.addMapping("MapError", callerSite(1), target == nil || problem == nil,
		func(_ *Ctx, err error) (bool, error) {
			if !errors.Is(err, target) {
				return false, nil
			}
			return true, problem
		})
}

func (a *App) addMapping(name, place string, isNil bool, mapping errorMapping) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.checkOpen()
	if err == nil && isNil {
		err = withDetail(ErrArgument, "an argument is nil")
	}
	if err != nil {
		a.errs = append(a.errs, fmt.Errorf("%s (%s): %w", name, place, err))
		return
	}
	a.errorMappings = append(a.errorMappings, mapping)
}

// composeErrorHandler puts the mappings in front of the app's error handler, when the first loop is
// made.
func (a *App) composeErrorHandler() {
	mappings, general := a.errorMappings, a.errorHandler
	if len(mappings) == 0 {
		return
	}
	a.errorHandler = func(c *Ctx, err error) error {
		for _, mapping := range mappings {
			if isKnown, mapped := mapping(c, err); isKnown {
				return mapped
			}
		}
		if general == nil {
			return nil
		}
		return general(c, err)
	}
}
