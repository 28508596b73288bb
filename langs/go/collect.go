package trivet

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// collector finds all that is wrong with a JSON content, by its text. It runs only when something is,
// or may be.
type collector struct {
	wrongs
	// isRewritten says that integers written as 3.0 or 1e2, which encoding/json refuses, were
	// written anew.
	isRewritten bool
}

func (k *collector) add(pointer, code, detail string) { k.wrongs.add("body", pointer, code, detail) }

func (k *collector) walk(v *value, n *node, at string) {
	if n.kind == 'n' && (v.isNullable() || v.isQuoted) {
		return
	}
	switch v.kind {
	case kindAny:
		k.walkAny(v, n, at)
	case kindList:
		if n.kind != '[' {
			k.add(at, "type", "must be "+v.typeName())
			return
		}
		k.sizes(v, n, len(n.items), at)
		for i, item := range n.items {
			k.walk(v.elem, item, at+"/"+strconv.Itoa(i))
		}
	case kindMap:
		if n.kind != '{' {
			k.add(at, "type", "must be "+v.typeName())
			return
		}
		k.sizes(v, n, len(n.members), at)
		for _, m := range n.members {
			k.walk(v.elem, m.value, pointerTo(at, m.name))
		}
	case kindObject:
		k.walkObject(v, n, at)
	default:
		k.walkScalar(v, n, at)
	}
}

func (k *collector) walkObject(v *value, n *node, at string) {
	if n.kind != '{' {
		k.add(at, "type", "must be "+v.typeName())
		return
	}
	for _, m := range v.object.members {
		one := n.find(v.object, m.name)
		switch {
		case one != nil:
			k.walk(m.value, one, pointerTo(at, m.name))
		case m.value.isRequired:
			k.add(pointerTo(at, m.name), "required", "is missing")
		}
	}
}

// sizes looks at the rules of a list or a map.
func (k *collector) sizes(v *value, n *node, size int, at string) {
	for i := range v.rules {
		r := &v.rules[i]
		isGood := true
		switch {
		case v.isOmitEmpty && size == 0:
		case r.isUnique:
			seen := make(map[string]bool, size)
			for _, item := range n.items {
				text := string(item.appendTo(nil))
				isGood = isGood && !seen[text]
				seen[text] = true
			}
		default:
			isGood = r.size(size)
		}
		if !isGood {
			k.add(at, r.code, r.detail)
		}
	}
}

// walkAny lets a type that decodes itself say what is wrong.
func (k *collector) walkAny(v *value, n *node, at string) {
	if v.isQuoted || v.t.Kind() == reflect.Interface {
		if v.isRequired && n.kind == 'n' {
			k.add(at, "type", "must not be null")
		}
		return
	}
	if err := json.Unmarshal(n.appendTo(nil), reflect.New(v.t).Interface()); err != nil {
		k.add(at, "invalid", strings.TrimSuffix(err.Error(), "."))
	}
}

func (k *collector) walkScalar(v *value, n *node, at string) {
	want := byte('"')
	switch v.kind {
	case kindBoolean:
		want = 't'
	case kindInteger, kindNumber:
		want = '0'
	}
	if n.kind != want {
		k.add(at, "type", "must be "+v.typeName())
		return
	}
	if v.kind == kindInteger && !k.settleInteger(n) {
		k.add(at, "type", "must be "+v.typeName())
		return
	}
	to := reflect.New(v.t)
	if err := json.Unmarshal(n.raw, to.Interface()); err != nil {
		code, detail := v.refusal(string(n.raw), err)
		k.add(at, code, detail)
		return
	}
	v.addWrong(&k.wrongs, "body", at, to.Elem())
}

// settleInteger writes an integer such as 3.0 as 3; false for what is none.
func (k *collector) settleInteger(n *node) bool {
	text := string(n.raw)
	if !strings.ContainsAny(text, ".eE") {
		return true
	}
	exponent := 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		exponent, _ = strconv.Atoi(text[at+1:])
	}
	if len(text) > 100 || exponent < -100 || exponent > 100 { // the number itself might be huge
		return false
	}
	exact, isNumber := new(big.Rat).SetString(text)
	if !isNumber || !exact.IsInt() {
		return false
	}
	n.raw = []byte(exact.Num().String())
	k.isRewritten = true
	return true
}

// refusal says why a scalar of the right JSON type is no value of a type.
func (v *value) refusal(text string, err error) (code, detail string) {
	switch v.kind {
	case kindNumber:
		return "type", "must be " + v.typeName()
	case kindInteger:
		return v.beyond(strings.HasPrefix(text, "-"))
	case kindTime:
		return "format", "must be a valid date-time"
	case kindBytes:
		return "invalid", "must be base64"
	default:
		return "invalid", strings.TrimSuffix(err.Error(), ".")
	}
}

// beyond says that an integer is too low or too high for its type: by the rules of the value where they
// say so, for then they are narrower.
func (v *value) beyond(isLow bool) (code, detail string) {
	low, high := bounds(v.t)
	code, exclusive, detail := "maximum", "exclusiveMaximum", "must be at most "+high
	if isLow {
		code, exclusive, detail = "minimum", "exclusiveMinimum", "must be at least "+low
	}
	for i := range v.rules {
		if r := &v.rules[i]; r.code == code || r.code == exclusive {
			return r.code, r.detail
		}
	}
	return code, detail
}

// bounds are the least and the greatest value of an integer type, as JSON.
func bounds(t reflect.Type) (low, high string) {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		top := int64(1)<<(t.Bits()-1) - 1
		return strconv.FormatInt(-top-1, 10), strconv.FormatInt(top, 10)
	default:
		return "0", strconv.FormatUint(1<<t.Bits()-1, 10)
	}
}

// typeName names the JSON type for a client.
func (v *value) typeName() string {
	name := "a string"
	switch v.kind {
	case kindBoolean:
		name = "a boolean"
	case kindInteger:
		name = "an integer"
	case kindNumber:
		name = "a number"
	case kindList:
		name = "an array"
	case kindMap, kindObject:
		name = "an object"
	}
	if v.isNullable() {
		name += " or null"
	}
	return name
}
