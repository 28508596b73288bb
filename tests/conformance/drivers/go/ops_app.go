package main

import (
	"errors"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// stateKey holds what a route's before hook keeps for its handler.
type stateKey struct{}

// operationRoutes registers the operations that have a route of their own, and the one for all others.
func (d *driver) operationRoutes() {
	d.app.Get("/ops/route", answerRoute, trivet.Name("ops-route"), trivet.Meta("team", "core"))
	d.app.Get("/ops/state", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{"state": c.Get(stateKey{})})
	}, trivet.Before(func(c *trivet.Ctx) error {
		c.Set(stateKey{}, "kept")
		return nil
	}))
	d.app.Get("/ops/block", answerBlock, trivet.Inline)
	d.app.Get("/ops/{name}", d.answerOperation)
}

// answerBlock keeps the loop's thread from serving anybody.
func answerBlock(c *trivet.Ctx) error {
	milliseconds, err := strconv.Atoi(c.Query("ms"))
	if err != nil {
		return trivet.BadRequest("ms is not a number")
	}
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return c.Text("blocked")
}

func answerRoute(c *trivet.Ctx) error {
	route := c.Route()
	return c.JSON(trivet.Map{
		"name": route.Name, "pattern": route.Pattern, "methods": route.Methods, "host": route.Host,
		"metadata": route.Metadata, "has_site": route.Site != "",
	})
}

// answerURL builds a URL of the query's items: name=N, p:<parameter>=…, q:<parameter of the URL>=….
func answerURL(c *trivet.Ctx) error {
	params, query := trivet.Params{}, []trivet.QueryParam{}
	for _, item := range strings.Split(c.QueryString(), "&") { // in order, which a map has not
		name, value, _ := strings.Cut(item, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if err := errors.Join(nameErr, valueErr); err != nil {
			return trivet.BadRequest(err.Error())
		}
		if param, found := strings.CutPrefix(name, "p:"); found {
			params[param] = value
		} else if param, found := strings.CutPrefix(name, "q:"); found {
			query = append(query, trivet.Query(param, value))
		}
	}
	built, err := c.URL(c.Query("name"), params, query...)
	if err != nil {
		return answerError(c, err)
	}
	return c.JSON(trivet.Map{"url": built})
}

func (d *driver) answerRoutes(c *trivet.Ctx) error {
	routes, names := d.app.Routes(), []string{}
	for _, route := range routes {
		if route.Name != "" {
			names = append(names, route.Name)
		}
	}
	slices.Sort(names)
	return c.JSON(trivet.Map{"count": len(routes), "names": names})
}

func (d *driver) answerWorker(c *trivet.Ctx) error {
	info, err := c.Loop().Info()
	if err != nil {
		return err
	}
	answer := trivet.Map{"pid": os.Getpid(), "slot": nil, "workers": nil, "thread": info.Thread}
	if worker, ok := d.app.Worker(); ok {
		answer["slot"], answer["workers"] = worker.Slot, worker.Workers
	}
	return c.JSON(answer)
}

func (d *driver) answerConfig(c *trivet.Ctx) error {
	config, err := d.app.Config()
	if err != nil {
		return err
	}
	return c.JSON(trivet.Map{
		"workers": config.Workers, "threads": config.Threads, "profile": config.Profile,
		"buffer_count": config.BufferCount, "buffer_bytes": config.BufferBytes,
		"host": config.Host, "port": config.Port,
	})
}

func (d *driver) answerSetting(c *trivet.Ctx) error {
	settings, err := d.app.Settings()
	if err != nil {
		return err
	}
	for _, setting := range settings {
		if setting.Key == c.Query("key") {
			return c.JSON(trivet.Map{
				"variable": setting.Variable, "value": setting.Value, "default": setting.Default,
				"place": setting.Place, "allowed": setting.Allowed, "help": setting.Help,
				"source": setting.Source,
			})
		}
	}
	return c.JSON(trivet.Map{"error": "TRIVET_E_NOT_FOUND"})
}

// refusal lets routes be registered on an app of their own and returns what is wrong with them.
func refusal(register func(app *trivet.App)) error {
	app := trivet.New()
	register(app)
	return errors.Join(app.Err(), app.Close())
}

// groupConflicts is what registrations fail with that must fail.
func groupConflicts() trivet.Map {
	group := refusal(func(app *trivet.App) {
		app.Get("/hello", answerBody)
		app.Group("/hello").Get("", answerBody)
	})
	var conflict *trivet.Error
	sites := 0
	if errors.As(group, &conflict) {
		sites = len(regexp.MustCompile(`\w+\.go:\d+`).FindAllString(conflict.Detail, -1))
	}
	return trivet.Map{
		"name": codeOf(refusal(func(app *trivet.App) {
			app.Get("/leaf", answerBody, trivet.Name("leaf"))
			app.Get("/other-leaf", answerBody, trivet.Name("leaf"))
		})),
		"group": codeOf(group),
		"host": codeOf(refusal(func(app *trivet.App) {
			app.Get("/x", answerBody, trivet.Host("bad host"))
		})),
		"regex": codeOf(refused("/x/{c:regex(()}")),
		"path":  codeOf(refused("/x/{rest:path}/y")),
		"sites": sites == 2,
	}
}
