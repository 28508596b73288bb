package trivet

import (
	"encoding"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// parserOf returns how text becomes a value of a type, nil when it cannot.
func parserOf(t reflect.Type) func(to reflect.Value, text string) error {
	if implementsText(t) {
		return func(to reflect.Value, text string) error {
			return to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		}
	}
	if t.ConvertibleTo(reflect.TypeFor[[16]byte]()) && t.Kind() == reflect.Array {
		return func(to reflect.Value, text string) error {
			uuid, err := parseUUID(text)
			to.Set(reflect.ValueOf(uuid).Convert(t))
			return err
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(to reflect.Value, text string) error {
			to.SetString(text)
			return nil
		}
	case reflect.Bool:
		return parseBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseInt(text, 10, t.Bits())
			to.SetInt(n)
			return orSyntax(err, text, "0123456789-")
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseUint(text, 10, t.Bits())
			to.SetUint(n)
			return err
		}
	case reflect.Float32, reflect.Float64:
		return func(to reflect.Value, text string) error {
			n, err := strconv.ParseFloat(text, t.Bits())
			to.SetFloat(n)
			if isRangeError(err) {
				err = strconv.ErrSyntax
			}
			return orSyntax(err, text, "0123456789.eE+-")
		}
	default:
		return nil
	}
}

// orSyntax refuses what strconv takes beyond a number of JSON with leading zeros: a plus in front,
// infinity and its like, hexadecimal digits.
func orSyntax(err error, text, characters string) error {
	if err == nil && (text[0] == '+' || strings.Trim(text, characters) != "") {
		return strconv.ErrSyntax
	}
	return err
}

// parseBool takes what people write in a query; a parameter without value is true: ?verbose.
func parseBool(to reflect.Value, text string) error {
	switch strings.ToLower(text) {
	case "", "1", "true", "yes", "on":
		to.SetBool(true)
	case "0", "false", "no", "off":
		to.SetBool(false)
	default:
		return strconv.ErrSyntax
	}
	return nil
}

// jsonKind names a type for a client, who does not know Go's.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Pointer:
		return jsonKind(t.Elem())
	default:
		return "an object"
	}
}

// isRangeError says that a text is a number, and too large or too small for its type.
func isRangeError(err error) bool { return errors.Is(err, strconv.ErrRange) }
