package trivet

import (
	"reflect"
	"strings"
	"testing"
)

func TestRequestIsReadAsItCame(t *testing.T) {
	app := New()
	app.Handle("*", "/é/{name}/{id:int}", func(c *Ctx) error {
		isSame, err := c.isSameView()
		if err != nil || !isSame {
			t.Errorf("the view moved: %v, %v", isSame, err)
		}
		for got, want := range map[string]string{
			c.Method():           "POST",
			c.Target():           "/%C3%A9/a%20b/-7?x=1&x=%32&y",
			c.Path():             "/é/a b/-7",
			c.QueryString():      "x=1&x=%32&y",
			c.Param("name"):      "a b",
			c.Param("id"):        "-7",
			c.Query("x"):         "1",
			c.Header("x-MIXED"):  "Value",
			c.Cookie("taste"):    "salt",
			string(c.Body()):     "body",
			c.Header("Missing"):  "",
			c.Param("missing"):   "",
			c.Cookie("missing"):  "",
			c.Query("missing"):   "",
			c.Headers()[0].Name:  "Host",
			c.Headers()[0].Value: "test",
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if got := c.ParamInt("id"); got != -7 {
			t.Errorf("id %d", got)
		}
		if got := c.QueryAll(); !reflect.DeepEqual(
			map[string][]string(got),
			map[string][]string{"x": {"1", "2"}, "y": {""}},
		) {
			t.Errorf("query %v", got)
		}
		if got := c.Cookies(); !reflect.DeepEqual(got, []Field{{"taste", "salt"}, {"b", "2"}}) {
			t.Errorf("cookies %v", got)
		}
		if first, second := c.Body(), c.Body(); &first[0] != &second[0] {
			t.Error("the body was copied twice")
		}
		if c.ID() == 0 || c.Loop().App() != app {
			t.Error("no id or no app")
		}
		return nil
	})
	s := serve(t, app)
	got := s.do(
		t,
		"POST",
		"/%C3%A9/a%20b/-7?x=1&x=%32&y",
		"body",
		"X-Mixed: Value",
		"Cookie: taste=salt; b=2",
	)
	expectText(t, got, 204, "")
}

func TestUnusualMethod(t *testing.T) {
	app := New()
	app.Handle("PROPFIND", "/", func(c *Ctx) error { return c.Text(c.Method()) })
	s := serve(t, app)
	expectText(t, s.do(t, "PROPFIND", "/", ""), 200, "PROPFIND")
	if got := s.get(t, "/"); got.status != 405 ||
		!strings.Contains(got.header.Get("Allow"), "PROPFIND") {
		t.Errorf("got %+v", got)
	}
}

func TestBind(t *testing.T) {
	app := New()
	app.Post("/", func(c *Ctx) error {
		var in struct {
			Name string `json:"name"`
			Of   struct {
				N int `json:"n"`
			} `json:"of"`
		}
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.JSON(in)
	})
	s := serve(t, app)
	expectText(
		t,
		s.do(t, "POST", "/", `{"name":"a","of":{"n":1}}`),
		200,
		`{"name":"a","of":{"n":1}}`,
	)
	for body, want := range map[string]struct {
		status int
		detail string
	}{
		"":                {422, "1 value is wrong"},
		"{":               {400, "malformed JSON at byte 1: unexpected end"},
		"[]":              {422, "1 value is wrong"},
		`{"name":1}`:      {422, "1 value is wrong"},
		`{"of":{"n":""}}`: {422, "1 value is wrong"},
	} {
		got := s.do(t, "POST", "/", body)
		if problem := got.problem(t); got.status != want.status ||
			!strings.Contains(problem.Detail, want.detail) {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestConcurrentUseOfOneRequest(t *testing.T) {
	app := New()
	app.Get("/{name}", func(c *Ctx) error {
		done := make(chan string)
		for range 8 {
			go func() { done <- c.Path() + c.Header("Host") + c.Query("a") }()
		}
		for range 8 {
			if got := receive(t, done); got != "/xtest1" {
				t.Errorf("got %q", got)
			}
		}
		go func() { // outlives the handler, and may only see the request or nothing
			got := c.Path()
			for range 100 {
				if got = c.Path(); got != "/x" && got != "" {
					t.Errorf("got %q", got)
				}
			}
			done <- got
		}()
		go func() { done <- "" }()
		<-done
		go func() { <-done }()
		return nil
	})
	s := serve(t, app)
	for range 20 {
		expectText(t, s.get(t, "/x?a=1"), 204, "")
	}
}
