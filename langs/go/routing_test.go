package trivet

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// echoParam answers with the route's pattern and a parameter.
func echoParam(name string) Handler {
	return func(c *Ctx) error { return c.Text(c.Route().Pattern + " " + c.Param(name)) }
}

func TestConstraintsAndPrecedence(t *testing.T) {
	app := New()
	app.Get("/p/new", echoParam(""))
	app.Get("/p/{id:int}", echoParam("id"))
	app.Get("/p/{id:uuid}", echoParam("id"))
	app.Get("/p/{code:regex(v[0-9]{2,3})}", echoParam("code"))
	app.Get("/p/{name}", echoParam("name"))
	app.Get("/p/{rest:path}", echoParam("rest"))
	s := serve(t, app)
	const uuid = "0a1b2c3d-0000-4000-8000-00000000000f"
	for target, want := range map[string]string{
		"/p/new": "/p/new ", "/p/7": "/p/{id:int} 7", "/p/" + uuid: "/p/{id:uuid} " + uuid,
		"/p/v12": "/p/{code:regex(v[0-9]{2,3})} v12", "/p/v1": "/p/{name} v1",
		"/p/a%2Fb": "/p/{name} a/b", "/p/a/b": "/p/{rest:path} a/b",
	} {
		expectText(t, s.get(t, target), 200, want)
	}
}

func TestOneRouteOfSeveralMethods(t *testing.T) {
	app := New()
	app.Route([]string{"GET", "PUT"}, "/", func(c *Ctx) error { return c.Text(c.Method()) })
	app.Group("/g").Route([]string{"PATCH", "DELETE"}, "", hello)
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "GET")
	expectText(t, s.do(t, "PUT", "/", ""), 200, "PUT")
	expectText(t, s.do(t, "DELETE", "/g", ""), 200, "Hello, World!")
	got := s.do(t, "POST", "/", "")
	if allow := got.header.Get("Allow"); got.status != 405 || !strings.Contains(allow, "PUT") {
		t.Errorf("got %d, Allow %q", got.status, allow)
	}
	if methods := app.Routes()[0].Methods; !slices.Equal(methods, []string{"GET", "PUT"}) {
		t.Errorf("methods %v", methods)
	}
}

func TestTypedRouteOfSeveralMethods(t *testing.T) {
	type note struct {
		ID   int    `path:"id" json:"id"`
		Text string `json:"text"`
	}
	echo := func(_ *Ctx, in note) (note, error) { return in, nil }
	app := New()
	Route(app, []string{"POST", "PUT"}, "/{id:int}", echo)
	Route(app, []string{"POST", "GET"}, "/no/{id:int}", echo)
	if !errors.Is(app.Err(), ErrArgument) {
		t.Errorf("GET has a body: %v", app.Err())
	}
	app.errs = nil
	s := serve(t, app)
	for _, method := range []string{"POST", "PUT"} {
		expectText(t, s.do(t, method, "/7", `{"text":"x"}`), 200, `{"id":7,"text":"x"}`)
	}
}

func TestGroupsNestAndTypedHandlersTakeEither(t *testing.T) {
	type path struct {
		Org string `path:"org"`
		ID  int    `path:"id"`
	}
	app := New()
	api := app.Group("/api")
	org := api.Group("/{org}")
	show := func(_ *Ctx, in path) (string, error) { return fmt.Sprintf("%s %d", in.Org, in.ID), nil }
	Get(org, "/users/{id:int}", show)
	Post(app, "/{org}/{id:int}", show)
	api.Get("", hello)
	org.Group("").Put("/x", hello)
	Get(org, "/{other}", func(*Ctx, struct {
		Wrong string `path:"wrong"`
	},
	) (string, error) {
		return "", nil
	})
	if err := app.Err(); !errors.Is(err, ErrArgument) {
		t.Errorf("a parameter that no prefix has: %v", err)
	}
	app.errs = nil
	s := serve(t, app)
	expectText(t, s.get(t, "/api/acme/users/7"), 200, "acme 7")
	expectText(t, s.do(t, "POST", "/acme/7", ""), 200, "acme 7")
	expectText(t, s.get(t, "/api"), 200, "Hello, World!")
	expectText(t, s.do(t, "PUT", "/api/acme/x", ""), 200, "Hello, World!")
	if got := s.get(t, "/api/"); got.status != 404 {
		t.Errorf("got %d", got.status)
	}
	for _, router := range []Router{app, org} {
		if router.routes().app != app {
			t.Error("a router of another app")
		}
	}
}

