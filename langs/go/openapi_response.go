package trivet

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// streamTypes are the media types of which OpenAPI 3.1 cannot say what one event or line is: they are text.
var streamTypes = []string{eventStreamType, "application/x-ndjson"}

func (r *route) responses(s *schemas) Map {
	responses := Map{}
	status, content := r.success(s)
	if events, ok := content[eventStreamType]; ok && status != 200 { // theirs, whatever the route's
		responses["200"] = Map{"description": statusTitle(200), "content": Map{eventStreamType: events}}
		delete(content, eventStreamType)
	}
	isSaid := len(r.doc.responses) > 0 || len(responses) > 0
	isEmpty := r.doc.result == reflect.TypeFor[Nothing]() && len(responses) == 0
	if len(content) > 0 || isEmpty || !isSaid {
		described := Map{"description": statusTitle(status)}
		if len(content) > 0 {
			described["content"] = content
		}
		responses[strconv.Itoa(status)] = described
	}
	if r.doc.result != nil && r.doc.result.Kind() == reflect.Pointer {
		responses["204"] = Map{"description": statusTitle(204)}
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

// success describes the answer of a handler that succeeds, in the media types that its route names.
func (r *route) success(s *schemas) (status int, content Map) {
	status = r.status
	if status == 0 {
		status = 200
	}
	isNothing := r.doc.result == reflect.TypeFor[Nothing]()
	if r.doc.result != nil && !(isNothing && len(r.doc.produces) > 0) {
		status, content = r.result(s)
	}
	if len(r.doc.produces) == 0 {
		return status, content
	}
	text := Map{"schema": Map{"type": "string"}}
	produced := Map{}
	for _, name := range r.doc.produces {
		produced[name] = Map{}
		for _, plain := range content { // one at most
			produced[name] = plain
		}
		isText := content == nil && strings.HasPrefix(name, "text/")
		if isText || slices.Contains(streamTypes, name) {
			produced[name] = text
		}
	}
	return status, produced
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
