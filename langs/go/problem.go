package trivet

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// problemJSON makes problem details for an answer with fields of its own.
func problemJSON(status int, detail string) []byte {
	text, _ := NewError(status, detail).json() // it holds a number and strings
	return text
}

// json makes problem details; the engine makes those without members of their own.
func (e *HTTPError) json() ([]byte, error) {
	problem := struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{orElse(e.Type, "about:blank"), orElse(e.Title, statusTitle(e.Status)), e.Status, e.Detail}
	encoder := jsonEncoders.Get().(*jsonEncoder)
	defer encoder.release()
	if err := encoder.encode(problem); err != nil {
		return nil, err
	}
	text := bytes.Clone(encoder.buffer.Bytes())
	for _, name := range slices.Sorted(maps.Keys(e.Members)) {
		switch name {
		case "type", "title", "status", "detail":
			continue // said by the error itself
		}
		encoder.buffer.Reset()
		if err := encoder.encode(Map{name: e.Members[name]}); err != nil {
			return nil, fmt.Errorf("member %s of the problem details: %w (in %w)", name, err, e)
		}
		text = append(text[:len(text)-1], ',')
		text = append(text, encoder.buffer.Bytes()[1:]...)
	}
	return text, nil
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
