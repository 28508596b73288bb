package trivet

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// source is where in a request a value comes from. Their order is that of errors in an answer.
type source uint8

const (
	inPath source = iota
	inQuery
	inHeader
	inCookie
	inForm
	inBody
)

var sourceNames = [...]string{"path", "query", "header", "cookie", "form", "body"}

func (s source) String() string { return sourceNames[s] }

// parameter is one field that comes from elsewhere than a JSON content.
type parameter struct {
	index   []int
	in      source
	name    string
	field   reflect.StructField
	value   *value
	initial func() reflect.Value
	isFile  bool // an *UploadFile, or a list of them
	// expected says what a text that cannot be read must be.
	code, expected string
}

// sourceOf reads the tag that names a parameter; tags counts them.
func sourceOf(field reflect.StructField) (in source, name string, tags int) {
	for candidate := inPath; candidate < inBody; candidate++ {
		if text, has := field.Tag.Lookup(candidate.String()); has {
			in, name = candidate, text
			tags++
		}
	}
	return in, name, tags
}

// isParameter says that a field is not part of a JSON content.
func isParameter(field reflect.StructField) bool {
	_, _, tags := sourceOf(field)
	return tags > 0 || isInjected(field)
}

// isInjected says that a field is filled by a provider.
func isInjected(field reflect.StructField) bool {
	_, has := field.Tag.Lookup("inject")
	return has
}

func (p *plan) addParameter(field reflect.StructField, index []int, in source, name string) error {
	f := parameter{index: index, in: in, name: name, field: field}
	p.hasForm = p.hasForm || in == inForm
	switch field.Type {
	case reflect.TypeFor[*UploadFile](), reflect.TypeFor[[]*UploadFile]():
		if in != inForm {
			return fmt.Errorf("a file comes with a form tag alone")
		}
		f.isFile = true
		f.value = &value{t: field.Type, kind: kindAny}
		if field.Type.Kind() == reflect.Slice {
			f.value.kind, f.value.elem = kindList, &value{t: field.Type.Elem()}
		}
		if err := f.value.parseRules(field.Tag.Get("validate")); err != nil {
			return err
		}
		p.parameters = append(p.parameters, f)
		return nil
	}
	var k compiler
	var err error
	if f.value, err = k.compile(field.Type, field.Tag.Get("validate")); err != nil {
		return err
	}
	scalar := f.value
	if f.value.kind == kindList && f.value.parse == nil && f.value.pointers == 0 &&
		in != inPath && in != inCookie {
		scalar = f.value.elem
	}
	if scalar.parse == nil || scalar.pointers > 1 || scalar.pointers == 1 && in == inPath {
		return fmt.Errorf("a %v cannot be read from a %s parameter", field.Type, in)
	}
	f.value.settle()
	f.code, f.expected = scalar.textRefusal()
	if text, has := field.Tag.Lookup("default"); has {
		if in == inPath {
			return fmt.Errorf("a path parameter is always there and takes no default")
		}
		if f.initial, err = f.value.defaultOf(field.Type, text); err != nil {
			return err
		}
	}
	p.parameters = append(p.parameters, f)
	return nil
}

// textRefusal says what a text must be to become a scalar.
func (v *value) textRefusal() (code, expected string) {
	switch {
	case v.kind == kindTime:
		return "format", "must be a valid date-time"
	case v.kind == kindList: // 16 bytes
		return "format", "must be a valid uuid"
	case v.kind == kindText:
		return "invalid", ""
	case v.kind == kindBoolean, v.kind == kindNumber, v.kind == kindInteger:
		plain := *v
		plain.pointers, plain.isRequired = 0, true
		return "type", "must be " + plain.typeName()
	default:
		return "type", "must be a string"
	}
}

