package trivet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/trivet/trivet/langs/go"
)

// send serves an app on a free port, prints what it answers to a request, and drains.
func send(routes func(app *trivet.App), method, target, body string) {
	ctx, drain := context.WithCancel(context.Background())
	app := trivet.New(trivet.OnReady(func(l *trivet.Loop) {
		defer drain()
		url := "http://" + l.Addr() + target
		request, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
		if err != nil {
			log.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			log.Fatal(err)
		}
		all := fmt.Sprintln(response.StatusCode, response.Header.Get("Location"), string(content))
		fmt.Println(strings.Join(strings.Fields(all), " "))
	}))
	routes(app)
	if err := errors.Join(app.Serve(ctx, "127.0.0.1:0"), app.Close()); err != nil {
		log.Fatal(err)
	}
}

// The body fills the fields that have a json tag; a success has the status of the route.
func ExamplePost() {
	type order struct {
		SKU string `json:"sku"`
		Qty int    `json:"qty"`
	}
	send(func(app *trivet.App) {
		trivet.Post(app, "/orders", func(_ *trivet.Ctx, in order) (order, error) {
			in.Qty++
			return in, nil
		}, trivet.Status(201))
	}, "POST", "/orders", `{"sku": "kettle", "qty": 1}`)
	// Output: 201 {"sku":"kettle","qty":2}
}

func ExampleApp_Post() {
	send(func(app *trivet.App) {
		app.Post("/echo", func(c *trivet.Ctx) error { return c.Bytes(c.Body()) })
	}, "POST", "/echo", "what was sent")
	// Output: 200 what was sent
}

// Several methods may share a handler; metadata stays with the route.
func ExampleApp_Route() {
	send(func(app *trivet.App) {
		app.Route([]string{"PUT", "DELETE"}, "/items/{id:int}", func(c *trivet.Ctx) error {
			return c.Text(fmt.Sprint(c.Method(), " ", c.ParamInt("id"), " ", c.Route().Metadata["team"]))
		}, trivet.Meta("team", "core"))
	}, "DELETE", "/items/7", "")
	// Output: 200 DELETE 7 core
}

func ExampleApp_Before() {
	send(func(app *trivet.App) {
		app.Before(func(c *trivet.Ctx) error {
			if c.Query("key") != "secret" {
				return trivet.Forbidden("no")
			}
			return nil
		})
		app.Get("/", func(c *trivet.Ctx) error { return c.Text("yes") })
	}, "GET", "/?key=secret", "")
	// Output: 200 yes
}

func ExampleCtx_Bind() {
	send(func(app *trivet.App) {
		app.Post("/names", func(c *trivet.Ctx) error {
			var in struct {
				Name string `json:"name"`
			}
			if err := c.Bind(&in); err != nil {
				return err
			}
			return c.Text("Hello, " + in.Name)
		})
	}, "POST", "/names", `{"name": "Ada"}`)
	// Output: 200 Hello, Ada
}

func ExampleCtx_JSON() {
	try(func(app *trivet.App) {
		app.Get("/", func(c *trivet.Ctx) error {
			return c.Status(202).JSON(trivet.Map{"queued": true})
		})
	}, "/")
	// Output: 202 {"queued":true}
}

func ExampleCtx_Query() {
	try(func(app *trivet.App) {
		app.Get("/search", func(c *trivet.Ctx) error { return c.Text(c.Query("q")) })
	}, "/search?q=tea+and+scones")
	// Output: 200 tea and scones
}

func ExampleCtx_Redirect() {
	send(func(app *trivet.App) {
		app.Get("/old", func(c *trivet.Ctx) error { return c.Redirect("/new") })
	}, "GET", "/old", "")
	// Output: 303 /new
}

func ExampleCtx_SetHeader() {
	send(func(app *trivet.App) {
		app.Get("/", func(c *trivet.Ctx) error {
			if err := c.SetHeader("Location", "/elsewhere"); err != nil {
				return err
			}
			return c.Status(201).Text("made")
		})
	}, "GET", "/", "")
	// Output: 201 /elsewhere made
}

func ExampleErrorf() {
	try(func(app *trivet.App) {
		app.Get("/cups/{id:int}", func(c *trivet.Ctx) error {
			return trivet.Errorf(410, "cup %d is broken", c.ParamInt("id"))
		})
	}, "/cups/3")
	// Output: 410 {"type":"about:blank","title":"Gone","status":410,"detail":"cup 3 is broken"}
}

func ExampleApp_Routes() {
	app := trivet.New()
	defer app.Close()
	users := app.Group("/users")
	users.Get("/{id:int}", func(*trivet.Ctx) error { return nil }, trivet.Name("user"))
	for _, route := range app.Routes() {
		fmt.Println(route.Methods, route.Pattern, route.Name)
	}
	// Output: [GET] /users/{id:int} user
}

// Limits are options of New; what is not set comes from the environment or trivet.toml.
func ExampleNew() {
	app := trivet.New(trivet.Config{BodyBytesMax: 1 << 20, Engine: trivet.EngineEpoll})
	defer app.Close()
	config, err := app.Config()
	fmt.Println(config.BodyBytesMax, config.Engine, err)
	// Output: 1048576 epoll <nil>
}

// Serve ends when its context does: for tests and for programs with an end of their own.
func ExampleApp_Serve() {
	ctx, cancel := context.WithCancel(context.Background())
	app := trivet.New(trivet.OnReady(func(*trivet.Loop) { cancel() }))
	defer app.Close()
	app.OnShutdown(func(context.Context) error {
		fmt.Println("the database is closed")
		return nil
	})
	fmt.Println(app.Serve(ctx, "127.0.0.1:0"))
	// Output:
	// the database is closed
	// <nil>
}

func ExampleCtx_SetCookie() {
	send(func(app *trivet.App) {
		app.Post("/login", func(c *trivet.Ctx) error {
			session := trivet.Cookie{Name: "__Host-session", Value: "31d4", MaxAge: time.Hour}
			if err := c.SetCookie(session); err != nil {
				return err
			}
			return c.Text("welcome")
		})
	}, "POST", "/login", "")
	// Output: 200 welcome
}

func ExampleCookie_Encode() {
	fmt.Println(trivet.Cookie{Name: "theme", Value: "dark", Scripts: true}.Encode())
	fmt.Println(trivet.Cookie{Name: "theme", Value: "dark; Domain=evil"}.Encode())
	// Output:
	// theme=dark; Path=/; Secure; SameSite=Lax <nil>
	//  trivet: a cookie's value is printable ASCII without space, comma, semicolon, backslash and double quote; encode anything else
}
