package trivet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// decodeBody fills `to`, which can be set, from a JSON content. What is wrong with the values is added
// to w; an error is that of a content that is no JSON.
func (v *value) decodeBody(k codec, body []byte, to reflect.Value, w *wrongs) error {
	if len(body) == 0 {
		w.add("body", "", "required", "is missing")
		return nil
	}
	if v.hasDefaults {
		v.prefill(to)
	}
	failure := k.decode(v, body, to)
	found := isGood
	if failure == nil {
		if v.hasChecks {
			found = v.check(to, true)
		}
		if found == isGood && !v.hasDeepDefaults && !bytes.Contains(body, []byte("null")) {
			return nil
		}
	}
	if failure != nil {
		if syntax := syntaxError(body); syntax != nil {
			return Errorf(400, "malformed JSON at byte %d: %v", placeOf(syntax, body), syntax)
		}
		to.SetZero() // what a codec leaves behind when it fails is its own affair
	}
	return v.search(k, body, to, failure, found, w)
}

// placeOf is the number of the first byte that no JSON has there: Go counts it among those that it has
// read, unless something is missing.
func placeOf(syntax *json.SyntaxError, body []byte) int64 {
	if syntax.Offset == int64(len(body)) && strings.HasPrefix(syntax.Error(), "unexpected end") {
		return syntax.Offset
	}
	return syntax.Offset - 1
}

// search goes through the text of a content with which something is, or may be, wrong.
func (v *value) search(
	with codec,
	body []byte,
	to reflect.Value,
	failure error,
	found verdict,
	w *wrongs,
) error {
	var k collector
	tree := parseNode(body)
	k.walk(v, tree, "")
	if k.total == 0 && failure != nil && k.isRewritten {
		if v.hasDefaults {
			v.prefill(to)
		}
		failure = with.decode(v, tree.appendTo(nil), to)
		found = isGood
		if failure == nil && v.check(to, true) == isWrong {
			found = isWrong
		}
	}
	var mismatch *json.UnmarshalTypeError
	switch {
	case k.total > 0:
	case errors.As(failure, &mismatch):
		// Of a part that the plan does not look into, such as a key of a map.
		path := strings.ReplaceAll(mismatch.Field, ".", "/")
		if path != "" {
			path = "/" + path
		}
		k.add(path, "type", "must be "+jsonKind(mismatch.Type))
	case failure != nil:
		k.add("", "invalid", strings.TrimSuffix(failure.Error(), "."))
	case found == isWrong:
		// The text is right and the value is not: an object has a member twice, and encoding/json has
		// put both together.
		k.add("", "invalid", "must not repeat a member")
	case v.hasDeepDefaults:
		v.complete(tree, to, false)
	}
	w.append(&k.wrongs)
	return nil
}

// prefill sets the defaults of a zero value.
func (v *value) prefill(to reflect.Value) {
	for _, m := range v.members() {
		one, isThere := m.at(to)
		switch {
		case !isThere:
		case m.initial != nil:
			one.Set(m.initial())
		case m.value.hasDefaults && m.value.pointers == 0:
			m.value.prefill(one)
		}
	}
}

// complete sets the defaults of members that are absent in items and behind pointers; isDeep says
// that it is in one.
func (v *value) complete(n *node, to reflect.Value, isDeep bool) {
	for range v.pointers {
		if to.IsNil() {
			return
		}
		to, isDeep = to.Elem(), true
	}
	switch {
	case !v.hasDefaults:
	case v.kind == kindList && n.kind == '[':
		for i := range min(to.Len(), len(n.items)) {
			v.elem.complete(n.items[i], to.Index(i), true)
		}
	case v.kind == kindMap && n.kind == '{' && v.t.Key().Kind() == reflect.String:
		for _, m := range n.members {
			key := reflect.ValueOf(m.name).Convert(v.t.Key())
			if held := to.MapIndex(key); held.IsValid() {
				whole := reflect.New(held.Type()).Elem()
				whole.Set(held)
				v.elem.complete(m.value, whole, true)
				to.SetMapIndex(key, whole)
			}
		}
	case v.kind == kindObject && n.kind == '{':
		for _, m := range v.object.members {
			one, isThere := m.at(to)
			if !isThere {
				continue
			}
			child := n.find(v.object, m.name)
			switch {
			case child != nil:
				m.value.complete(child, one, isDeep)
			case isDeep && m.initial != nil:
				one.Set(m.initial())
			case isDeep:
				m.value.complete(&node{kind: '{'}, one, isDeep)
			}
		}
	}
}

// runMethods calls the Validate methods of a value and of all that it holds.
func (v *value) runMethods(ctx context.Context, got reflect.Value, in, at string, w *wrongs) {
	for range v.pointers {
		if got.IsNil() {
			return
		}
		got = got.Elem()
	}
	if v.validate != nil && (v.kind == kindObject || !got.IsZero()) {
		if !got.CanAddr() { // an item of a map
			copied := reflect.New(got.Type()).Elem()
			copied.Set(got)
			got = copied
		}
		if err := v.validate(got, ctx); err != nil {
			w.addMethod(in, at, err)
		}
	}
	switch v.kind {
	case kindList:
		if v.elem.hasMethods {
			for i := range got.Len() {
				v.elem.runMethods(ctx, got.Index(i), in, at+"/"+strconv.Itoa(i), w)
			}
		}
	case kindMap:
		if v.elem.hasMethods {
			for items := got.MapRange(); items.Next(); {
				key := fmt.Sprint(items.Key().Interface())
				v.elem.runMethods(ctx, items.Value(), in, pointerTo(at, key), w)
			}
		}
	case kindObject:
		for _, m := range v.object.members {
			if one, isThere := m.at(got); isThere && m.value.hasMethods {
				m.value.runMethods(ctx, one, in, pointerTo(at, m.name), w)
			}
		}
	}
}
