package trivet

import (
	"bytes"
	"encoding"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// jsonAppender appends the JSON of a value of one type. False leaves the whole result to encoding/json:
// what cannot be JSON, so that the error is its own, and what is rare.
type jsonAppender func(text []byte, v reflect.Value, depth int) ([]byte, bool)

var jsonAppenders sync.Map // reflect.Type to jsonAppender

// appendJSON appends what [json.Encoder] writes of v without escapes for HTML, and no newline.
func appendJSON(text []byte, v any) ([]byte, bool) {
	if v == nil {
		return append(text, "null"...), true
	}
	of := reflect.ValueOf(v)
	return jsonAppenderOf(of.Type())(text, of, 0)
}

func jsonAppenderOf(t reflect.Type) jsonAppender {
	if kept, isKnown := jsonAppenders.Load(t); isKnown {
		return kept.(jsonAppender)
	}
	return jsonAppenderBelow(t, make(map[reflect.Type]bool))
}

// jsonAppenderBelow is the appender of a type within those that are being made: a type may hold itself,
// and is then looked up when it is used.
func jsonAppenderBelow(t reflect.Type, above map[reflect.Type]bool) jsonAppender {
	if kept, isKnown := jsonAppenders.Load(t); isKnown {
		return kept.(jsonAppender)
	}
	if above[t] {
		return func(text []byte, v reflect.Value, depth int) ([]byte, bool) {
			return jsonAppenderOf(t)(text, v, depth)
		}
	}
	above[t] = true
	defer delete(above, t)
	kept, _ := jsonAppenders.LoadOrStore(t, makeJSONAppender(t, above))
	return kept.(jsonAppender)
}

func makeJSONAppender(t reflect.Type, above map[reflect.Type]bool) jsonAppender {
	isMarshaler := t.Implements(reflect.TypeFor[json.Marshaler]())
	isText := t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
	switch {
	case t.Kind() == reflect.Interface && (isMarshaler || isText):
		return leaveJSON // its method is called, whatever else the value has
	case t.Kind() == reflect.Interface:
		return appendDynamicJSON
	case !isMarshaler && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()):
		return leaveJSON // the method is called where the value can be addressed
	case isMarshaler || isText:
		return appendJSONByMethod
	case marshalsText(t):
		return leaveJSON
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(text []byte, v reflect.Value, _ int) ([]byte, bool) {
			return strconv.AppendBool(text, v.Bool()), true
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(text []byte, v reflect.Value, _ int) ([]byte, bool) {
			return strconv.AppendInt(text, v.Int(), 10), true
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(text []byte, v reflect.Value, _ int) ([]byte, bool) {
			return strconv.AppendUint(text, v.Uint(), 10), true
		}
	case reflect.Float32, reflect.Float64:
		bits := t.Bits()
		return func(text []byte, v reflect.Value, _ int) ([]byte, bool) {
			return appendJSONFloat(text, v.Float(), bits)
		}
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return leaveJSON
		}
		return func(text []byte, v reflect.Value, _ int) ([]byte, bool) {
			return appendJSONString(text, v.String()), true
		}
	case reflect.Pointer:
		return jsonPointerAppender(jsonAppenderBelow(t.Elem(), above))
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return leaveJSON // base64
		}
		return jsonListAppender(jsonAppenderBelow(t.Elem(), above), t.Kind() == reflect.Slice)
	case reflect.Map:
		return jsonMapAppender(t, above)
	case reflect.Struct:
		return jsonStructAppender(t, above)
	default:
		return leaveJSON
	}
}

func leaveJSON(text []byte, _ reflect.Value, _ int) ([]byte, bool) { return text, false }

func appendDynamicJSON(text []byte, v reflect.Value, depth int) ([]byte, bool) {
	if v.IsNil() {
		return append(text, "null"...), true
	}
	if depth == jsonDepthMax {
		return text, false
	}
	below := v.Elem()
	return jsonAppenderOf(below.Type())(text, below, depth+1)
}

