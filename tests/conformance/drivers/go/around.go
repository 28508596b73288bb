package main

import (
	"errors"
	"slices"

	"github.com/trivet/trivet/langs/go"
)

// wayKey holds the names of the hooks before and around that ran.
type wayKey struct{}

func way(c *trivet.Ctx) []string {
	names, ok := trivet.Value[[]string](c, wayKey{})
	if !ok {
		return slices.Clone(trace(c))
	}
	return names
}

// around is the hook of a name, which does what the request's fields ask it to.
func around(name string) trivet.AroundHook {
	return func(c *trivet.Ctx, next trivet.Handler) error {
		asks := func(what string) bool { return c.Header("x-around-"+what) == name }
		if asks("fail") {
			return errors.New(name + " fails around")
		}
		c.Set(wayKey{}, append(way(c), "around "+name))
		if asks("stop") {
			return c.Status(403).Text("stopped around " + name)
		}
		if asks("nothing") {
			return nil
		}
		if err := next(c); err != nil {
			if !asks("catch") {
				return err
			}
			if err := c.Text("caught by " + name); err != nil {
				return err
			}
		}
		if asks("twice") {
			return next(c)
		}
		if asks("fail-after") {
			return errors.New(name + " fails around, afterwards")
		}
		return change(c.Response(), name, asks)
	}
}

// change does it with the answer; one in pieces has begun to leave, and there is none.
func change(r *trivet.Response, name string, asks func(what string) bool) error {
	if r == nil {
		return nil
	}
	if asks("replace") {
		*r = trivet.Response{Status: 200, Body: []byte("replaced by " + name)}
	}
	if asks("status") {
		r.Status = 299
	}
	return r.AddHeader("x-around", name)
}

func showWay(c *trivet.Ctx, in leafPath) (trivet.Map, error) {
	return trivet.Map{"trace": way(c), "org": in.Org, "id": in.ID}, nil
}

// aroundRoutes registers a tree of groups with around hooks. Hooks of Go may block: there is one kind.
func aroundRoutes(app *trivet.App) {
	for _, prefix := range []string{"/w", "/wa"} {
		outer := app.Group(prefix, trivet.Around(around("outer")))
		inner := outer.Group("/inner/{org}")
		inner.Around(around("inner"))
		trivet.Get(inner, "/leaf/{id:int}", showWay, trivet.Before(before("route")),
			trivet.Around(around("route")), trivet.After(after("route")))
		outer.Get("/boom", func(*trivet.Ctx) error { panic("boom") })
		outer.Get("/http", func(*trivet.Ctx) error {
			return trivet.NewError(409, "already there").WithHeader("Retry-After", "7")
		})
		outer.Get("/created", func(c *trivet.Ctx) error {
			return c.JSON(trivet.Map{"created": true})
		}, trivet.Status(201))
		outer.Get("/empty", func(*trivet.Ctx) error { return nil })

		own := trivet.Around(around("route"))
		app.Get(prefix+"/pieces", func(c *trivet.Ctx) error {
			w, err := c.Stream(0, "text/plain")
			if err != nil {
				return err
			}
			for _, piece := range []string{"one ", "two"} {
				if _, err := w.WriteString(piece); err != nil {
					return err
				}
			}
			return nil
		}, own)
		app.Get(prefix+"/broken", func(*trivet.Ctx) error { return errors.New("no piece") }, own)
		app.SSE(prefix+"/events", func(_ *trivet.Ctx, out *trivet.Stream) error {
			for _, data := range []string{"one", "two"} {
				if err := out.Send(data); err != nil {
					return err
				}
			}
			return nil
		}, own)
	}
}
