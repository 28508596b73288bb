package trivet

import (
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRender(t *testing.T) {
	files := fstest.MapFS{
		"pages/x.html":   {Data: []byte(`{{template "top" upper .Name}}!`)},
		"pages/top.html": {Data: []byte(`{{define "top"}}<p title="{{.}}">{{end}}`)},
		"pages/bad.html": {Data: []byte(`begun {{.Missing.More}}`)},
	}
	app := New(Templates(files, "pages/*.html"), TemplateFuncs(template.FuncMap{"upper": strings.ToUpper}))
	app.Get("/{name}", func(c *Ctx) error {
		return c.Render(201, c.Param("name"), struct{ Name, Missing string }{`a"<b`, ""})
	})
	s := serve(t, app)
	got := s.get(t, "/x.html")
	expectText(t, got, 201, `<p title="A&#34;&lt;B">!`)
	if got.contentType() != "text/html; charset=utf-8" {
		t.Errorf("got %+v", got)
	}
	log := logOf(t, func() {
		for _, target := range []string{"/bad.html", "/none.html"} {
			if got := s.get(t, target); got.problem(t).Status != 500 {
				t.Errorf("got %+v", got)
			}
		}
	})
	expectContains(t, log, "bad.html")
	expectContains(t, log, `there is no template "none.html"; there are bad.html, top, top.html, x.html`)
}

func TestTemplatesAreReadAnewInDevelopment(t *testing.T) {
	t.Setenv("TRIVET_ENV", "development")
	folder := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(folder, "x.html"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	app := New(Templates(os.DirFS(folder), "*.html"))
	app.Get("/", func(c *Ctx) error { return c.Render(200, "x.html", nil) })
	s := serve(t, app)
	expectText(t, s.get(t, "/"), 200, "one")
	write("two")
	expectText(t, s.get(t, "/"), 200, "two")
	write("{{")
	logOf(t, func() {
		if got := s.get(t, "/"); got.status != 500 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTemplatesThatCannotBe(t *testing.T) {
	app := New(Templates(fstest.MapFS{}, "*.html"))
	defer app.Close()
	if err := app.Listen("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "Templates: ") {
		t.Errorf("got %v", err)
	}
	app = New()
	app.Get("/", func(c *Ctx) error { return c.Render(200, "x.html", nil) })
	s := serve(t, app)
	log := logOf(t, func() { s.get(t, "/") })
	expectContains(t, log, "the app has no templates: trivet.New(trivet.Templates(")
}