// appendJSONByMethod has encoding/json call a method and check what it gives.
func appendJSONByMethod(text []byte, v reflect.Value, _ int) ([]byte, bool) {
	into := bytes.NewBuffer(text)
	encoder := json.NewEncoder(into)
	encoder.SetEscapeHTML(false)
	if !v.CanInterface() || encoder.Encode(v.Interface()) != nil {
		return text, false
	}
	return into.Bytes()[:into.Len()-1], true // it ends with a newline
}

// appendJSONFloat writes as ECMAScript does, which is what encoding/json writes.
func appendJSONFloat(text []byte, number float64, bits int) ([]byte, bool) {
	if math.IsInf(number, 0) || math.IsNaN(number) {
		return text, false
	}
	size := math.Abs(number)
	isLong := bits == 64 && (size < 1e-6 || size >= 1e21) ||
		bits == 32 && (float32(size) < 1e-6 || float32(size) >= 1e21)
	if size == 0 || !isLong {
		return strconv.AppendFloat(text, number, 'f', -1, bits), true
	}
	text = strconv.AppendFloat(text, number, 'e', -1, bits)
	if n := len(text); text[n-4] == 'e' && text[n-3] == '-' && text[n-2] == '0' {
		text = append(text[:n-2], text[n-1]) // e-09 is e-9
	}
	return text, true
}

const hexDigits = "0123456789abcdef"

func appendJSONString(text []byte, s string) []byte {
	text = append(text, '"')
	begin := 0
	for at := 0; at < len(s); {
		c := s[at]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			at++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[at:])
			if r == utf8.RuneError && size == 1 {
				text = append(append(text, s[begin:at]...), `\ufffd`...)
				begin = at + size
			} else if r == '\u2028' || r == '\u2029' { // ends a line in JavaScript
				text = append(append(text, s[begin:at]...), `\u202`...)
				text = append(text, hexDigits[r&0xF])
				begin = at + size
			}
			at += size
			continue
		}
		text = append(append(text, s[begin:at]...), '\\')
		if place := strings.IndexByte("\"\\\b\f\n\r\t", c); place >= 0 {
			text = append(text, `"\bfnrt`[place])
		} else {
			text = append(text, 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
		}
		at++
		begin = at
	}
	return append(append(text, s[begin:]...), '"')
}

func jsonPointerAppender(below jsonAppender) jsonAppender {
	return func(text []byte, v reflect.Value, depth int) ([]byte, bool) {
		if v.IsNil() {
			return append(text, "null"...), true
		}
		if depth == jsonDepthMax { // it may lead to itself
			return text, false
		}
		return below(text, v.Elem(), depth+1)
	}
}

func jsonListAppender(below jsonAppender, isSlice bool) jsonAppender {
	return func(text []byte, v reflect.Value, depth int) ([]byte, bool) {
		if isSlice && v.IsNil() {
			return append(text, "null"...), true
		}
		if depth == jsonDepthMax {
			return text, false
		}
		text = append(text, '[')
		for i := range v.Len() {
			if i > 0 {
				text = append(text, ',')
			}
			var is bool
			if text, is = below(text, v.Index(i), depth+1); !is {
				return text, false
			}
		}
		return append(text, ']'), true
	}
}

func jsonMapAppender(t reflect.Type, above map[reflect.Type]bool) jsonAppender {
	key := t.Key()
	if key.Kind() != reflect.String || marshalsText(key) {
		return leaveJSON
	}
	below := jsonAppenderBelow(t.Elem(), above)
	type entry struct {
		name  string
		value reflect.Value
	}
	return func(text []byte, v reflect.Value, depth int) ([]byte, bool) {
		if v.IsNil() {
			return append(text, "null"...), true
		}
		if depth == jsonDepthMax {
			return text, false
		}
		entries := make([]entry, 0, v.Len())
		for each := v.MapRange(); each.Next(); {
			entries = append(entries, entry{each.Key().String(), each.Value()})
		}
		slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
		text = append(text, '{')
		for i, one := range entries {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(appendJSONString(text, one.name), ':')
			var is bool
			if text, is = below(text, one.value, depth+1); !is {
				return text, false
			}
		}
		return append(text, '}'), true
	}
}
