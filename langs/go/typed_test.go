package trivet

import (
	"errors"
	"strings"
	"testing"
	"time"
)

type page struct {
	Limit  int  `query:"limit"`
	Offset uint `query:"offset"`
}

type orderInput struct {
	page
	Shop    int64     `path:"shop"`
	Name    string    `path:"name"`
	Verbose bool      `query:"verbose"`
	Ratio   float32   `query:"ratio"`
	Since   time.Time `query:"since"`
	Tags    []string  `query:"tag"`
	Numbers []int8    `query:"number"`
	Maybe   *int      `query:"maybe"`
	SKU     string    `json:"sku"`
	Count   int       `json:"count"`
}

func TestTypedInput(t *testing.T) {
	app := New()
	inputs := make(chan orderInput, 1)
	Post(app, "/shops/{shop:int}/{name}", func(_ *Ctx, in orderInput) (Nothing, error) {
		inputs <- in
		return Nothing{}, nil
	})
	s := serve(t, app)
	expectText(
		t,
		s.do(
			t,
			"POST",
			"/shops/5/pot?limit=3&offset=4&verbose&ratio=0.5&since=2026-01-02T03:04:05Z"+
				"&tag=a&tag=b&number=7&maybe=0",
			`{"sku":"S","count":2,"Shop":9,"Limit":9,"Verbose":true}`,
		),
		204,
		"",
	)
	in := receive(t, inputs)
	if in.Shop != 5 || in.Name != "pot" || in.Limit != 3 || in.Offset != 4 || !in.Verbose ||
		in.Ratio != 0.5 || in.Since.Year() != 2026 ||
		strings.Join(in.Tags, "") != "ab" || in.Numbers[0] != 7 ||
		*in.Maybe != 0 ||
		in.SKU != "S" ||
		in.Count != 2 {
		t.Errorf("input %+v", in)
	}
	// Absent parameters are zero, whatever the body says.
	s.do(t, "POST", "/shops/5/pot", `{"Verbose":true,"Tags":["x"],"Maybe":1,"Limit":9}`)
	if in := receive(t, inputs); in.Verbose || in.Tags != nil || in.Maybe != nil || in.Limit != 0 {
		t.Errorf("the body stood in for the query: %+v", in)
	}
	for target, want := range map[string]FieldError{
		"?limit=x":      {"query", "/limit", "type", "must be an integer"},
		"?offset=-1":    {"query", "/offset", "type", "must be an integer"},
		"?verbose=soup": {"query", "/verbose", "type", "must be a boolean"},
		"?ratio=":       {"query", "/ratio", "type", "must be a number"},
		"?number=300":   {"query", "/number/0", "maximum", "must be at most 127"},
		"?since=today":  {"query", "/since", "format", "must be a valid date-time"},
	} {
		expectWrong(t, s.do(t, "POST", "/shops/5/pot"+target, "{}"), want)
	}
	expectWrong(t, s.do(t, "POST", "/shops/5/pot", `{"count":"many"}`),
		FieldError{"body", "/count", "type", "must be an integer"})
}

func TestTypedBodyThatIsNoStruct(t *testing.T) {
	app := New()
	Put(app, "/", func(_ *Ctx, in []int) (int, error) { return len(in), nil })
	s := serve(t, app)
	expectText(t, s.do(t, "PUT", "/", "[1,2,3]"), 200, "3")
}