// decode sets the field, whatever a JSON content has left there.
func (f *parameter) decode(c *Ctx, form *Form, to reflect.Value, w *wrongs) {
	at := f.pointer()
	if f.isFile {
		f.decodeFiles(form, to, at, w)
		return
	}
	to.SetZero()
	if f.value.kind == kindList && f.value.parse == nil {
		f.decodeList(f.texts(c, form), to, at, w)
		return
	}
	text, isThere := f.text(c, form)
	switch {
	case isThere:
		if f.set(f.value, to, text, at, w) {
			f.value.addWrong(w, f.in.String(), at, f.value.target(to))
		}
	case f.initial != nil:
		to.Set(f.initial())
	case f.value.isRequired:
		w.add(f.in.String(), at, "required", "is missing")
	}
}

func (f *parameter) pointer() string {
	if strings.ContainsAny(f.name, "~/") {
		return pointerTo("", f.name)
	}
	return "/" + f.name
}

// target is the value behind the pointers of a field that has been set.
func (v *value) target(to reflect.Value) reflect.Value {
	for range v.pointers {
		to = to.Elem()
	}
	return to
}

// set reads one text, and adds why it cannot be read.
func (f *parameter) set(v *value, to reflect.Value, text, at string, w *wrongs) bool {
	for range v.pointers {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	err := v.parse(to, text)
	if err == nil {
		return true
	}
	code, detail := f.code, f.expected
	if isRangeError(err) {
		code, detail = v.refusal(text, err)
	}
	if detail == "" {
		detail = strings.TrimSuffix(err.Error(), ".")
	}
	to.SetZero()
	w.add(f.in.String(), at, code, detail)
	return false
}

func (f *parameter) decodeList(texts []string, to reflect.Value, at string, w *wrongs) {
	if len(texts) == 0 {
		switch {
		case f.initial != nil:
			to.Set(f.initial())
		case f.value.isRequired:
			w.add(f.in.String(), at, "required", "is missing")
		}
		return
	}
	if to.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(to.Type(), len(texts), len(texts)))
	}
	var items wrongs
	areRead := true
	for i, text := range texts[:min(len(texts), to.Len())] {
		item := at + "/" + strconv.Itoa(i)
		if f.set(f.value.elem, to.Index(i), text, item, &items) {
			f.value.elem.addWrong(&items, f.in.String(), item, f.value.elem.target(to.Index(i)))
		} else {
			areRead = false
		}
	}
	if areRead {
		f.value.addWrong(w, f.in.String(), at, to)
	}
	w.append(&items)
}

func (f *parameter) decodeFiles(form *Form, to reflect.Value, at string, w *wrongs) {
	files := form.Files(f.name)
	switch {
	case len(files) == 0:
		to.SetZero()
		if f.value.isRequired {
			w.add(f.in.String(), at, "required", "is missing")
		}
	case f.value.kind == kindList:
		to.Set(reflect.ValueOf(files))
		f.value.addWrong(w, f.in.String(), at, to)
	default:
		to.Set(reflect.ValueOf(files[0]))
	}
}

// text is the first of a name.
func (f *parameter) text(c *Ctx, form *Form) (text string, isThere bool) {
	var err error
	switch f.in {
	case inPath:
		return c.Param(f.name), true
	case inQuery:
		text, err = c.LookupQuery(f.name)
	case inHeader:
		text, err = c.LookupHeader(f.name)
	case inCookie:
		text, err = c.LookupCookie(f.name)
	default:
		for _, field := range form.fields {
			if field.Name == f.name {
				return field.Value, true
			}
		}
		return "", false
	}
	return text, err == nil
}

// texts are all of a name; those of header fields stand apart by commas as well.
func (f *parameter) texts(c *Ctx, form *Form) (texts []string) {
	switch f.in {
	case inQuery:
		return c.QueryAll()[f.name]
	case inForm:
		return form.Values(f.name)
	}
	for _, field := range c.Headers() {
		if !strings.EqualFold(field.Name, f.name) {
			continue
		}
		for text := range strings.SplitSeq(field.Value, ",") {
			if text = strings.TrimSpace(text); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
