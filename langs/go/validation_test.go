package trivet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

type testItem struct {
	SKU  string `json:"sku" validate:"required,max=8"`
	Qty  int    `json:"qty" validate:"min=1,lt=100" default:"1"`
	Note *string
}

type testMoney struct {
	Amount   float64 `json:"amount" validate:"gt=0"`
	Currency string  `json:"currency" validate:"oneof=EUR USD 'no money'"`
}

type testOrder struct {
	testMoney
	Email  string            `json:"email"  validate:"required,email"`
	Count  *int8             `json:"count"  validate:"required,gte=0"`
	Items  []testItem        `json:"items"  validate:"min=1,max=3,dive"`
	Tags   []string          `json:"tags"   validate:"unique,dive,min=2"`
	Extra  map[string]uint8  `json:"extra"  validate:"max=2,dive,max=9"`
	When   time.Time         `json:"when"`
	Code   string            `json:"code"   validate:"omitempty,pattern=^[A-Z]{2,3}$"`
	Next   *testOrder        `json:"next"`
	Any    any               `json:"any"`
	Labels map[string]string `json:"labels"`
	Hidden string            `json:"-"`
	Limit  int               `json:"limit" default:"50" validate:"max=100"`
}

// bodyErrors decodes and gives what is wrong, and the value.
func bodyErrors[T any](t *testing.T, body string) ([]FieldError, T) {
	t.Helper()
	v, err := valueOf(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	var in T
	var w wrongs
	if err := v.decodeBody(codec{}, []byte(body), reflect.ValueOf(&in).Elem(), &w); err != nil {
		t.Fatal(err)
	}
	return w.list, in
}

func expectErrors(t *testing.T, body string, got []FieldError, want ...string) {
	t.Helper()
	var texts []string
	for _, one := range got {
		texts = append(texts, fmt.Sprintf("%s %s: %s", one.Pointer, one.Code, one.Detail))
	}
	if strings.Join(texts, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\ngot:\n%s\nwant:\n%s", body, strings.Join(texts, "\n"), strings.Join(want, "\n"))
	}
}

const goodOrder = `{"amount":1,"currency":"EUR","email":"a@b.de","count":0,"items":[{"sku":"a"}]`

func TestBodyThatIsRight(t *testing.T) {
	got, in := bodyErrors[testOrder](t, goodOrder+`,"when":"2026-01-02T03:04:05Z","tags":null,
		"CODE":"ABC","next":null,"any":null,"extra":{"a":1},"labels":{},"other":1}`)
	expectErrors(t, "", got)
	if in.Amount != 1 || in.Items[0].Qty != 1 || in.Limit != 50 || in.Code != "ABC" || *in.Count != 0 {
		t.Errorf("got %+v", in)
	}
	got, in = bodyErrors[testOrder](t, strings.Replace(goodOrder, `{"sku":"a"}`,
		`{"sku":"a","qty":2.0},{"sku":"b","qty":1e1}`, 1)+`,"limit":0}`)
	expectErrors(t, "", got)
	if in.Items[0].Qty != 2 || in.Items[1].Qty != 10 || in.Limit != 0 {
		t.Errorf("got %+v", in)
	}
}

func TestBodyThatIsWrong(t *testing.T) {
	for body, want := range map[string][]string{
		`{}`:   {"/email required: is missing", "/count required: is missing"},
		`[]`:   {" type: must be an object"},
		`null`: {" type: must be an object"},
		``:     {" required: is missing"},
		goodOrder + `,"count":null}`: {
			"/count type: must be an integer",
		},
		goodOrder + `,"amount":"1","currency":"GBP","email":"@","count":200,"items":[],"tags":["a","bb","a"],
			"extra":{"a":300,"b/c":10,"d":1},"when":"now","code":"ab","any":{},"limit":101}`: {
			"/amount type: must be a number",
			`/currency enum: must be one of "EUR", "USD", "no money"`,
			"/email format: must be a valid email",
			"/count maximum: must be at most 127",
			"/items minItems: must have at least 1 item",
			"/tags uniqueItems: must not repeat an item",
			"/tags/0 minLength: must have at least 2 characters",
			"/tags/2 minLength: must have at least 2 characters",
			"/extra maxProperties: must have at most 2 members",
			"/extra/a maximum: must be at most 9",
			"/extra/b~1c maximum: must be at most 9",
			"/when format: must be a valid date-time",
			"/code pattern: must match ^[A-Z]{2,3}$",
			"/limit maximum: must be at most 100",
		},
		goodOrder + `,"amount":0,"email":"","items":[{"qty":0},{"sku":"123456789","qty":100},null],
			"next":{"items":{}},"labels":{"a":null}}`: {
			"/amount exclusiveMinimum: must be greater than 0",
			"/email minLength: must have at least 1 character",
			"/email format: must be a valid email",
			"/items/0/sku required: is missing",
			"/items/0/qty minimum: must be at least 1",
			"/items/1/sku maxLength: must have at most 8 characters",
			"/items/1/qty exclusiveMaximum: must be less than 100",
			"/items/2 type: must be an object",
			"/next/email required: is missing",
			"/next/count required: is missing",
			"/next/items type: must be an array or null",
			"/labels/a type: must be a string",
		},
		goodOrder + `,"limit":1.5}`:    {"/limit type: must be an integer"},
		goodOrder + `,"limit":1e400}`:  {"/limit type: must be an integer"},
		goodOrder + `,"amount":1e400}`: {"/amount type: must be a number"},
		goodOrder + `,"limit":-9223372036854775809}`: {
			"/limit minimum: must be at least -9223372036854775808",
		},
	} {
		got, _ := bodyErrors[testOrder](t, body)
		expectErrors(t, body, got, want...)
	}
}

func TestNoRepeatedMemberSlipsThrough(t *testing.T) {
	type inner struct {
		X int `json:"x" validate:"min=1"`
	}
	type outer struct {
		Qty int   `json:"qty" validate:"min=1"`
		In  inner `json:"in"`
	}
	for body, want := range map[string]string{
		`{"qty":7,"QTY":-5,"in":{"x":1}}`:         "/qty minimum: must be at least 1",
		`{"qty":7,"in":{"x":-1},"in":{}}`:         " invalid: must not repeat a member",
		`{"qty":7,"in":{"x":1},"\u0071ty":0}`:     "/qty minimum: must be at least 1",
		`{"qty":7,"in":{"x":-1},"in":{"y":null}}`: " invalid: must not repeat a member",
	} {
		got, _ := bodyErrors[outer](t, body)
		expectErrors(t, body, got, want)
	}
}

func TestAtMostAHundredErrorsAreListed(t *testing.T) {
	app := New()
	Post(app, "/", func(*Ctx, []int) (Nothing, error) { return Nothing{}, nil })
	s := serve(t, app)
	got := s.do(t, "POST", "/", "["+strings.Repeat(`"x",`, 150)+`"x"]`)
	if p := got.problem(t); p.Detail != "more than 100 values are wrong" ||
		strings.Count(got.body, `"pointer"`) != 100 {
		t.Errorf("got %+v", got)
	}
}

func TestEverySourceIsChecked(t *testing.T) {
	type input struct {
		Cookie string   `cookie:"sid"   validate:"required,len=3"`
		ID     uint8    `path:"id"      validate:"max=9"`
		Token  string   `header:"X-Tok" validate:"required,alphanum"`
		Ports  []uint16 `header:"X-Ports"`
		Limit  *int     `query:"limit"  validate:"required,min=1"`
		Page   int      `query:"page"   default:"3"`
		Sort   []string `query:"sort"   validate:"max=2,unique,dive,oneof=a b c"`
		UUID   [16]byte `query:"u"`
		Name   string   `json:"name"    validate:"required"`
	}
	app := New()
	inputs := make(chan input, 1)
	Post(app, "/{id:int}", func(_ *Ctx, in input) (Nothing, error) {
		inputs <- in
		return Nothing{}, nil
	})
	s := serve(t, app)
	got := s.do(t, "POST", "/7?limit=2&sort=a&sort=b", `{"name":"n"}`, "Cookie: sid=abc", "X-Tok: a1",
		"X-Ports: 80, 443", "X-Ports: 8080", "Content-Type: application/vnd.x+json; charset=utf-8")
	expectText(t, got, 204, "")
	if in := receive(t, inputs); in.ID != 7 || *in.Limit != 2 || in.Page != 3 || len(in.Ports) != 3 ||
		in.Cookie != "abc" || in.Token != "a1" || len(in.Sort) != 2 || in.Name != "n" {
		t.Errorf("got %+v", in)
	}
	expectWrong(t, s.do(t, "POST", "/300?sort=a&sort=a&sort=x&u=7", `{}`, "X-Tok: -", "X-Ports: 1,x"),
		FieldError{"path", "/id", "maximum", "must be at most 9"},
		FieldError{"query", "/limit", "required", "is missing"},
		FieldError{"query", "/sort", "maxItems", "must have at most 2 items"},
		FieldError{"query", "/sort", "uniqueItems", "must not repeat an item"},
		FieldError{"query", "/sort/2", "enum", `must be one of "a", "b", "c"`},
		FieldError{"query", "/u", "format", "must be a valid uuid"},
		FieldError{"header", "/X-Tok", "pattern", "must match ^[a-zA-Z0-9]+$"},
		FieldError{"header", "/X-Ports/1", "type", "must be an integer"},
		FieldError{"cookie", "/sid", "required", "is missing"},
		FieldError{"body", "/name", "required", "is missing"})
	got = s.do(t, "POST", "/7", "name=n", "Content-Type: application/x-www-form-urlencoded")
	if p := got.problem(t); got.status != 415 || p.Detail != "the content must be application/json, not application/x-www-form-urlencoded" {
		t.Errorf("got %+v", got)
	}
}

func TestFormInput(t *testing.T) {
	type input struct {
		Title string        `form:"title" validate:"required,min=3"`
		Tags  []string      `form:"tag"`
		Count int           `form:"count" default:"1" validate:"max=5"`
		Photo *UploadFile   `form:"photo" validate:"required"`
		More  []*UploadFile `form:"more"  validate:"max=1"`
	}
	app := New()
	Post(app, "/", func(_ *Ctx, in input) (string, error) {
		return fmt.Sprintln(in.Title, in.Tags, in.Count, in.Photo.Filename, len(in.More)), nil
	})
	s := serve(t, app)
	expectWrong(t, s.do(t, "POST", "/", "title=te&count=9&tag=a",
		"Content-Type: application/x-www-form-urlencoded"),
		FieldError{"form", "/title", "minLength", "must have at least 3 characters"},
		FieldError{"form", "/count", "maximum", "must be at most 5"},
		FieldError{"form", "/photo", "required", "is missing"})
	part := func(head, body string) string {
		return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + body + "\r\n"
	}
	got := s.do(t, "POST", "/", part(`name="title"`, "tea")+part(`name="tag"`, "a")+
		part(`name="photo"; filename="p.png"`, "png")+part(`name="more"; filename="q"`, "")+"--x--\r\n",
		"Content-Type: multipart/form-data; boundary=x")
	expectText(t, got, 200, "tea [a] 1 p.png 1\n")
	if got := s.do(t, "POST", "/", "{}", "Content-Type: application/json"); got.status != 415 {
		t.Errorf("got %+v", got)
	}
}

type testRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

func (r *testRange) Validate() error {
	if r.To < r.From {
		return errors.Join(Invalid("/to", "must not be before from"), errors.New("is no range."))
	}
	return nil
}

type testSize string

func (s testSize) Validate(ctx context.Context) error {
	if ctx.Err() == nil && s != "S" {
		return fmt.Errorf("there is no size %s", s)
	}
	return nil
}

func TestValidateMethods(t *testing.T) {
	app := New()
	Post(app, "/", func(*Ctx, struct {
		Ranges []testRange         `json:"ranges"`
		Named  map[string]testSize `json:"named"`
		One    *testRange          `json:"one"`
		Size   testSize            `query:"size"`
	},
	) (Nothing, error) {
		return Nothing{}, nil
	})
	s := serve(t, app)
	expectText(t, s.do(t, "POST", "/?size=S", `{"ranges":[{"from":1,"to":2}]}`), 204, "")
	expectWrong(t, s.do(t, "POST", "/?size=X",
		`{"ranges":[{},{"from":2,"to":1}],"named":{"a/b":"M"},"one":{"from":1}}`),
		FieldError{"query", "/size", "invalid", "there is no size X"},
		FieldError{"body", "/ranges/1/to", "invalid", "must not be before from"},
		FieldError{"body", "/ranges/1", "invalid", "is no range"},
		FieldError{"body", "/named/a~1b", "invalid", "there is no size M"},
		FieldError{"body", "/one/to", "invalid", "must not be before from"},
		FieldError{"body", "/one", "invalid", "is no range"})
	// They come only when the rest is right.
	expectWrong(t, s.do(t, "POST", "/?size=X", `{"ranges":1}`),
		FieldError{"body", "/ranges", "type", "must be an array or null"})
}

func TestHandlersSeeValidationErrors(t *testing.T) {
	app := New()
	app.OnError(func(c *Ctx, err error) error {
		var wrong *ValidationError
		if errors.As(err, &wrong) {
			return c.Text(wrong.Errors[0].Pointer + " " + wrong.Error())
		}
		return nil
	})
	app.Post("/", func(c *Ctx) error {
		var in testItem
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.Bind(in)
	})
	s := serve(t, app)
	expectText(t, s.do(t, "POST", "/", `{"qty":"x"}`), 422,
		"/sku 2 values are wrong; body /sku is missing; body /qty must be an integer")
	log := logOf(t, func() {
		if got := s.do(t, "POST", "/", `{"sku":"x"}`); got.status != 500 {
			t.Errorf("got %+v", got)
		}
	})
	expectContains(t, log, "Bind needs a pointer to what it fills, not trivet.testItem")
}

func TestProblemsHaveMembers(t *testing.T) {
	app := New()
	app.Get("/", func(*Ctx) error {
		err := Conflict("not enough").With("balance", 30).With("accounts", []string{"/a<b"}).With("status", 1)
		err.Type, err.Title = "https://example.com/credit", "Out of credit"
		return err
	})
	app.Get("/bad", func(*Ctx) error { return Conflict("x").With("f", func() {}) })
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 409, `{"type":"https://example.com/credit","title":"Out of credit",`+
		`"status":409,"detail":"not enough","accounts":["/a<b"],"balance":30}`)
	log := logOf(t, func() {
		if got := s.get(t, "/bad"); got.problem(t).Status != 500 {
			t.Errorf("got %+v", got)
		}
	})
	expectContains(t, log, "member f of the problem details: json: unsupported type: func()")
}

