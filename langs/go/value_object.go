package trivet

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// found is a field that may become a member: encoding/json lets the outer one of a name win, then the
// one with a tag.
type found struct {
	name     string
	index    []int
	field    reflect.StructField
	isTagged bool
}

// object lists the members of a struct.
func (k *compiler) object(t reflect.Type) (*object, error) {
	if o, isKnown := k.objects[t]; isKnown {
		return o, nil
	}
	o := &object{t: t, byName: make(map[string]*member)}
	skips := k.skips
	k.skips = nil // holds for the outermost struct alone
	if k.objects == nil {
		k.objects = make(map[reflect.Type]*object)
	}
	k.objects[t] = o
	all := dominant(fieldsOf(t, nil, nil, map[reflect.Type]bool{}))
	o.isRare = hasRareFields(t, map[reflect.Type]bool{})
	for _, f := range dominant(fieldsOf(t, nil, skips, map[reflect.Type]bool{})) {
		// A field that is not part of the content may still hide one that is.
		o.isRare = o.isRare || !slices.ContainsFunc(all, func(other found) bool {
			return slices.Equal(other.index, f.index)
		})
		m := &member{name: f.name, place: len(o.members), index: f.index, field: f.field}
		var err error
		if isQuoted(f.field) {
			m.value = &value{t: f.field.Type, isQuoted: true} // a number in a string: encoding/json looks after it
		} else {
			m.value, err = k.compile(f.field.Type, f.field.Tag.Get("validate"))
		}
		if err == nil && !k.isOutput {
			err = m.setDefault()
		}
		if err != nil {
			return nil, fieldError(f.field, t, err)
		}
		o.members = append(o.members, m)
		o.byName[m.name] = m
	}
	return o, nil
}

// nestedError is the error of a field with the path to it.
type nestedError struct {
	path  string
	outer reflect.Type
	cause error
}

func (e *nestedError) Error() string {
	return fmt.Sprintf("field %s of %v: %v", e.path, e.outer, e.cause)
}

func fieldError(field reflect.StructField, t reflect.Type, err error) error {
	if nested, is := err.(*nestedError); is {
		return &nestedError{field.Name + "." + nested.path, t, nested.cause}
	}
	return &nestedError{field.Name, t, err}
}

// fieldsOf lists the fields of a struct and of those embedded in it.
func fieldsOf(
	t reflect.Type,
	prefix []int,
	skips func(reflect.StructField) bool,
	above map[reflect.Type]bool,
) (list []found) {
	if above[t] {
		return nil
	}
	above[t] = true
	defer delete(above, t)
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		index := append(slices.Clone(prefix), i)
		embedded := field.Type
		if field.Anonymous && embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		switch {
		case field.Tag.Get("json") == "-", skips != nil && skips(field):
		case field.Anonymous && name == "" && embedded.Kind() == reflect.Struct:
			if field.IsExported() || field.Type.Kind() == reflect.Struct {
				list = append(list, fieldsOf(embedded, index, skips, above)...)
			}
		case field.IsExported():
			list = append(list, found{orElse(name, field.Name), index, field, name != ""})
		}
	}
	return list
}

// hasRareFields says whether a struct, or one embedded in it, has fields that are read and written by
// rules of their own: embedded ones that are not exported behind pointers and names, and names that
// encoding/json does not take.
func hasRareFields(t reflect.Type, above map[reflect.Type]bool) bool {
	if above[t] {
		return true
	}
	above[t] = true
	defer delete(above, t)
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Tag.Get("json") == "-" || !field.Anonymous && !field.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		embedded := field.Type
		if field.Anonymous && embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		isEmbedded := field.Anonymous && embedded.Kind() == reflect.Struct
		if !isPlainName(name) ||
			isEmbedded && !field.IsExported() && (name != "" || field.Type.Kind() == reflect.Pointer) ||
			isEmbedded && name == "" && hasRareFields(embedded, above) {
			return true
		}
	}
	return false
}

// dominant leaves one field for each name, or none where encoding/json takes none.
func dominant(list []found) (kept []found) {
	for _, one := range list {
		isBest := true
		for _, other := range list {
			if other.name != one.name || slices.Equal(other.index, one.index) {
				continue
			}
			if len(other.index) < len(one.index) ||
				len(other.index) == len(one.index) && (other.isTagged || !one.isTagged) {
				isBest = false
			}
		}
		if isBest {
			kept = append(kept, one)
		}
	}
	return kept
}

func isQuoted(field reflect.StructField) bool {
	_, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	return slices.Contains(strings.Split(options, ","), "string")
}

// setDefault reads the default tag.
func (m *member) setDefault() error {
	text, has := m.field.Tag.Lookup("default")
	if !has {
		return nil
	}
	if m.value.kind == kindMap {
		return fmt.Errorf("a map takes no default")
	}
	initial, err := m.value.defaultOf(m.field.Type, text)
	if err != nil {
		return err
	}
	m.initial = initial
	m.initialJSON, err = json.Marshal(initial().Interface())
	return err
}

// defaultOf makes the value of a default tag anew at each call: the text of a scalar, or JSON.
func (v *value) defaultOf(t reflect.Type, text string) (func() reflect.Value, error) {
	make := func() (reflect.Value, error) {
		made := reflect.New(t).Elem()
		to := made
		for range v.pointers {
			to.Set(reflect.New(to.Type().Elem()))
			to = to.Elem()
		}
		if v.parse != nil {
			return made, v.parse(to, text)
		}
		return made, json.Unmarshal([]byte(text), to.Addr().Interface())
	}
	made, err := make()
	if err != nil {
		return nil, fmt.Errorf("default %q is no value of %v", text, t)
	}
	v.isRequired = false // it is never missing
	to := made
	for range v.pointers {
		to = to.Elem()
	}
	for i := range v.rules {
		if !v.rules[i].holds(v, to) {
			return nil, fmt.Errorf("default %q %s", text, v.rules[i].detail)
		}
	}
	if v.parse != nil && v.pointers == 0 {
		return func() reflect.Value { return made }, nil
	}
	return func() reflect.Value {
		again, _ := make()
		return again
	}, nil
}