func TestTypedResults(t *testing.T) {
	type thing struct {
		N int `json:"n"`
	}
	app := New()
	Get(app, "/string", func(*Ctx, Nothing) (string, error) { return "text", nil })
	Get(app, "/html", func(*Ctx, Nothing) (HTML, error) { return "<p>", nil })
	Get(app, "/bytes", func(*Ctx, Nothing) ([]byte, error) { return []byte("b"), nil })
	Get(app, "/struct", func(*Ctx, Nothing) (thing, error) { return thing{1}, nil }, Inline)
	Get(app, "/pointer", func(*Ctx, Nothing) (*thing, error) { return &thing{2}, nil })
	Get(app, "/nil", func(*Ctx, Nothing) (*thing, error) { return nil, nil })
	Get(app, "/no-list", func(*Ctx, Nothing) ([]thing, error) { return nil, nil })
	Get(app, "/no-map", func(*Ctx, Nothing) (map[string]int, error) { return nil, nil })
	Get(app, "/list", func(*Ctx, Nothing) ([]thing, error) { return []thing{{3}}, nil })
	Get(app, "/number", func(*Ctx, Nothing) (float64, error) { return 1.5, nil })
	Get(app, "/any/{kind}", func(_ *Ctx, in struct {
		Kind string `path:"kind"`
	},
	) (any, error) {
		return map[string]any{
			"nil": nil, "string": "text", "html": HTML("<p>"), "bytes": []byte("b"), "json": 1,
		}[in.Kind], nil
	})
	Get(app, "/error", func(*Ctx, Nothing) (string, error) { return "never", NewError(404, "") })
	Get(
		app,
		"/own",
		func(c *Ctx, _ Nothing) (string, error) { return "never", c.Redirect("/string") },
	)
	Delete(app, "/", func(*Ctx, Nothing) (Nothing, error) { return Nothing{}, nil })
	Patch(app, "/", func(*Ctx, Nothing) (bool, error) { return true, nil }, Status(202))
	Handle(app, "*", "/every", func(c *Ctx, _ Nothing) (string, error) { return c.Method(), nil })
	s := serve(t, app)
	for target, want := range map[string]answer{
		"/string": {200, nil, "text"}, "/html": {200, nil, "<p>"}, "/bytes": {200, nil, "b"},
		"/struct": {200, nil, `{"n":1}`}, "/pointer": {200, nil, `{"n":2}`}, "/nil": {204, nil, ""},
		"/no-list": {200, nil, "[]"}, "/no-map": {200, nil, "{}"}, "/list": {200, nil, `[{"n":3}]`},
		"/number": {200, nil, "1.5"}, "/any/nil": {204, nil, ""}, "/any/string": {200, nil, "text"},
		"/any/html": {200, nil, "<p>"}, "/any/bytes": {200, nil, "b"},
		"/any/json": {200, nil, "1"}, "/own": {303, nil, ""}, "/every": {200, nil, "GET"},
	} {
		expectText(t, s.get(t, target), want.status, want.body)
	}
	if got := s.get(t, "/error"); got.status != 404 {
		t.Errorf("got %+v", got)
	}
	expectText(t, s.do(t, "DELETE", "/", ""), 204, "")
	expectText(t, s.do(t, "PATCH", "/", ""), 202, "true")
}

func TestTypedInputThatCannotBeFilledIsRefusedAtRegistration(t *testing.T) {
	app := New()
	defer app.Close()
	noHandler := func(pattern string, register func()) {
		before := len(app.errs)
		register()
		if len(app.errs) != before+1 || !errors.Is(app.errs[before], ErrArgument) ||
			!strings.Contains(app.errs[before].Error(), "typed_test.go:") {
			t.Errorf("%s: %v", pattern, app.errs[before:])
		}
	}
	noHandler("unknown parameter", func() {
		Get(app, "/{name}", func(*Ctx, struct {
			ID int `path:"id"`
		},
		) (Nothing, error) {
			return Nothing{}, nil
		})
	})
	noHandler("not exported", func() {
		Get(app, "/{id}", func(*Ctx, struct {
			id int `path:"id"` //lint:ignore U1000 it is the mistake
		},
		) (Nothing, error) {
			return Nothing{}, nil
		})
	})
	noHandler("two tags", func() {
		Get(app, "/{id}", func(*Ctx, struct {
			ID int `path:"id" query:"id"`
		},
		) (Nothing, error) {
			return Nothing{}, nil
		})
	})
	noHandler("not text", func() {
		Get(app, "/{id}", func(*Ctx, struct {
			ID map[string]int `path:"id"`
		},
		) (Nothing, error) {
			return Nothing{}, nil
		})
	})
	noHandler("no tag", func() {
		Get(app, "/", func(*Ctx, struct{ ID int }) (Nothing, error) { return Nothing{}, nil })
	})
	if err := app.Listen("127.0.0.1:0"); !errors.Is(err, ErrArgument) {
		t.Errorf("Listen gave %v", err)
	}
}
