package trivet

import (
	"encoding/json"
	"reflect"
)

// codec is how JSON bodies are decoded and results serialised.
type codec struct {
	marshal   func(v any) ([]byte, error)    // nil: jsonEncoder's, into a buffer that is used again
	unmarshal func(text []byte, v any) error // nil: by the plan of the type
}

// decode fills `to`, which can be set.
func (k codec) decode(v *value, text []byte, to reflect.Value) error {
	if k.unmarshal != nil {
		return k.unmarshal(text, to.Addr().Interface())
	}
	return v.unmarshal(text, to)
}

// JSONCodec has another library decode JSON bodies and serialise results, such as
// trivet.JSONCodec(json.Marshal, json.Unmarshal). Tags, rules and answers to wrong values stay the
// same. Events, NDJSON and problem details are written without it. Unless it is given, JSON is read and
// written as encoding/json does it, but for escapes of HTML, and faster.
func JSONCodec(
	marshal func(v any) ([]byte, error),
	unmarshal func(text []byte, v any) error,
) Option {
	return appOption(func(a *App) {
		if marshal == nil || unmarshal == nil {
			a.errs = append(a.errs, withDetail(ErrArgument, "JSONCodec: a function is nil"))
			return
		}
		a.codec = codec{marshal, unmarshal}
	})
}

// syntaxError is what is wrong with a text as JSON, whatever a codec said of it; nil when nothing is.
func syntaxError(body []byte) *json.SyntaxError {
	var raw json.RawMessage
	syntax, _ := json.Unmarshal(body, &raw).(*json.SyntaxError)
	return syntax
}
