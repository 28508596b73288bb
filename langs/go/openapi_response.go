package trivet

import (
	"reflect"
	"strconv"
)

func (r *route) responses(s *schemas) Map {
	responses := Map{}
	if r.doc.result != nil {
		status, content := r.result(s)
		described := Map{"description": statusTitle(status)}
		if content != nil {
			described["content"] = content
		}
		responses[strconv.Itoa(status)] = described
		if r.doc.result.Kind() == reflect.Pointer {
			responses["204"] = Map{"description": statusTitle(204)}
		}
	} else if len(r.doc.responses) == 0 || r.isSSE {
		success := Map{"description": statusTitle(200)}
		if r.isSSE {
			success["content"] = Map{"text/event-stream": Map{"schema": Map{"type": "string"}}}
		}
		responses["200"] = success
	}
	for _, declared := range r.doc.responses {
		key := strconv.Itoa(declared.status)
		described := Map{"description": orElse(declared.description, statusTitle(declared.status))}
		switch {
		case declared.body != nil:
			k := compiler{isOutput: true}
			if v, err := k.compile(declared.body, ""); err == nil {
				described["content"] = Map{"application/json": Map{"schema": s.of(v)}}
			}
		case declared.status >= 400:
			described["content"] = problemAnswer("")["content"]
		}
		responses[key] = described
	}
	return responses
}

// result describes what a typed handler gives.
func (r *route) result(s *schemas) (status int, content Map) {
	status = r.status
	if status == 0 {
		status = 200
	}
	text := func(kind string) (int, Map) { return status, Map{kind: Map{"schema": Map{"type": "string"}}} }
	switch r.doc.result {
	case reflect.TypeFor[Nothing]():
		if r.status == 0 {
			status = 204
		}
		return status, nil
	case reflect.TypeFor[string]():
		return text("text/plain")
	case reflect.TypeFor[HTML]():
		return text("text/html")
	case reflect.TypeFor[XML]():
		return text("application/xml")
	case reflect.TypeFor[[]byte]():
		return status, Map{"application/octet-stream": Map{}}
	}
	outermost := *r.doc.output
	outermost.isRequired = outermost.kind != kindAny // a nil is answered as [], {} or 204
	return status, Map{"application/json": Map{"schema": s.of(&outermost)}}
}

func problemAnswer(description string) Map {
	return Map{
		"description": description,
		"content": Map{"application/problem+json": Map{
			"schema": Map{"$ref": "#/components/schemas/Problem"},
		}},
	}
}
