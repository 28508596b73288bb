package trivet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// plan says how an input type is filled from a request. It is made once, at registration.
type plan struct {
	t          reflect.Type
	parameters []parameter // in the order in which errors are listed
	body       *value      // nil when nothing is read from a JSON content
	hasForm    bool
	injected   []injected
	validate   *value // the whole input, when it or what it holds has Validate methods
	hasMethods bool   // of it or of parameters
}

func (p *plan) isEmpty() bool {
	return p.body == nil && len(p.parameters) == 0 && p.validate == nil && len(p.injected) == 0
}

// makePlan reads the tags of an input type. Anything but a struct is the body itself. Methods are
// joined by commas.
func makePlan(t reflect.Type, methods, pattern string) (*plan, error) {
	p := &plan{t: t}
	var k compiler
	hasBody := t.Kind() != reflect.Struct || implementsText(t) || k.decodesItself(t)
	if !hasBody {
		if err := p.addFields(t, nil, pattern, &hasBody); err != nil {
			return nil, err
		}
		k.skips = isParameter
		slices.SortStableFunc(p.parameters, func(a, b parameter) int { return int(a.in) - int(b.in) })
	}
	whole, err := k.compile(t, "")
	if err != nil {
		return nil, withDetail(ErrArgument, "%v", err)
	}
	whole.settle()
	if whole.hasMethods {
		p.validate = whole
	}
	p.hasMethods = whole.hasMethods || slices.ContainsFunc(p.parameters, func(f parameter) bool {
		return f.value.hasMethods
	})
	if !hasBody {
		return p, nil
	}
	p.body = whole
	for method := range strings.SplitSeq(methods, ",") {
		if method == "GET" || method == "HEAD" {
			return nil, withDetail(ErrArgument, "%s has no body to fill %v from: "+
				"a path, query, header or cookie tag is missing", method, t)
		}
	}
	if p.hasForm {
		return nil, withDetail(ErrArgument,
			"%v has fields of a form and fields of a JSON body: give all of them a form tag, or none", t)
	}
	return p, nil
}

// addFields lists the fields that hold parameters, and notes whether others do not.
func (p *plan) addFields(t reflect.Type, prefix []int, pattern string, hasBody *bool) error {
	for i := range t.NumField() {
		field := t.Field(i)
		index := append(slices.Clone(prefix), i)
		in, name, tags := sourceOf(field)
		var err error
		switch {
		case tags > 1:
			err = fmt.Errorf("it has %d of the tags path, query, header, cookie and form", tags)
		case tags == 1 && !field.IsExported():
			err = fmt.Errorf("it is not exported")
		case tags == 1 && name == "":
			err = fmt.Errorf("the name in its tag is missing")
		case in == inPath && tags == 1 && !hasParameter(pattern, name):
			err = fmt.Errorf("the pattern has no parameter %q", name)
		case tags == 1:
			err = p.addParameter(field, index, in, name)
		case isInjected(field) && !field.IsExported():
			err = fmt.Errorf("it is not exported")
		case isInjected(field):
			p.injected = append(p.injected, injected{index: index, t: field.Type, name: field.Name})
		case field.Anonymous && field.Type.Kind() == reflect.Struct && field.Tag.Get("json") == "":
			if err := p.addFields(field.Type, index, pattern, hasBody); err != nil {
				return err
			}
		case field.IsExported() && field.Tag.Get("json") != "-":
			*hasBody = true
		}
		if err != nil {
			return withDetail(ErrArgument, "%v", fieldError(field, t, err))
		}
	}
	return nil
}

// hasParameter reports whether a pattern has {name} or {name:…}.
func hasParameter(pattern, name string) bool {
	return strings.Contains(pattern, "{"+name+"}") || strings.Contains(pattern, "{"+name+":")
}

// decode fills a zero input. The body comes first, so that it cannot stand in for a parameter.
func (p *plan) decode(c *Ctx, in reflect.Value) error {
	var content, parameters wrongs
	if p.body != nil {
		if err := p.decodeBody(c, in, &content); err != nil {
			return err
		}
		// Nor for what is provided, which Validate methods see before it is there.
		for i := range p.injected {
			in.FieldByIndex(p.injected[i].index).SetZero()
		}
	}
	var form *Form
	if p.hasForm {
		var err error
		if form, err = c.Form(); err != nil {
			return err
		}
	}
	for i := range p.parameters {
		f := &p.parameters[i]
		f.decode(c, form, in.FieldByIndex(f.index), &parameters)
	}
	if content.total > 0 {
		parameters.append(&content)
	}
	if p.hasMethods && parameters.total == 0 {
		p.runMethods(c, in, &parameters)
	}
	if err := parameters.err(); err != nil {
		return err
	}
	return p.inject(c, in)
}

// runMethods calls the Validate methods of parameters, and of the input with what it holds.
func (p *plan) runMethods(c *Ctx, in reflect.Value, w *wrongs) {
	for i := range p.parameters {
		if f := &p.parameters[i]; f.value.hasMethods {
			f.value.runMethods(c, in.FieldByIndex(f.index), f.in.String(), f.pointer(), w)
		}
	}
	if p.validate != nil {
		p.validate.runMethods(c, in, p.mainSource().String(), "", w)
	}
}

// mainSource is where the errors of an input as a whole are said to be.
func (p *plan) mainSource() source {
	switch {
	case p.body != nil || len(p.parameters) == 0:
		return inBody
	case p.hasForm:
		return inForm
	default:
		return p.parameters[0].in
	}
}

func (p *plan) decodeBody(c *Ctx, in reflect.Value, w *wrongs) error {
	body, err := c.ReadBody()
	if err != nil {
		return err
	}
	if kind := c.Header("Content-Type"); len(body) > 0 && !isJSONType(kind) {
		told := "it has no Content-Type"
		if kind != "" {
			kind, _, _ = strings.Cut(kind, ";")
			told = "not " + strings.ToLower(strings.TrimSpace(kind))
		}
		return UnsupportedMediaType("the content must be application/json, " + told)
	}
	return p.body.decodeBody(c.loop.app.codec, body, in, w)
}

// isJSONType takes application/json and all that ends in +json.
func isJSONType(kind string) bool {
	if kind == "application/json" {
		return true
	}
	kind, _, _ = strings.Cut(kind, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasPrefix(kind, "application/") &&
		strings.HasSuffix(kind, "+json")
}
