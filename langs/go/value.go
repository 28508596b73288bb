package trivet

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// valueKind is what JSON a type is, seen from the client.
type valueKind uint8

const (
	kindAny     valueKind = iota // of any shape: interfaces, and types that decode themselves
	kindBoolean                  // true or false
	kindInteger
	kindNumber
	kindString
	kindText // a string that a TextUnmarshaler reads
	kindTime
	kindBytes // base64
	kindList
	kindMap
	kindObject // a struct
)

// value is a type at one place, with the rules that hold there. It is made once, at registration.
type value struct {
	t        reflect.Type // without its pointers
	pointers int
	kind     valueKind
	elem     *value  // of a list or a map
	object   *object // of a struct
	rules    []rule
	parse    func(to reflect.Value, text string) error // of what a parameter can hold

	isRequired  bool
	isOmitEmpty bool
	// hasChecks says that rules stand here or below; hasMethods the same of Validate methods,
	// hasDefaults of defaults.
	hasChecks, hasMethods, hasDefaults bool
	// hasDeepDefaults says that defaults are needed where it is not known beforehand how many: in
	// items, and behind pointers.
	hasDeepDefaults bool
	// isQuoted is a scalar that stands in a string.
	isQuoted bool
	// runsReaders says that methods of the program's read here or below, which must not see what is no
	// JSON.
	runsReaders bool
	validate    func(v reflect.Value, ctx context.Context) error
}

// object is a struct as encoding/json sees it. Values share it, and it may hold itself.
type object struct {
	t       reflect.Type
	members []*member
	byName  map[string]*member
	// isRare says that encoding/json has rules for it that only it knows.
	isRare bool
}

type member struct {
	name        string
	place       int // among the members
	index       []int
	field       reflect.StructField
	value       *value
	initial     func() reflect.Value // its default; nil without one
	initialJSON json.RawMessage
}

// isNullable says whether null is taken: where Go has a nil, unless a value is required.
func (v *value) isNullable() bool {
	return !v.isRequired && (v.pointers > 0 || v.kind == kindAny || v.kind == kindList &&
		v.t.Kind() == reflect.Slice || v.kind == kindMap || v.kind == kindBytes)
}

// compiler makes values of types; one for each input type.
type compiler struct {
	objects map[reflect.Type]*object
	// skips says which fields of the outermost struct are not part of the content.
	skips func(field reflect.StructField) bool
	// isOutput says that the type is only written.
	isOutput bool
}

// compile makes the value of a type with the rules of a validate tag.
func (k *compiler) compile(t reflect.Type, rules string) (*value, error) {
	v := &value{t: t}
	for v.t.Kind() == reflect.Pointer {
		v.t = v.t.Elem()
		v.pointers++
	}
	if err := k.settleKind(v); err != nil {
		return nil, err
	}
	v.validate = validateMethod(v.t)
	if rules == "" || rules == "-" {
		return v, nil
	}
	return v, v.parseRules(rules)
}

func (k *compiler) settleKind(v *value) (err error) {
	v.parse = parserOf(v.t)
	switch {
	case v.t == reflect.TypeFor[time.Time]():
		v.kind = kindTime
		return nil
	case v.t == reflect.TypeFor[json.Number]():
		v.kind = kindNumber
		v.parse = nil
		return nil
	case k.decodesItself(v.t):
		return nil
	case implements[encoding.TextUnmarshaler](v.t), k.isOutput && marshalsText(v.t):
		v.kind = kindText
		return nil
	}
	switch v.t.Kind() {
	case reflect.Bool:
		v.kind = kindBoolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.kind = kindInteger
	case reflect.Float32, reflect.Float64:
		v.kind = kindNumber
	case reflect.String:
		v.kind = kindString
	case reflect.Interface:
		if v.t.NumMethod() > 0 && !k.isOutput {
			return fmt.Errorf("no value of the interface %v can be made of JSON", v.t)
		}
	case reflect.Slice, reflect.Array:
		if v.t.Kind() == reflect.Slice && v.t.Elem().Kind() == reflect.Uint8 &&
			!implements[json.Unmarshaler](v.t.Elem()) &&
			!implements[encoding.TextUnmarshaler](v.t.Elem()) {
			v.kind = kindBytes
			return nil
		}
		v.kind = kindList
		v.elem, err = k.compile(v.t.Elem(), "")
	case reflect.Map:
		switch v.t.Key().Kind() {
		case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		default:
			if !implements[encoding.TextUnmarshaler](v.t.Key()) && !marshalsText(v.t.Key()) {
				return fmt.Errorf("a %v has no keys that JSON can hold", v.t)
			}
		}
		v.kind = kindMap
		v.elem, err = k.compile(v.t.Elem(), "")
	case reflect.Struct:
		v.kind = kindObject
		v.object, err = k.object(v.t)
	default:
		return fmt.Errorf("a %v cannot be JSON; the tag `json:\"-\"` leaves a field out", v.t)
	}
	return err
}

func (k *compiler) decodesItself(t reflect.Type) bool {
	if k.isOutput {
		return t.Implements(reflect.TypeFor[json.Marshaler]()) ||
			reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]())
	}
	return implements[json.Unmarshaler](t)
}

// implements says whether a value of a type that can be addressed has the methods of an interface.
func implements[I any](t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[I]()) && t.Kind() != reflect.Interface
}

func marshalsText(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func implementsText(t reflect.Type) bool { return implements[encoding.TextUnmarshaler](t) }

// validateMethod gives how to call Validate() error, or Validate(context.Context) error, of a type; nil
// when it has neither.
func validateMethod(t reflect.Type) func(v reflect.Value, ctx context.Context) error {
	type plain interface{ Validate() error }
	type withContext interface {
		Validate(ctx context.Context) error
	}
	switch {
	case implements[plain](t):
		return func(v reflect.Value, _ context.Context) error {
			return v.Addr().Interface().(plain).Validate()
		}
	case implements[withContext](t):
		return func(v reflect.Value, ctx context.Context) error {
			return v.Addr().Interface().(withContext).Validate(ctx)
		}
	}
	return nil
}

// settle finds out what there is to do below each value, once the whole type is compiled.
func (v *value) settle() {
	all := make(map[*value]bool)
	v.walk(all, func(*value) {})
	for one := range all {
		one.walk(make(map[*value]bool), func(below *value) {
			one.hasChecks = one.hasChecks || len(below.rules) > 0 || below.isRequired
			one.hasMethods = one.hasMethods || below.validate != nil
			one.runsReaders = one.runsReaders || below.kind == kindText ||
				below.kind == kindAny && implements[json.Unmarshaler](below.t)
			for _, m := range below.members() {
				one.hasDefaults = one.hasDefaults || m.initial != nil
			}
		})
	}
	for one := range all {
		for below := range all {
			v.hasDeepDefaults = v.hasDeepDefaults || below.hasDefaults &&
				(below.pointers > 0 && below != v || one.elem == below)
		}
	}
}

func (v *value) members() []*member {
	if v.object == nil {
		return nil
	}
	return v.object.members
}

// walk visits a value and all below it once.
func (v *value) walk(seen map[*value]bool, visit func(*value)) {
	if seen[v] {
		return
	}
	seen[v] = true
	visit(v)
	if v.elem != nil {
		v.elem.walk(seen, visit)
	}
	for _, m := range v.members() {
		m.value.walk(seen, visit)
	}
}
