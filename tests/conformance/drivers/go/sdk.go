package main

import (
	"io"
	"slices"

	"github.com/trivet/trivet/langs/go"
)

// sdkRoutes registers what only SDKs have.
func sdkRoutes(app *trivet.App) {
	app.Get("/sdk/ndjson", func(c *trivet.Ctx) error {
		return c.NDJSON(trivet.Values(slices.Values([]any{trivet.Map{"n": 1}, "ü\n", nil})))
	})
	app.Get("/sdk/tokens", func(c *trivet.Ctx) error {
		tokens := trivet.Values(slices.Values([]string{"You", " said\n", "ü"}))
		return trivet.NewTokenStream(tokens, trivet.TokenFormat(c.Query("format"))).Send(c)
	})
	app.Post("/sdk/progress", answerProgress, trivet.StreamBody())
}

func answerProgress(c *trivet.Ctx) error {
	var received, total any
	c.OnProgress(func(bytes, of int64) {
		if received, total = bytes, of; of < 0 {
			total = nil
		}
	})
	size, err := io.Copy(io.Discard, c.BodyReader())
	if err != nil {
		return err
	}
	return c.JSON(trivet.Map{"received": received, "total": total, "bytes": size})
}
