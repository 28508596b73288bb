package trivet

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

type testPage[T any] struct {
	Rows []T  `json:"rows"`
	Next *int `json:"next,omitempty" doc:"where the next one begins"`
}

type testNew struct {
	Name  string   `json:"name"  validate:"required,max=20" doc:"as it is shown"`
	Qty   uint8    `json:"qty"   default:"1"  validate:"min=1"`
	Code  string   `json:"code"  validate:"omitempty,len=3"`
	Tags  []string `json:"tags"  validate:"max=3,unique,dive,oneof=a b"`
	Inner *testNew `json:"inner"`
}

// operationOf gives the operation of an app's last route as JSON, and its schemas.
func operationOf(t *testing.T, app *App) (operation, schemas map[string]any) {
	t.Helper()
	if err := app.Err(); err != nil {
		t.Fatal(err)
	}
	app.mu.Lock()
	defer app.mu.Unlock()
	all := app.operations()
	last := all[len(all)-1]
	for from, to := range map[*Map]*map[string]any{&last.operation: &operation, &last.schemas: &schemas} {
		text, err := json.Marshal(*from)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatal(err)
		}
	}
	return operation, schemas
}

func expectJSON(t *testing.T, got any, want string) {
	t.Helper()
	text, _ := json.Marshal(got)
	var any any
	if err := json.Unmarshal([]byte(want), &any); err != nil {
		t.Fatal(err)
	}
	sorted, _ := json.Marshal(any)
	if string(text) != string(sorted) {
		t.Errorf("got  %s\nwant %s", text, sorted)
	}
}

