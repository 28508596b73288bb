package trivet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/trivet/trivet/langs/go"
)

// try serves an app on a free port, prints what it answers to a GET, and drains.
func try(routes func(app *trivet.App), target string) {
	ctx, drain := context.WithCancel(context.Background())
	app := trivet.New(trivet.OnReady(func(l *trivet.Loop) {
		defer drain()
		response, err := http.Get("http://" + l.Addr() + target)
		if err != nil {
			log.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(response.StatusCode, string(body))
	}))
	routes(app)
	if err := errors.Join(app.Serve(ctx, "127.0.0.1:0"), app.Close()); err != nil {
		log.Fatal(err)
	}
}

func Example() {
	app := trivet.New()
	defer app.Close()

	app.Get("/", func(c *trivet.Ctx) error { return c.JSON(trivet.Map{"hello": "world"}) })

	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a program calls app.Listen(":8000"), which serves until SIGTERM
	fmt.Println(app.Serve(ctx, "127.0.0.1:0"))
	// Output: <nil>
}

func ExampleApp_Get() {
	try(func(app *trivet.App) {
		app.Get("/users/{name}", func(c *trivet.Ctx) error {
			return c.Text("Hello, " + c.Param("name") + "!")
		})
	}, "/users/Ada")
	// Output: 200 Hello, Ada!
}

// A handler marked Inline runs on the loop's own thread: it must not block.
func ExampleInline() {
	try(func(app *trivet.App) {
		app.Get("/health", func(c *trivet.Ctx) error { return c.Text("ok") }, trivet.Inline)
	}, "/health")
	// Output: 200 ok
}

// Input and result have types: the path, the query and the body fill In, Out becomes JSON.
func ExampleGet() {
	type userInput struct {
		ID      int  `path:"id"`
		Verbose bool `query:"verbose"`
	}
	type user struct {
		ID      int  `json:"id"`
		Verbose bool `json:"verbose"`
	}
	try(func(app *trivet.App) {
		trivet.Get(app, "/users/{id:int}", func(c *trivet.Ctx, in userInput) (user, error) {
			return user(in), nil
		})
	}, "/users/7?verbose=true")
	// Output: 200 {"id":7,"verbose":true}
}

// An HTTPError is what the client sees; any other error is 500 and a line in the log.
func ExampleNewError() {
	try(func(app *trivet.App) {
		app.Get("/soup", func(*trivet.Ctx) error { return trivet.NewError(404, "no soup for you") })
	}, "/soup")
	// Output: 404 {"type":"about:blank","title":"Not Found","status":404,"detail":"no soup for you"}
}

func ExampleFromHTTP() {
	old := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path)
	})
	try(func(app *trivet.App) { app.Handle("*", "/old", trivet.FromHTTP(old)) }, "/old")
	// Output: 200 GET /old
}

func ExampleApp_Listen() {
	app := trivet.New(trivet.Config{BodyBytesMax: 10 << 20})
	defer app.Close()
	app.Get("/{", func(*trivet.Ctx) error { return nil })
	fmt.Println(errors.Is(app.Listen(":8000"), trivet.ErrPattern))
	// Output: true
}
