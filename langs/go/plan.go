package trivet

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// plan says how an input type is filled from a request. It is made once, at registration.
type plan struct {
	fields  []planField
	hasBody bool
}

// planField is one field that comes from the path or the query.
type planField struct {
	index    []int
	name     string
	isQuery  bool
	isList   bool
	isMaybe  bool // a pointer that stays nil without a parameter
	parse    func(to reflect.Value, text string) error
	expected string // what a parse failure says
}

func (p *plan) isEmpty() bool { return !p.hasBody && len(p.fields) == 0 }

// makePlan reads the tags of an input type. Anything but a struct is the body itself. Methods are
// joined by commas.
func makePlan(t reflect.Type, methods, pattern string) (*plan, error) {
	p := &plan{}
	if t.Kind() != reflect.Struct {
		p.hasBody = true
	} else if err := p.addFields(t, nil, pattern); err != nil {
		return nil, err
	}
	for method := range strings.SplitSeq(methods, ",") {
		if p.hasBody && (method == "GET" || method == "HEAD") {
			return nil, withDetail(
				ErrArgument,
				"%s has no body to fill %v from: a path or query tag is missing",
				method,
				t,
			)
		}
	}
	return p, nil
}

func (p *plan) addFields(t reflect.Type, prefix []int, pattern string) error {
	for i := range t.NumField() {
		field := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		path, isPath := field.Tag.Lookup("path")
		query, isQuery := field.Tag.Lookup("query")
		var err error
		switch {
		case isPath && isQuery:
			err = fmt.Errorf("it has both a path and a query tag")
		case (isPath || isQuery) && !field.IsExported():
			err = fmt.Errorf("it is not exported")
		case isPath && !hasParameter(pattern, path):
			err = fmt.Errorf("the pattern has no parameter %q", path)
		case isPath:
			err = p.addField(field, index, path, false)
		case isQuery:
			err = p.addField(field, index, query, true)
		case field.Anonymous && field.Type.Kind() == reflect.Struct && field.Tag.Get("json") == "":
			err = p.addFields(field.Type, index, pattern)
			if err != nil {
				return err
			}
		case field.IsExported() && field.Tag.Get("json") != "-":
			p.hasBody = true
		}
		if err != nil {
			return withDetail(ErrArgument, "field %s of %v: %v", field.Name, t, err)
		}
	}
	return nil
}

func (p *plan) addField(field reflect.StructField, index []int, name string, isQuery bool) error {
	t := field.Type
	f := planField{index: index, name: name, isQuery: isQuery}
	if isQuery && !implementsText(t) {
		switch t.Kind() {
		case reflect.Slice:
			f.isList, t = true, t.Elem()
		case reflect.Pointer:
			f.isMaybe, t = true, t.Elem()
		}
	}
	f.parse, f.expected = parserOf(t)
	if f.parse == nil {
		return fmt.Errorf("a %v cannot be read from a parameter", field.Type)
	}
	p.fields = append(p.fields, f)
	return nil
}

// hasParameter reports whether a pattern has {name} or {name:…}.
func hasParameter(pattern, name string) bool {
	return strings.Contains(pattern, "{"+name+"}") || strings.Contains(pattern, "{"+name+":")
}

// decode fills a zero input. The body comes first, so that it cannot stand in for a parameter.
func (p *plan) decode(c *Ctx, in reflect.Value) error {
	if p.hasBody {
		if err := c.Bind(in.Addr().Interface()); err != nil {
			return err
		}
	}
	for i := range p.fields {
		if err := p.fields[i].decode(c, in.FieldByIndex(p.fields[i].index)); err != nil {
			return err
		}
	}
	return nil
}

func (f *planField) decode(c *Ctx, to reflect.Value) error {
	if !f.isQuery {
		return f.set(to, c.Param(f.name))
	}
	to.SetZero()
	if f.isList {
		values := c.QueryAll()[f.name]
		if len(values) > 0 {
			to.Set(reflect.MakeSlice(to.Type(), len(values), len(values)))
		}
		for i, value := range values {
			if err := f.set(to.Index(i), value); err != nil {
				return err
			}
		}
		return nil
	}
	value, err := c.LookupQuery(f.name)
	if err != nil {
		return nil // absent: the zero value
	}
	if f.isMaybe {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	return f.set(to, value)
}

func (f *planField) set(to reflect.Value, text string) error {
	if f.parse(to, text) == nil {
		return nil
	}
	return Errorf(422, "%s: expected %s, got %q", f.name, f.expected, text)
}

func implementsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// parserOf returns how text becomes a value of a type, nil when it cannot.
func parserOf(t reflect.Type) (parse func(to reflect.Value, text string) error, expected string) {
	if implementsText(t) {
		return func(to reflect.Value, text string) error {
			return to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		}, t.String()
	}
	if t.ConvertibleTo(reflect.TypeFor[[16]byte]()) && t.Kind() == reflect.Array {
		return func(to reflect.Value, text string) error {
			uuid, err := parseUUID(text)
			to.Set(reflect.ValueOf(uuid).Convert(t))
			return err
		}, "a UUID"
	}
	switch t.Kind() {
	case reflect.String:
		return func(to reflect.Value, text string) error {
			to.SetString(text)
			return nil
		}, jsonKind(t)
	case reflect.Bool:
		return parseBool, jsonKind(t)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseInt(text, 10, t.Bits())
			to.SetInt(n)
			return err
		}, jsonKind(t)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseUint(text, 10, t.Bits())
			to.SetUint(n)
			return err
		}, jsonKind(t)
	case reflect.Float32, reflect.Float64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseFloat(text, t.Bits())
			to.SetFloat(n)
			return err
		}, jsonKind(t)
	default:
		return nil, ""
	}
}

// parseBool takes what people write in a query; a parameter without value is true: ?verbose.
func parseBool(to reflect.Value, text string) error {
	switch strings.ToLower(text) {
	case "", "1", "true", "yes", "on":
		to.SetBool(true)
	case "0", "false", "no", "off":
		to.SetBool(false)
	default:
		return strconv.ErrSyntax
	}
	return nil
}

// jsonKind names a type for a client, who does not know Go's.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return jsonKind(t.Elem())
	default:
		return "an object"
	}
}
