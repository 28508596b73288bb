package trivet

import (
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// verdict is what a decoded value tells by itself. A zero value does not tell whether it was sent: what
// is wrong with it may be wrong, or missing, or nothing at all.
type verdict uint8

const (
	isGood verdict = iota
	isDoubtful
	isWrong
)

// check looks at a decoded value; isThere says that it is known to have been sent.
func (v *value) check(got reflect.Value, isThere bool) verdict {
	for range v.pointers {
		if got.IsNil() {
			return v.missing()
		}
		got, isThere = got.Elem(), true
	}
	switch v.kind {
	case kindList, kindMap:
		if v.t.Kind() != reflect.Array && got.IsNil() {
			return v.missing()
		}
		isThere = true
	case kindAny:
		if v.isRequired && got.IsZero() {
			return isDoubtful
		}
		return isGood
	}
	if !isThere && (v.isRequired || len(v.rules) > 0) && got.IsZero() {
		if v.isRequired || !v.isOmitEmpty && !v.fulfils(got) {
			return isDoubtful
		}
		if v.kind != kindObject {
			return isGood
		}
	} else if !v.fulfils(got) {
		return isWrong
	}
	return v.checkBelow(got)
}

func (v *value) missing() verdict {
	if v.isRequired {
		return isDoubtful
	}
	return isGood
}

// checkBelow looks at the items or members.
func (v *value) checkBelow(got reflect.Value) (worst verdict) {
	switch v.kind {
	case kindList:
		if v.elem.hasChecks {
			for i := range got.Len() {
				worst = max(worst, v.elem.check(got.Index(i), true))
			}
		}
	case kindMap:
		if v.elem.hasChecks {
			for items := got.MapRange(); items.Next(); {
				worst = max(worst, v.elem.check(items.Value(), true))
			}
		}
	case kindObject:
		for _, m := range v.object.members {
			if !m.value.hasChecks {
				continue
			}
			if one, isThere := m.at(got); isThere {
				worst = max(worst, m.value.check(one, false))
			} else if m.value.isRequired { // in an embedded pointer that is nil
				worst = max(worst, isDoubtful)
			}
		}
	}
	return worst
}

// at is the member of a struct; false behind an embedded pointer that is nil.
func (m *member) at(in reflect.Value) (reflect.Value, bool) {
	if len(m.index) == 1 {
		return in.Field(m.index[0]), true
	}
	one, err := in.FieldByIndexErr(m.index)
	return one, err == nil
}

// fulfils says whether all rules hold.
func (v *value) fulfils(got reflect.Value) bool {
	if v.isOmitEmpty && got.IsZero() {
		return true
	}
	for i := range v.rules {
		if !v.rules[i].holds(v, got) {
			return false
		}
	}
	return true
}

// holds says whether a decoded value fulfils a rule.
func (r *rule) holds(v *value, got reflect.Value) bool {
	switch {
	case r.text != nil:
		return r.text(got.String())
	case r.number != nil:
		return r.number(got)
	case r.isUnique:
		return v.hasNoTwins(got)
	case v.kind == kindString:
		return r.size(utf8.RuneCountInString(got.String()))
	default:
		return r.size(got.Len())
	}
}

// hasNoTwins compares items as JSON.
func (v *value) hasNoTwins(got reflect.Value) bool {
	if v.elem.pointers == 0 && v.elem.kind <= kindString && v.elem.kind != kindAny {
		seen := make(map[any]bool, got.Len())
		for i := range got.Len() {
			one := got.Index(i).Interface()
			if seen[one] {
				return false
			}
			seen[one] = true
		}
		return true
	}
	seen := make(map[string]bool, got.Len())
	for i := range got.Len() {
		text, _ := json.Marshal(got.Index(i).Interface())
		if seen[string(text)] {
			return false
		}
		seen[string(text)] = true
	}
	return true
}

// addWrong lists the rules that a value breaks.
func (v *value) addWrong(to *wrongs, in, pointer string, got reflect.Value) {
	if v.isOmitEmpty && got.IsZero() {
		return
	}
	for i := range v.rules {
		if r := &v.rules[i]; !r.holds(v, got) {
			to.add(in, pointer, r.code, r.detail)
		}
	}
}
