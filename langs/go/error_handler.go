package trivet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrorHandler makes an answer of an error; see [App.OnError].
type ErrorHandler = func(c *Ctx, err error) error

// OnError sets the one place where errors become answers: those that handlers and hooks return, their
// panics, and what the engine would refuse by itself, as [HTTPError] of status 404, 405 or 413. Find
// out with errors.Is and errors.As what it is. The handler answers through c, where the status is
// that of the HTTPError, else 500, unless it sets another, and the fields of the HTTPError are set
// already; or it returns an error to be answered in place of err; or it returns nil without having
// answered, for the problem details that err gets without a handler.
//
// An error that is no HTTPError and ends as 500 or above is logged, whoever answers it.
//
//	app.OnError(func(c *trivet.Ctx, err error) error {
//		if errors.Is(err, sql.ErrNoRows) {
//			return trivet.NotFound("")
//		}
//		return nil
//	})
func (a *App) OnError(h ErrorHandler) {
	place := callerSite(1)
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.checkOpen()
	if err == nil && h == nil {
		err = withDetail(ErrArgument, "the error handler is nil")
	}
	if err != nil {
		a.errs = append(a.errs, fmt.Errorf("error handler (%s): %w", place, err))
		return
	}
	a.errorHandler = h
}

// mapError has the app's handler answer an error and gives the one that is left: nil when it
// answered.
func (c *Ctx) mapError(err error) error {
	handler := c.loop.app.errorHandler
	if handler == nil || !c.reopen(err) {
		return err
	}
	mapped := c.guard(func() error { return handler(c, err) })
	c.mu.Lock()
	if mapped == nil && c.state == ctxOpen {
		mapped = c.extra().failure
	}
	isAnswered := c.state == ctxAnswered
	isExpected := problemOf(err) != nil || c.isDeparture(err)
	isServerError := isAnswered && binary.NativeEndian.Uint32((*c.records)[c.start+recordStatus:]) >= 500
	c.mu.Unlock()
	switch {
	case mapped != nil && (problemOf(mapped) != nil || errors.Is(mapped, err)):
		return mapped
	case mapped != nil:
		return fmt.Errorf("the error handler failed: %w (it was called for: %v)", mapped, err)
	case !isAnswered:
		return err
	}
	if isServerError && !isExpected {
		c.loop.app.tellFailure(err)
	}
	if isServerError && problemOf(err) == nil {
		c.logFailure(err.Error())
	}
	return nil
}

// reopen forgets the answer for the one that an error handler gives, and sets what that begins
// with. False when the loop has ended.
func (c *Ctx) reopen(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == ctxEnded {
		return false
	}
	*c.records = (*c.records)[:c.start]
	c.state = ctxOpen
	c.status = 0
	more := c.extra()
	more.fields, more.failure, more.response, more.status = nil, nil, nil, 500
	if problem := problemOf(err); problem != nil {
		more.status = problem.Status
		more.fields = append([]Field(nil), problem.Headers...)
	}
	return true
}

// logFailure writes the line that the engine writes for a failed request.
func (c *Ctx) logFailure(cause string) {
	c.loop.app.Log(LogError, fmt.Sprintf("request %d %s %s failed: %s",
		c.ID(), c.Method(), c.Path(), cause))
}

// isDeparture says that a handler has failed because its client left; the caller holds c.mu.
func (c *Ctx) isDeparture(err error) bool {
	return errors.Is(err, ErrGone) || (c.isGone && errors.Is(err, context.Canceled))
}

// appendError packs the answer that an error gets without a handler.
func (c *Ctx) appendError(records []byte, err error) []byte {
	if problem := problemOf(err); problem != nil {
		if len(problem.Headers) == 0 && problem.isPlain() {
			r := response{status: problem.Status, content: contentDetail}
			return appendRecord(records, c.request, r, problem.Detail)
		}
		r := response{status: problem.Status, content: contentProblem, fields: problem.Headers}
		body, failure := problem.json()
		if failure != nil {
			c.loop.app.tellFailure(failure)
			return appendFailure(records, c.request, failure.Error(), "")
		}
		return appendRecord(records, c.request, r, body)
	}
	var problem *HTTPError
	if errors.As(err, &problem) && problem != nil {
		err = problem.check()
	}
	if !c.isDeparture(err) {
		c.loop.app.tellFailure(err)
	}
	if c.loop.app.isDevelopment {
		return c.appendDevelopment(records, err)
	}
	var unserialisable *resultError
	if errors.As(err, &unserialisable) {
		return appendFailure(records, c.request, err.Error(), unserialisable.what())
	}
	return appendFailure(records, c.request, err.Error(), "")
}