func TestAnotherCodec(t *testing.T) {
	calls := make(chan string, 10)
	app := New(JSONCodec(func(v any) ([]byte, error) {
		calls <- "marshal"
		text, err := json.Marshal(v)
		return append(text, ' '), err
	}, func(text []byte, v any) error {
		calls <- "unmarshal"
		if err := json.Unmarshal(text, v); err != nil {
			return errors.New("an error of its own")
		}
		return nil
	}))
	Post(app, "/", func(_ *Ctx, in testItem) (testItem, error) { return in, nil })
	app.Get("/", func(c *Ctx) error { return c.JSON(Map{"f": func() {}}) })
	s := serve(t, app)
	expectText(t, s.do(t, "POST", "/", `{"sku":"a"}`), 200, `{"sku":"a","qty":1,"Note":null} `)
	expectText(t, s.do(t, "POST", "/", `{"sku":"a","qty":3.0}`), 200, `{"sku":"a","qty":3,"Note":null} `)
	expectWrong(t, s.do(t, "POST", "/", `{"sku":1}`), FieldError{"body", "/sku", "type", "must be a string"})
	if p := s.do(t, "POST", "/", `{`).problem(t); p.Status != 400 ||
		p.Detail != "malformed JSON at byte 1: unexpected end of JSON input" {
		t.Errorf("got %+v", p)
	}
	log := logOf(t, func() { s.get(t, "/") })
	expectContains(t, log, "for its /f: ")
	if one, other := receive(t, calls), receive(t, calls); one != "unmarshal" || other != "marshal" {
		t.Errorf("got %s %s", one, other)
	}
	bad := New(JSONCodec(nil, nil))
	defer bad.Close()
	if err := bad.Err(); !errors.Is(err, ErrArgument) {
		t.Errorf("got %v", err)
	}
}
