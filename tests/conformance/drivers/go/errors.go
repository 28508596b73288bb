package main

import (
	"errors"

	"github.com/trivet/trivet/langs/go"
)

// domainError is an error of the program, which knows nothing of HTTP.
type domainError struct{ what string }

func (e *domainError) Error() string { return e.what }

func errorRoutes(app *trivet.App) {
	app.Get("/errors/http", func(*trivet.Ctx) error {
		return trivet.NewError(409, "already there").WithHeader("Retry-After", "7")
	})
	app.Get("/errors/helper", func(*trivet.Ctx) error { return trivet.NotFound("no such thing") })
	app.Get("/errors/custom", func(*trivet.Ctx) error { return &domainError{"kaput"} })
}

// errorHandler maps the program's own error, and all others when it is asked to.
func errorHandler(mapsAll bool) trivet.ErrorHandler {
	return func(c *trivet.Ctx, err error) error {
		var domain *domainError
		if errors.As(err, &domain) {
			return c.Status(418).JSON(trivet.Map{"error": domain.what})
		}
		if !mapsAll {
			return nil
		}
		status, detail := 500, ""
		var problem *trivet.HTTPError
		if errors.As(err, &problem) {
			status, detail = problem.Status, problem.Detail
		}
		return errors.Join(
			c.SetHeader("x-error", "mapped"),
			c.JSON(trivet.Map{"error": status, "detail": detail}),
		)
	}
}
