package main

import (
	"strings"

	"github.com/trivet/trivet/langs/go"
)

// kind is what the value of a parameter is echoed as.
type kind int

const (
	text kind = iota
	integer
	uuid
)

// echoed says which parameter each pattern has.
var echoed = []struct {
	name, method, pattern, param string
	kind                         kind
}{
	{"int", "GET", "/r/int/{n:int}", "n", integer},
	{"uuid", "GET", "/r/uuid/{u:uuid}", "u", uuid},
	{"text", "GET", "/r/text/{t}", "t", text},
	{"path", "GET", "/r/path/{rest:path}", "rest", text},
	{"regex", "GET", "/r/regex/{code:regex([A-Z]{3}[0-9]+)}", "code", text},
	{"", "GET", "/r/p/new", "", text},
	{"", "GET", "/r/p/{id:int}", "id", integer},
	{"", "GET", "/r/p/{id:uuid}", "id", uuid},
	{"", "GET", "/r/p/{id:regex(v[0-9]+)}", "id", text},
	{"", "GET", "/r/p/{name}", "name", text},
	{"", "GET", "/r/p/{rest:path}", "rest", text},
	{"", "GET", "/r/u/new", "", text},
	{"", "POST", "/r/u/{name}", "name", text},
	{"", "PUT", "/r/u/{rest:path}", "rest", text},
	{"", "GET", "/r/slow/{s:regex((a+)+$)}", "s", text},
}

func routingRoutes(app *trivet.App) {
	for _, route := range echoed {
		app.Handle(route.method, route.pattern, echoParam(route.param, route.kind),
			trivet.Name(route.name))
	}
	app.Route([]string{"GET", "PUT", "DELETE"}, "/r/methods", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{"method": c.Method()})
	})
	app.Get("/r/host", answerMap(trivet.Map{"host": "api"}), trivet.Host("api.example.com"))
	app.Get("/r/host", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{"tenant": c.Param("tenant")})
	}, trivet.Host("{tenant}.example.com"), trivet.Name("tenant"))
	app.Post("/r/host", func(c *trivet.Ctx) error {
		return c.JSON(trivet.Map{"tenant": c.Param("tenant"), "region": "eu"})
	}, trivet.Host("{tenant}.eu.example.com"))
	app.Get("/r/host", answerMap(trivet.Map{"host": "any"}))
}

func answerMap(answer trivet.Map) trivet.Handler {
	return func(c *trivet.Ctx) error { return c.JSON(answer) }
}

// echoParam answers with the route's pattern and its parameter.
func echoParam(name string, kind kind) trivet.Handler {
	return func(c *trivet.Ctx) error {
		params := trivet.Map{}
		switch {
		case name == "":
		case kind == integer:
			params[name] = c.ParamInt(name)
		case kind == uuid:
			params[name] = strings.ToLower(c.Param(name))
		default:
			params[name] = c.Param(name)
		}
		return c.JSON(trivet.Map{"route": c.Route().Pattern, "params": params})
	}
}