func TestOperationOfATypedRoute(t *testing.T) {
	app := New()
	defer app.Close()
	Put(app, "/shops/{shop:int}/{code:regex([A-Z]{2})}/{rest:path}", func(_ *Ctx, in struct {
		testNew
		Shop  int      `path:"shop" doc:"its number"`
		Limit *int     `query:"limit" default:"50" validate:"max=100"`
		Sort  []string `query:"sort" validate:"required"`
		Token string   `header:"X-Token"`
	},
	) (*testPage[testNew], error) {
		return nil, nil
	}, Summary("Stores"), Describe("At length"), Tags("shop", "admin"), Status(201),
		Responds(404, "no such shop"), RespondsWith[testMoney](402, ""), Responds(202, ""))
	operation, schemas := operationOf(t, app)
	expectJSON(t, operation["operationId"], `"put_shops_shop_code_rest"`)
	expectJSON(t, operation["summary"], `"Stores"`)
	expectJSON(t, operation["description"], `"At length"`)
	expectJSON(t, operation["tags"], `["shop","admin"]`)
	expectJSON(t, operation["parameters"], `[
		{"name":"shop","in":"path","required":true,"description":"its number","schema":{"type":"integer","format":"int64"}},
		{"name":"limit","in":"query","schema":{"type":"integer","format":"int64","maximum":100,"default":50}},
		{"name":"sort","in":"query","required":true,"schema":{"type":"array","items":{"type":"string"}}},
		{"name":"X-Token","in":"header","schema":{"type":"string"}},
		{"name":"code","in":"path","required":true,"schema":{"type":"string","pattern":"^(?:[A-Z]{2})$"}},
		{"name":"rest","in":"path","required":true,"schema":{"type":"string"}}]`)
	properties := `{
		"name":{"type":"string","minLength":1,"maxLength":20,"description":"as it is shown"},
		"qty":{"type":"integer","minimum":1,"maximum":255,"default":1},
		"code":{"type":"string","anyOf":[{"const":""},{"minLength":3,"maxLength":3}]},
		"tags":{"type":["array","null"],"maxItems":3,"uniqueItems":true,"items":{"type":"string","enum":["a","b"]}},
		"inner":{"anyOf":[{"$ref":"#/components/schemas/testNew"},{"type":"null"}]}}`
	expectJSON(t, operation["requestBody"], `{"required":true,"content":{"application/json":{"schema":
		{"type":"object","required":["name"],"properties":`+properties+`}}}}`)
	expectJSON(t, schemas["testNew"], `{"type":"object","required":["name"],"properties":`+properties+`}`)
	expectJSON(t, schemas["testPage_testNew"], `{"type":"object","required":["rows"],"properties":{
		"rows":{"type":["array","null"],"items":{"$ref":"#/components/schemas/testNewOutput"}},
		"next":{"type":["integer","null"],"format":"int64","description":"where the next one begins"}}}`)
	responses := operation["responses"].(map[string]any)
	problem := `"content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}`
	expectJSON(t, responses["201"], `{"description":"Created","content":{"application/json":{"schema":
		{"$ref":"#/components/schemas/testPage_testNew"}}}}`)
	expectJSON(t, responses["204"], `{"description":"No Content"}`)
	expectJSON(t, responses["202"], `{"description":"Accepted"}`)
	expectJSON(t, responses["404"], `{"description":"no such shop",`+problem+`}`)
	expectJSON(t, responses["402"], `{"description":"Payment Required","content":{"application/json":
		{"schema":{"$ref":"#/components/schemas/testMoney"}}}}`)
	for _, name := range []string{"testMoney", "testNewOutput"} {
		if schemas[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestOperationsOfOtherRoutes(t *testing.T) {
	app := New()
	defer app.Close()
	group := app.Group("/v/{version:int}")
	group.Get("/plain/{id}", hello, Name("plain"))
	operation, _ := operationOf(t, app)
	expectJSON(t, operation["operationId"], `"plain"`)
	expectJSON(t, operation["responses"].(map[string]any)["200"], `{"description":"OK"}`)
	if operation["requestBody"] != nil || len(operation["parameters"].([]any)) != 2 {
		t.Errorf("got %v", operation)
	}
	for _, one := range []struct {
		register func()
		status   string
		want     string
	}{
		{
			func() { Get(app, "/a", func(*Ctx, Nothing) (Nothing, error) { return Nothing{}, nil }) },
			"204", `{"description":"No Content"}`,
		},
		{
			func() { Get(app, "/b", func(*Ctx, Nothing) (string, error) { return "", nil }) },
			"200", `{"description":"OK","content":{"text/plain":{"schema":{"type":"string"}}}}`,
		},
		{
			func() { Get(app, "/c", func(*Ctx, Nothing) ([]byte, error) { return nil, nil }) },
			"200", `{"description":"OK","content":{"application/octet-stream":{}}}`,
		},
		{
			func() { Get(app, "/d", func(*Ctx, Nothing) ([]int32, error) { return nil, nil }) },
			"200", `{"description":"OK","content":{"application/json":{"schema":{"type":"array","items":
			{"type":"integer","minimum":-2147483648,"maximum":2147483647}}}}}`,
		},
		{
			func() { Get(app, "/e", func(*Ctx, Nothing) (any, error) { return nil, nil }) },
			"200", `{"description":"OK","content":{"application/json":{"schema":{}}}}`,
		},
		{
			func() { app.SSE("/f", func(*Ctx, *Stream) error { return nil }) },
			"200", `{"description":"OK","content":{"text/event-stream":{"schema":{"type":"string"}}}}`,
		},
	} {
		one.register()
		operation, _ := operationOf(t, app)
		responses := operation["responses"].(map[string]any)
		expectJSON(t, responses[one.status], one.want)
	}
	Post(app, "/form", func(*Ctx, struct {
		Title string      `form:"title" validate:"required"`
		File  *UploadFile `form:"file" doc:"a picture"`
	},
	) (HTML, error) {
		return "", nil
	})
	operation, _ = operationOf(t, app)
	expectJSON(t, operation["requestBody"], `{"required":true,"content":{"multipart/form-data":{"schema":
		{"type":"object","required":["title"],"properties":{"title":{"type":"string","minLength":1},
		"file":{"type":"string","format":"binary","description":"a picture"}}}}}}`)
	before := len(app.operations())
	app.Get("/hidden", hello, Hidden)
	if len(app.operations()) != before {
		t.Error("a hidden route is described")
	}
}

func TestMediaTypesThatARouteNames(t *testing.T) {
	const (
		text   = `{"schema":{"type":"string"}}`
		events = `"text/event-stream":` + text
		money  = `"application/json":{"schema":{"$ref":"#/components/schemas/testMoney"}}`
	)
	ok := func(content string) string {
		return `"200":{"description":"OK","content":{` + content + `}}`
	}
	pay := func(*Ctx, Nothing) (testMoney, error) { return testMoney{}, nil }
	empty := func(*Ctx, Nothing) (Nothing, error) { return Nothing{}, nil }
	stream := func(*Ctx, *Stream) error { return nil }
	for name, one := range map[string]struct {
		register func(app *App, produces RouteOption)
		produces []string
		want     string
	}{
		"of a plain handler": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces) },
			[]string{"text/Event-Stream"},
			ok(events),
		},
		"of events, whatever the status": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces, Status(201)) },
			[]string{"text/event-stream"},
			ok(events),
		},
		"of lines": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces, Status(201)) },
			[]string{"application/x-ndjson"},
			`"201":{"description":"Created","content":{"application/x-ndjson":` + text + `}}`,
		},
		"of files": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces) },
			[]string{"text/csv", "image/png"},
			ok(`"text/csv":` + text + `,"image/png":{}`),
		},
		"of a result or events": {
			func(app *App, produces RouteOption) { Get(app, "/", pay, produces) },
			[]string{"application/json", "text/event-stream"},
			ok(money + "," + events),
		},
		"of a result with a status, or events": {
			func(app *App, produces RouteOption) { Get(app, "/", pay, produces, Status(201)) },
			[]string{"application/json", "text/event-stream"},
			ok(events) + `,"201":{"description":"Created","content":{` + money + `}}`,
		},
		"of a result of another type": {
			func(app *App, produces RouteOption) { Get(app, "/", pay, produces) },
			[]string{"application/vnd.shop+json"},
			ok(strings.Replace(money, "json", "vnd.shop+json", 1)),
		},
		"of a typed handler that answers by itself": {
			func(app *App, produces RouteOption) { Get(app, "/", empty, produces) },
			[]string{"text/event-stream"},
			ok(events),
		},
		"beside declared answers": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces, Responds(304, "")) },
			[]string{"text/event-stream"},
			ok(events) + `,"304":{"description":"Not Modified"}`,
		},
		"of a route for events": {
			func(app *App, produces RouteOption) { app.SSE("/", stream, produces) },
			[]string{"application/json"},
			ok(`"application/json":{},` + events),
		},
		"none": {
			func(app *App, produces RouteOption) { app.Get("/", hello, produces, Status(201)) },
			nil, `"201":{"description":"Created"}`,
		},
		"none of a route for events": {
			func(app *App, produces RouteOption) {
				app.SSE("/", stream, produces, Status(201), Responds(304, ""))
			},
			nil, ok(events) + `,"304":{"description":"Not Modified"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := New()
			defer app.Close()
			one.register(app, Produces(one.produces...))
			operation, _ := operationOf(t, app)
			expectJSON(t, operation["responses"], "{"+one.want+"}")
		})
	}
	for _, wrong := range []string{"", "events", "text/", "text/csv; charset=utf-8"} {
		app := New()
		app.Get("/", hello, Produces(wrong))
		if err := app.Err(); !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), "media type") {
			t.Errorf("%q gives %v", wrong, err)
		}
		app.Close()
	}
}

func TestTwoTypesOfOneName(t *testing.T) {
	type testMoney struct {
		Other bool `json:"other"`
	}
	app := New()
	defer app.Close()
	Post(app, "/", func(*Ctx, struct{ A map[string]testMoney }) (Nothing, error) { return Nothing{}, nil })
	takeOther(app)
	_, schemas := operationOf(t, app)
	if _, has := schemas["testMoney2"]; !has {
		t.Errorf("got %v", schemas)
	}
}

func takeOther(app *App) {
	Post(app, "/other", func(*Ctx, struct{ B testMoney }) (Nothing, error) { return Nothing{}, nil })
}

func TestBodySchemaIsSelfContained(t *testing.T) {
	v, err := compileTest(reflect.TypeFor[testNew](), "")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(v.bodySchema())
	if !strings.Contains(string(text), `"$defs":{"testNew":`) || strings.Contains(string(text), "components") ||
		!strings.Contains(string(text), `"$ref":"#/$defs/testNew"`) {
		t.Errorf("got %s", text)
	}
}
