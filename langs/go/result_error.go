package trivet

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// resultDepthMax bounds the search for what cannot be serialised.
const resultDepthMax = 50

func newResultError(v any, cause error) error {
	return &resultError{fmt.Sprintf("%T", v), unserialisable(reflect.ValueOf(v), "", 0), cause}
}

// unserialisable is the pointer of the innermost value that JSON cannot hold.
func unserialisable(v reflect.Value, at string, depth int) string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if depth++; v.IsNil() || depth > resultDepthMax {
			return at
		}
		v = v.Elem()
	}
	if !v.IsValid() || depth > resultDepthMax {
		return at
	}
	isBad := func(child reflect.Value) bool {
		if !child.CanInterface() {
			return false
		}
		_, err := json.Marshal(child.Interface())
		return err != nil
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if isBad(v.Index(i)) {
				return unserialisable(v.Index(i), at+"/"+strconv.Itoa(i), depth+1)
			}
		}
	case reflect.Map:
		for items := v.MapRange(); items.Next(); {
			if isBad(items.Value()) {
				key := fmt.Sprint(items.Key().Interface())
				return unserialisable(items.Value(), pointerTo(at, key), depth+1)
			}
		}
	case reflect.Struct:
		for _, f := range dominant(fieldsOf(v.Type(), nil, nil, map[reflect.Type]bool{})) {
			if child, err := v.FieldByIndexErr(f.index); err == nil && isBad(child) {
				return unserialisable(child, pointerTo(at, f.name), depth+1)
			}
		}
	}
	return at
}

// answeredTwice is the error of a second answer; while `trivet dev` runs the program it is logged, for
// handlers seldom look at it. The caller holds c.mu.
func (c *Ctx) answeredTwice() error {
	status := binary.NativeEndian.Uint32((*c.records)[c.start+recordStatus:])
	err := withDetail(ErrStale, "the request has been answered already, with %d, by its handler (%s): "+
		"return after the first answer", status, c.route.describeHandler())
	if c.loop.app.isDevelopment {
		c.loop.app.Log(LogWarn, fmt.Sprintf("a second answer at %s: %v", userSite(), err))
	}
	return err
}

// userSite is the place of the innermost caller that is not this package's own.
func userSite() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	own := reflect.TypeFor[App]().PkgPath() + "."
	for frame, more := frames.Next(); ; frame, more = frames.Next() {
		if !strings.HasPrefix(frame.Function, own) || strings.HasSuffix(frame.File, "_test.go") {
			return site(frame.File, frame.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}
