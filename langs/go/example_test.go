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

// Hooks of the app, of a group and of a route.
func ExampleApp_Group() {
	requireToken := func(c *trivet.Ctx) error {
		if c.Header("Authorization") == "" {
			return trivet.Unauthorized("log in first").WithHeader("WWW-Authenticate", "Bearer")
		}
		return nil
	}
	try(func(app *trivet.App) {
		admin := app.Group("/admin", trivet.Before(requireToken))
		users := admin.Group("/users")
		users.Get("/{id:int}", func(c *trivet.Ctx) error { return c.Text(c.Param("id")) })
	}, "/admin/users/7")
	// Output: 401 {"type":"about:blank","title":"Unauthorized","status":401,"detail":"log in first"}
}

func ExampleApp_After() {
	try(func(app *trivet.App) {
		app.After(func(_ *trivet.Ctx, r *trivet.Response) error {
			r.Body = append(r.Body, " …"...)
			return r.SetHeader("X-Shortened", "true")
		})
		app.Get("/", func(c *trivet.Ctx) error { return c.Text("Once upon a time") })
	}, "/")
	// Output: 200 Once upon a time …
}

// Errors become answers in one place.
func ExampleApp_OnError() {
	errNoSuchUser := errors.New("no such user")
	try(func(app *trivet.App) {
		app.OnError(func(c *trivet.Ctx, err error) error {
			if errors.Is(err, errNoSuchUser) {
				return trivet.NotFound("we do not know them")
			}
			return nil
		})
		app.Get("/users/{id:int}", func(*trivet.Ctx) error {
			return fmt.Errorf("asking the database: %w", errNoSuchUser)
		})
	}, "/users/7")
	// Output: 404 {"type":"about:blank","title":"Not Found","status":404,"detail":"we do not know them"}
}

func ExampleApp_URL() {
	app := trivet.New()
	defer app.Close()
	show := func(c *trivet.Ctx) error { return c.Text(c.Param("id")) }
	app.Get("/users/{id:int}", show, trivet.Name("user"))
	fmt.Println(app.URL("user", trivet.Params{"id": 7}, trivet.Query("tab", "a & b")))
	_, err := app.URL("user", trivet.Params{"id": "seven"})
	fmt.Println(errors.Is(err, trivet.ErrArgument))
	// Output:
	// /users/7?tab=a+%26+b <nil>
	// true
}

func ExampleApp_OnStartup() {
	try(func(app *trivet.App) {
		var greeting string
		app.OnStartup(func(context.Context) error {
			greeting = "ready"
			return nil
		})
		app.Get("/", func(c *trivet.Ctx) error { return c.Text(greeting) })
	}, "/")
	// Output: 200 ready
}

func ExampleValue() {
	type userKey struct{}
	try(func(app *trivet.App) {
		app.Before(func(c *trivet.Ctx) error {
			c.Set(userKey{}, "Ada")
			return nil
		})
		app.Get("/", func(c *trivet.Ctx) error {
			user, ok := trivet.Value[string](c, userKey{})
			return c.JSON(trivet.Map{"user": user, "known": ok})
		})
	}, "/")
	// Output: 200 {"known":true,"user":"Ada"}
}

func ExampleHost() {
	try(func(app *trivet.App) {
		app.Get("/", func(c *trivet.Ctx) error { return c.Text(c.Param("tenant")) },
			trivet.Host("{tenant}.example.com"))
		app.Get("/", func(c *trivet.Ctx) error { return c.Text("everybody else") })
	}, "/")
	// Output: 200 everybody else
}
