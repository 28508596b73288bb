package main

import (
	"errors"

	"github.com/trivet/trivet/langs/go"
)

// traceKey holds the names of the before hooks that ran.
type traceKey struct{}

func trace(c *trivet.Ctx) []string {
	names, ok := trivet.Value[[]string](c, traceKey{})
	if !ok {
		return []string{}
	}
	return names
}

// before is the hook of a name, which does what the request's fields ask it to.
func before(name string) trivet.Handler {
	return func(c *trivet.Ctx) error {
		if c.Header("x-fail") == name {
			return errors.New(name + " fails")
		}
		c.Set(traceKey{}, append(trace(c), name))
		if c.Header("x-stop") == name {
			return c.Status(403).Text("stopped by " + name)
		}
		return nil
	}
}

func after(name string) trivet.AfterHook {
	return func(c *trivet.Ctx, r *trivet.Response) error {
		switch name {
		case c.Header("x-fail-after"):
			return errors.New(name + " fails afterwards")
		case c.Header("x-inject"):
			return r.AddHeader("x-split", "a\r\nx-injected: b")
		case c.Header("x-status"):
			r.Status = 299
		}
		return r.AddHeader("x-after", name)
	}
}

// hookRoutes registers a tree of groups with hooks. Hooks of Go may block: there is one kind.
func hookRoutes(app *trivet.App) {
	for prefix, name := range map[string]string{"/g": "leaf", "/ga": "leaf-async"} {
		outer := app.Group(prefix, trivet.Before(before("outer")), trivet.After(after("outer")))
		outer.Get("", func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"trace": trace(c)}) })
		inner := outer.Group("/inner/{org}")
		inner.Before(before("inner"))
		inner.After(after("inner"))
		trivet.Get(inner, "/leaf/{id:int}", showLeaf, trivet.Name(name),
			trivet.Before(before("route")), trivet.After(after("route")))
	}
}

type leafPath struct {
	Org string `path:"org"`
	ID  int    `path:"id"`
}

func showLeaf(c *trivet.Ctx, in leafPath) (trivet.Map, error) {
	return trivet.Map{"trace": trace(c), "org": in.Org, "id": in.ID}, nil
}
