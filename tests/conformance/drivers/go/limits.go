package main

import (
	"time"

	"github.com/trivet/trivet/langs/go"
)

// limitRoutes registers routes with limits of their own, and of the groups they are in.
func limitRoutes(app *trivet.App) {
	body := func(c *trivet.Ctx) error { return c.Bytes(c.Body()) }
	outer := app.Group("/limits", trivet.RouteLimits{BodyBytesMax: 12})
	outer.Post("/body", body)
	outer.Post("/more", body, trivet.RouteLimits{BodyBytesMax: 16})
	outer.Post("/slow", answerStreamCount, trivet.StreamBody(),
		trivet.RouteLimits{BodyTimeout: 200 * time.Millisecond})
	outer.Post("/drip", answerStreamCount, trivet.StreamBody(), trivet.RouteLimits{
		BodyBytesMax: 1 << 40, BodyTimeout: 200 * time.Millisecond, BodyRateMin: 10_000,
	})
	outer.Get("/bytes/{n:int}", answerStreamBytes, trivet.RouteLimits{SendRateMin: 1_000_000})

	inner := outer.Group("/inner", trivet.RouteLimits{RequestTimeout: 100 * time.Millisecond})
	inner.Post("/body", body)
	inner.Get("/late", func(c *trivet.Ctx) error { return sleep(c, 60_000) })
	inner.Get("/patient", func(c *trivet.Ctx) error { return sleep(c, 400) },
		trivet.RouteLimits{RequestTimeout: trivet.Unlimited})

	few := outer.Group("/few", trivet.RouteLimits{RequestsMax: 2})
	few.Post("/hold", answerStreamCount, trivet.StreamBody(), trivet.RouteLimits{RequestsMax: 1})
	few.Post("/keep", answerStreamCount, trivet.StreamBody())
	few.Get("/free", func(c *trivet.Ctx) error { return c.Text("free") })
}
