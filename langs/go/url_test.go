package trivet

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

type slug string

func urlApp() *App {
	app := New()
	app.Get("/", hello, Name("home"))
	app.Get("/users/{id:int}", hello, Name("user"))
	app.Get("/things/{u:uuid}", hello, Name("thing"))
	app.Get("/files/{rest:path}", hello, Name("file"))
	app.Get("/codes/{code:regex([A-Z]{3})}", hello, Name("code"))
	app.Group("/g/{org}").Get("/{name}", hello, Name("leaf"))
	app.Get("/t/{x}", hello, Name("tenant"), Host("{tenant}.example.com"))
	return app
}

func TestURLs(t *testing.T) {
	app := urlApp()
	defer app.Close()
	uuid := [16]byte{0: 0xab, 15: 1}
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		name   string
		params Params
		query  []QueryParam
		want   string
	}{
		{"home", nil, nil, "/"},
		{
			"user",
			Params{"id": 7},
			[]QueryParam{Query("tab", "a b&c"), Query("on", true)},
			"/users/7?tab=a+b%26c&on=true",
		},
		{"user", Params{"id": int64(-7)}, nil, "/users/-7"},
		{
			"user",
			Params{"id": uint8(7)},
			[]QueryParam{Query("x", 1.5), Query("x", "ü")},
			"/users/7?x=1.5&x=%C3%BC",
		},
		{"thing", Params{"u": uuid}, nil, "/things/ab000000-0000-0000-0000-000000000001"},
		{"file", Params{"rest": "a/b c"}, nil, "/files/a/b%20c"},
		{"code", Params{"code": slug("ABC")}, nil, "/codes/ABC"},
		{"leaf", Params{"org": "a/b", "name": net.IPv4(127, 0, 0, 1)}, nil, "/g/a%2Fb/127.0.0.1"},
		{"leaf", Params{"org": "x", "name": time.Second}, nil, "/g/x/1s"},
		{"leaf", Params{"org": "x", "name": long}, nil, "/g/x/" + long},
		{"tenant", Params{"tenant": "acme", "x": 1}, nil, "//acme.example.com/t/1"},
	} {
		if got, err := app.URL(c.name, c.params, c.query...); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestWrongURLs(t *testing.T) {
	app := urlApp()
	for _, c := range []struct {
		name   string
		params Params
		query  []QueryParam
		want   *Error
	}{
		{"nobody", nil, nil, ErrNotFound},
		{"user", nil, nil, ErrArgument},
		{"user", Params{"id": "x"}, nil, ErrArgument},
		{"user", Params{"id": 1, "more": 2}, nil, ErrArgument},
		{"user", Params{"id": []int{1}}, nil, ErrArgument},
		{"user", Params{"id": nil}, nil, ErrArgument},
		{"home", nil, []QueryParam{Query("x", struct{}{})}, ErrArgument},
		{"code", Params{"code": "abc"}, nil, ErrArgument},
		{"leaf", Params{"org": "", "name": "x"}, nil, ErrArgument},
	} {
		if got, err := app.URL(c.name, c.params, c.query...); !errors.Is(err, c.want) {
			t.Errorf("%s %v: got %q, %v", c.name, c.params, got, err)
		}
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := app.URL("home", nil); !errors.Is(err, ErrState) {
		t.Errorf("a closed app gave %v", err)
	}
	if app.Routes() != nil {
		t.Error("a closed app has routes")
	}
}

func TestURLsOfARequest(t *testing.T) {
	app := urlApp()
	app.Get("/go/{id:int}", func(c *Ctx) error {
		url, err := c.URL("user", Params{"id": c.ParamInt("id")}, Query("from", c.Path()))
		return errors.Join(err, c.Text(url))
	})
	s := serve(t, app)
	for n := range 3 {
		target := fmt.Sprintf("/go/%d", n)
		expectText(t, s.get(t, target), 200, fmt.Sprintf("/users/%d?from=%%2Fgo%%2F%d", n, n))
	}
}
