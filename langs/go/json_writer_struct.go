package trivet

import (
	"reflect"
	"slices"
	"strings"
)

// jsonField is a member of a struct that is written.
type jsonField struct {
	index       []int
	name        string // with quotes and colon
	append      jsonAppender
	isOmitEmpty bool
	isOmitZero  bool
}

func jsonStructAppender(t reflect.Type, above map[reflect.Type]bool) jsonAppender {
	if hasRareFields(t, map[reflect.Type]bool{}) {
		return leaveJSON
	}
	fields := []jsonField{}
	for _, f := range dominant(fieldsOf(t, nil, nil, map[reflect.Type]bool{})) {
		_, options, _ := strings.Cut(f.field.Tag.Get("json"), ",")
		if isQuoted(f.field) {
			return leaveJSON
		}
		one := jsonField{
			index:  f.index,
			name:   string(appendJSONString(nil, f.name)) + ":",
			append: jsonAppenderBelow(f.field.Type, above),
		}
		for option := range strings.SplitSeq(options, ",") {
			one.isOmitEmpty = one.isOmitEmpty || option == "omitempty"
			one.isOmitZero = one.isOmitZero || option == "omitzero"
		}
		if one.isOmitZero && hasIsZero(f.field.Type) {
			return leaveJSON
		}
		fields = append(fields, one)
	}
	return func(text []byte, v reflect.Value, depth int) ([]byte, bool) {
		return appendJSONFields(text, v, fields, depth)
	}
}

func appendJSONFields(text []byte, v reflect.Value, fields []jsonField, depth int) ([]byte, bool) {
	text = append(text, '{')
	isFirst := true
	for i := range fields {
		f := &fields[i]
		field, is := f.of(v)
		if !is || f.isOmitEmpty && isEmptyJSON(field) || f.isOmitZero && field.IsZero() {
			continue
		}
		if !isFirst {
			text = append(text, ',')
		}
		isFirst = false
		if text, is = f.append(append(text, f.name...), field, depth); !is {
			return text, false
		}
	}
	return append(text, '}'), true
}

// of is the field of a struct; it is not there when the embedded struct that has it is not.
func (f *jsonField) of(v reflect.Value) (reflect.Value, bool) {
	for _, at := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v, true
}

// isPlainName says whether encoding/json takes a name of a tag as it is.
func isPlainName(name string) bool {
	return !slices.ContainsFunc([]byte(name), func(c byte) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '_' || c == '-' || c == '.' || c == '$' || c == '/')
	})
}

func hasIsZero(t reflect.Type) bool {
	type zeroer interface{ IsZero() bool }
	return t.Implements(reflect.TypeFor[zeroer]()) ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[zeroer]())
}

// isEmptyJSON says whether omitempty leaves a value out.
func isEmptyJSON(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128,
		reflect.UnsafePointer:
		return false
	default:
		return v.IsZero()
	}
}
