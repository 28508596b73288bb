package trivet

import "encoding/json"

// codec is how JSON bodies are decoded and results serialised.
type codec struct {
	marshal   func(v any) ([]byte, error) // nil: encoding/json, into a buffer that is used again
	unmarshal func(text []byte, v any) error
}

// JSONCodec has another library than encoding/json decode JSON bodies and serialise results, such as
// trivet.JSONCodec(sonic.Marshal, sonic.Unmarshal). Tags, rules and answers to wrong values stay the
// same. Events and NDJSON are written by encoding/json.
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
