package trivet

// #include "bridge.h"
import "C"

import (
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// Params holds the values of a route's parameters, those of its host included, for [App.URL]: text,
// numbers, a UUID as [16]byte, and what implements encoding.TextMarshaler or fmt.Stringer.
type Params map[string]any

// QueryParam is a query parameter of a URL to build; see [Query].
type QueryParam struct {
	name  string
	value any
}

// Query is a query parameter for [App.URL]; its values are those of [Params], and bool.
func Query(name string, value any) QueryParam { return QueryParam{name, value} }

// URL builds the path of a named route, "//host/path" when it has a host:
//
//	app.URL("user", trivet.Params{"id": 7}, trivet.Query("tab", "posts")) // /users/7?tab=posts
//
// Every parameter of the pattern must be given, fit its constraint, and no other; else the error is
// [ErrArgument]. A name that no route has is [ErrNotFound].
func (a *App) URL(name string, params Params, query ...QueryParam) (string, error) {
	var packed []byte
	for param, value := range params {
		text, err := textOf(value)
		if err != nil {
			return "", withDetail(ErrArgument, "parameter %s: %v", param, err)
		}
		packed = appendItem(packed, param, text)
	}
	for _, param := range query {
		text, err := textOf(param.value)
		if err != nil {
			return "", withDetail(ErrArgument, "query parameter %s: %v", param.name, err)
		}
		packed = appendItem(packed, param.name, text)
	}
	return a.url(name, packed, len(params), len(query))
}

// URL is [App.URL] of the request's app.
func (c *Ctx) URL(name string, params Params, query ...QueryParam) (string, error) {
	return c.loop.app.URL(name, params, query...)
}

func (a *App) url(name string, packed []byte, params, query int) (string, error) {
	a.mu.RLock()
	isFrozen := a.isFrozen
	a.mu.RUnlock()
	if isFrozen {
		a.mu.RLock()
		defer a.mu.RUnlock()
	} else { // while routes are added the engine is asked by one thread at a time
		a.mu.Lock()
		defer a.mu.Unlock()
	}
	if a.engine == nil {
		return "", withDetail(ErrState, "the app is closed")
	}
	for text := make([]byte, urlBytesUsual); ; {
		var size C.size_t
		var failure *C.trivet_error
		status := C.trivet_go_url(a.engine, engineString(name), bytesAt(packed),
			C.size_t(params), C.size_t(query), bytesAt(text), C.size_t(len(text)), &size, &failure)
		err := takeError(status, failure)
		if err == nil {
			return string(text[:size]), nil
		}
		if !errors.Is(err, ErrLimit) || int(size) <= len(text) {
			return "", err
		}
		text = make([]byte, size)
	}
}

// urlBytesUsual is the room for a URL at the first try.
const urlBytesUsual = 256

// textOf is the text that stands for a value in a URL.
func textOf(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case int:
		return strconv.Itoa(value), nil
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		return string(text), err
	case fmt.Stringer:
		return value.String(), nil
	case [16]byte:
		return formatUUID(value), nil
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()), nil
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	}
	return "", fmt.Errorf("a %T has no text", value)
}

// formatUUID writes a UUID as RFC 9562 does.
func formatUUID(uuid [16]byte) string {
	text := make([]byte, 36)
	at := 0
	for i, b := range uuid {
		switch i {
		case 4, 6, 8, 10:
			text[at] = '-'
			at++
		}
		hex.Encode(text[at:], []byte{b})
		at += 2
	}
	return string(text)
}

// parseUUID reads a UUID, in either case of its letters.
func parseUUID(text string) (uuid [16]byte, err error) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return uuid, strconv.ErrSyntax
	}
	_, err = hex.Decode(uuid[:], []byte(text[:8]+text[9:13]+text[14:18]+text[19:23]+text[24:]))
	return uuid, err
}
