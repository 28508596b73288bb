package trivet

import (
	"bytes"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// templates are those of an app.
type templates struct {
	files    fs.FS
	patterns []string
	funcs    template.FuncMap
	parsed   *template.Template
}

// Templates has [Ctx.Render] find templates of html/template in the files that match the patterns, by
// the last part of their paths and by what they define:
//
//	//go:embed pages
//	var pages embed.FS
//
//	app := trivet.New(trivet.Templates(pages, "pages/*.html"))
//
// They are read when the app starts; while `trivet dev` runs it, at each use.
func Templates(files fs.FS, patterns ...string) Option {
	return appOption(func(a *App) {
		a.templatesOf().files, a.templates.patterns = files, patterns
	})
}

// TemplateFuncs gives the templates functions.
func TemplateFuncs(funcs template.FuncMap) Option {
	return appOption(func(a *App) { a.templatesOf().funcs = funcs })
}

func (a *App) templatesOf() *templates {
	if a.templates == nil {
		a.templates = &templates{}
	}
	return a.templates
}

func (t *templates) parse() (err error) {
	if t == nil || t.files == nil {
		return nil
	}
	t.parsed, err = t.read()
	return err
}

func (t *templates) read() (*template.Template, error) {
	parsed, err := template.New("").Funcs(t.funcs).ParseFS(t.files, t.patterns...)
	if err != nil {
		return nil, withDetail(ErrArgument, "Templates: %v", err)
	}
	return parsed, nil
}

var renderBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render answers with a template of [Templates], as text/html. Nothing is sent of one that fails.
func (c *Ctx) Render(status int, name string, data any) error {
	t := c.loop.app.templates
	if t == nil || t.parsed == nil {
		return withDetail(ErrState, "the app has no templates: trivet.New(trivet.Templates(files, \"*.html\"))")
	}
	parsed := t.parsed
	if c.loop.app.isDevelopment {
		var err error
		if parsed, err = t.read(); err != nil {
			return err
		}
	}
	found := parsed.Lookup(name)
	if found == nil {
		return withDetail(ErrNotFound, "there is no template %q; there are %s", name, templateNames(parsed))
	}
	buffer := renderBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= jsonBufferBytesMax {
			buffer.Reset()
			renderBuffers.Put(buffer)
		}
	}()
	if err := found.Execute(buffer, data); err != nil {
		return err
	}
	c.Status(status)
	return send(c, contentHTML, buffer.Bytes())
}

// templateNames lists templates for a message.
func templateNames(parsed *template.Template) string {
	var list []string
	for _, one := range parsed.Templates() {
		if one.Name() != "" {
			list = append(list, one.Name())
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
