package trivet

// #include "bridge.h"
import "C"

import (
	"errors"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// inspect describes the app when the program was only started to tell what it is like; then it is to
// end. The caller holds a.mu.
func (a *App) inspect() (isAsked bool, err error) {
	if os.Getenv("TRIVET_INSPECT") == "" || a.engine == nil {
		return false, nil
	}
	if err := a.describe(); err != nil {
		return false, err
	}
	var packed []byte
	for _, r := range a.table[1:] { // the first stands for requests without a route
		before, around, after := r.hooks()
		both := slices.DeleteFunc([]string{names(before), names(around)}, isEmptyText)
		packed = appendItem(packed, strings.Join(both, ","), names(after))
	}
	defer os.Unsetenv("TRIVET_INSPECT") // Go has an environment of its own
	var failure *C.trivet_error
	status := C.trivet_go_inspect(a.engine, bytesAt(packed), C.size_t(len(a.table)-1), &failure)
	err = takeError(status, failure)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func isEmptyText(text string) bool { return text == "" }

// names are those of functions as their package has them, joined by commas: main.auth, or
// main.build.func1 for one without a name.
func names[Function any](functions []Function) string {
	texts := make([]string, len(functions))
	for i, function := range functions {
		texts[i] = "function"
		if f := runtime.FuncForPC(reflect.ValueOf(function).Pointer()); f != nil {
			name := f.Name()
			name = strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], "-fm")
			texts[i] = strings.ReplaceAll(name, ",", " ")
		}
	}
	return strings.Join(texts, ",")
}

// hooks gathers those of the route, its groups and the app in the order they run.
func (r *route) hooks() (before []Handler, around []AroundHook, after []AfterHook) {
	scopes := []*scope{&r.scope}
	for g := r.routing; g != nil; g = g.parent {
		scopes = append(scopes, &g.scope)
	}
	slices.Reverse(scopes) // the app's first
	for _, s := range scopes {
		before = append(before, s.before...)
		around = append(around, s.around...)
		after = append(after, s.after...)
	}
	slices.Reverse(after)
	return before, around, after
}
