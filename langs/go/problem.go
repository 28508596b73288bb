package trivet

import (
	"bytes"
	"net/http"
)

// problemJSON makes problem details for an answer with fields of its own; the engine makes all
// others.
func problemJSON(status int, detail string) []byte {
	problem := struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{"about:blank", statusTitle(status), status, detail}
	encoder := jsonEncoders.Get().(*jsonEncoder)
	defer encoder.release()
	if encoder.encode(problem) != nil {
		return nil // cannot be: it holds a number and strings
	}
	return bytes.Clone(encoder.buffer.Bytes())
}

// statusTitle is the title that the engine gives a status; a test compares them.
func statusTitle(status int) string {
	switch status { // RFC 9110 renamed what net/http keeps
	case 413:
		return "Content Too Large"
	case 414:
		return "URI Too Long"
	case 416:
		return "Range Not Satisfiable"
	case 418:
		return "I'm a Teapot"
	case 422:
		return "Unprocessable Content"
	}
	if title := http.StatusText(status); title != "" {
		return title
	}
	return "Error"
}
