package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/trivet/trivet/langs/go"
)

type user struct {
	ID int `json:"id" path:"id"`
}

type echo struct {
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Query      string      `json:"query"`
	Headers    [][2]string `json:"headers"`
	BodyLength int         `json:"body_length"`
	BodySHA256 string      `json:"body_sha256"`
}

// routes registers what every driver has, apart from /ops.
func routes(app *trivet.App) {
	app.Get("/hello", func(c *trivet.Ctx) error { return c.Text("Hello, World!") }, trivet.Inline)
	app.Get(
		"/json",
		func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"message": "Hello, World!"}) },
	)
	trivet.Get(
		app,
		"/users/{id:int}",
		func(_ *trivet.Ctx, in user) (user, error) { return in, nil },
	)
	app.Handle("*", "/echo", answerEcho)
	app.Handle("*", "/body", answerBody)
	app.Get("/boom", func(*trivet.Ctx) error { return errors.New("boom: the handler failed") })
	app.Get("/sleep/{ms:int}", func(c *trivet.Ctx) error { return sleep(c, c.ParamInt("ms")) })
	app.Get("/status/{code:int}", answerStatus)
}

func answerEcho(c *trivet.Ctx) error {
	body := c.Body()
	sum := sha256.Sum256(body)
	answer := echo{
		Method:     c.Method(),
		Path:       c.Path(),
		Query:      c.QueryString(),
		Headers:    [][2]string{},
		BodyLength: len(body),
		BodySHA256: hex.EncodeToString(sum[:]),
	}
	for _, field := range c.Headers() {
		answer.Headers = append(answer.Headers, [2]string{field.Name, field.Value})
	}
	return c.JSON(answer)
}

func answerBody(c *trivet.Ctx) error {
	if body := c.Body(); len(body) > 0 {
		return c.Bytes(body)
	}
	return c.Text("ok")
}

func answerStatus(c *trivet.Ctx) error {
	code := c.ParamInt("code")
	if code < 200 || code > 599 {
		return trivet.NewError(400, "the status must be 200 to 599")
	}
	return c.Status(code).NoContent()
}

// sleep answers after a while, or not at all when the client leaves first.
func sleep(c *trivet.Ctx, milliseconds int) error {
	select {
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
		return c.Text("slept")
	case <-c.Done():
		return nil
	}
}