func TestHosts(t *testing.T) {
	app := New()
	host := func(c *Ctx) error { return c.Text("host " + c.Param("tenant")) }
	app.Get("/", host, Host("{tenant}.example.com"))
	app.Get("/", hello)
	app.Group("/g", Host("API.example.com")).Group("/h").Get("", hello)
	s := serve(t, app)
	on := func(host, target string) answer {
		connection := s.dial(t)
		defer connection.Close()
		fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host)
		return connection.receive(t, "GET")
	}
	expectText(t, on("acme.example.com", "/"), 200, "host acme")
	expectText(t, on("a.b.example.com:8000", "/"), 200, "Hello, World!")
	expectText(t, on("api.EXAMPLE.com:80", "/g/h"), 200, "Hello, World!")
	if got := on("other.example.com", "/g/h"); got.status != 404 {
		t.Errorf("got %d", got.status)
	}
}

func TestRoutesTellWhatTheyAre(t *testing.T) {
	type owner struct{ team string }
	app := New()
	group := app.Group("/g", Host("{tenant}.example.com"))
	group.Get("/{id:int}", func(c *Ctx) error {
		pattern, err := c.engineRoute()
		if info := c.Route(); err != nil || pattern != info.Pattern {
			return fmt.Errorf("the engine says %q, %v", pattern, err)
		}
		return c.Text(c.Route().Name)
	}, Name("item"), Meta("team", "core"), Meta("owner", owner{"core"}))
	app.Handle("*", "/any", hello)
	s := serve(t, app)
	routes := app.Routes()
	if len(routes) != 2 {
		t.Fatalf("%d routes", len(routes))
	}
	want := RouteInfo{
		Name: "item", Methods: []string{"GET"}, Pattern: "/g/{id:int}",
		Host: "{tenant}.example.com", Site: routes[0].Site,
		Metadata: map[string]any{"team": "core", "owner": owner{"core"}},
	}
	if !reflect.DeepEqual(routes[0], want) {
		t.Errorf("got %+v", routes[0])
	}
	expectContains(t, routes[0].Site, "routing_test.go:")
	if any := routes[1]; any.Name != "" || any.Host != "" || any.Metadata != nil ||
		!slices.Equal(any.Methods, []string{"*"}) {
		t.Errorf("got %+v", any)
	}
	request, err := http.NewRequest("GET", "http://"+s.address+"/g/7", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "acme.example.com"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestWrongGroupsAndOptionsAreTold(t *testing.T) {
	app := New()
	app.Get("/a", hello, Name("same"))
	app.Get("/b", hello, Name("same"))
	app.Group("/a").Get("", hello)
	broken := app.Group("no slash")
	broken.Get("/x", hello)
	broken.Group("/y").Get("/z", hello)
	app.Get("/host", hello, Host("bad host"))
	app.Get("/regex/{c:regex(()}", hello)
	app.Get("/path/{rest:path}/y", hello)
	app.Group("/nil", Before(nil)).Get("/x", hello)
	app.Get("/nil-after", hello, After(nil))
	app.Before(nil)
	app.After(nil)
	app.OnError(nil)
	app.OnStartup(nil)
	errs := app.errs
	for i, want := range []struct {
		is    *Error
		parts []string
	}{
		{ErrConflict, []string{"same"}},
		{ErrConflict, []string{"GET /a (routing_test.go", "routing_test.go"}},
		{ErrPattern, []string{"group no slash (routing_test.go"}},
		{ErrPattern, []string{"/host", "bad host"}},
		{ErrPattern, []string{"/regex/{c:regex(()}"}},
		{ErrPattern, []string{"/path/{rest:path}/y"}},
		{ErrArgument, []string{"group /nil", "a before hook is nil"}},
		{ErrArgument, []string{"/nil-after", "an after hook is nil"}},
		{ErrArgument, []string{"hooks (routing_test.go", "before"}},
		{ErrArgument, []string{"hooks (routing_test.go", "after"}},
		{ErrArgument, []string{"error handler (routing_test.go"}},
		{ErrArgument, []string{"startup or shutdown (routing_test.go"}},
	} {
		if i >= len(errs) || !errors.Is(errs[i], want.is) {
			t.Fatalf("number %d of %v is not %v", i, errs, want.is)
		}
		for _, part := range want.parts {
			expectContains(t, errs[i].Error(), part)
		}
	}
	if len(errs) != 12 { // what stands in a broken group is not told once more
		t.Errorf("%d errors: %v", len(errs), errs)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

func TestPatternsOfOtherRoutersAreExplained(t *testing.T) {
	for pattern, want := range map[string]string{
		"/users/:id":       "a parameter is written {id}, not :id",
		"/files/*":         "a parameter is written {rest:path}, not *",
		"/files/*name":     "a parameter is written {name:path}, not *name",
		"/files/{all...}":  "a parameter is written {all:path}, not {all...}",
		"/a:b/c*d/{x:int}": "",
	} {
		app := New()
		app.Get(pattern, hello)
		err := app.Err()
		if want == "" {
			if err != nil {
				t.Error(err)
			}
		} else if !errors.Is(err, ErrPattern) {
			t.Errorf("%s: %v", pattern, err)
		} else {
			expectContains(t, err.Error(), want)
			expectContains(t, err.Error(), "GET "+pattern+" (routing_test.go:")
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestConflictNamesBothSites(t *testing.T) {
	app := New()
	defer app.Close()
	app.Get("/hello", hello)
	app.Group("/hello").Get("", hello)
	first := app.Routes()[0].Site
	var conflict *Error
	if !errors.As(app.Err(), &conflict) || !errors.Is(conflict, ErrConflict) {
		t.Fatalf("got %v", app.Err())
	}
	expectContains(t, conflict.Detail, first)
	if strings.Count(conflict.Detail, "routing_test.go:") != 2 {
		t.Errorf("the detail is %q", conflict.Detail)
	}
}

func TestNothingIsAddedOnceTheAppServes(t *testing.T) {
	app := New()
	app.Get("/", hello)
	s := serve(t, app)
	app.Before(hello)
	app.After(func(*Ctx, *Response) error { return nil })
	app.OnError(func(_ *Ctx, err error) error { return err })
	app.OnShutdown(nil)
	app.Group("/late").Get("", hello)
	for i, err := range app.errs {
		if !errors.Is(err, ErrState) {
			t.Errorf("number %d: %v", i, err)
		}
	}
	if len(app.errs) != 5 {
		t.Errorf("%d errors: %v", len(app.errs), app.errs)
	}
	expectText(t, s.get(t, "/"), 200, "Hello, World!")
}

func TestStateOfARequest(t *testing.T) {
	type key struct{}
	app := New()
	app.Before(func(c *Ctx) error {
		c.Set(key{}, 7)
		return c.keepText("seven")
	})
	app.Get("/", func(c *Ctx) error {
		kept, err := c.keptText(5)
		if err != nil {
			return err
		}
		n, ok := Value[int](c, key{})
		_, isText := Value[string](c, key{})
		return c.Text(fmt.Sprintln(n, ok, isText, kept, c.Value(key{})))
	})
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "7 true false seven 7\n")
}

func TestUUIDs(t *testing.T) {
	type input struct {
		ID   [16]byte `path:"id"`
		Text string   `query:"text"`
		Next [16]byte `query:"next"`
	}
	app := New()
	Get(app, "/{id:uuid}", func(_ *Ctx, in input) (string, error) {
		return formatUUID(in.ID) + " " + formatUUID(in.Next), nil
	})
	s := serve(t, app)
	const one, two = "00112233-4455-6677-8899-aabbccddeeff", "ffffffff-0000-0000-0000-000000000001"
	expectText(t, s.get(t, "/"+strings.ToUpper(one)+"?next="+two), 200, one+" "+two)
	for _, wrong := range []string{"x", strings.Replace(two, "f", "g", 1), two[:35], two + "0"} {
		got := s.get(t, "/"+one+"?next="+wrong)
		expectWrong(t, got, FieldError{"query", "/next", "format", "must be a valid uuid"})
	}
}
