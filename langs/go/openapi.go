package trivet

import (
	"reflect"
	"regexp"
	"strings"
)

// documentation is what options say of a route for its OpenAPI operation.
type documentation struct {
	plan        *plan        // of a typed handler; nil for others
	output      *value       // of its result
	result      reflect.Type // nil for handlers that answer by themselves
	summary     string
	description string
	tags        []string
	responses   []declaredResponse
	produces    []string // media types of the answer; nil: those of the result
	isHidden    bool
}

type declaredResponse struct {
	status      int
	description string
	body        reflect.Type // nil: problem details, or none below 400
}

// Summary is a short name of what a route does, for its OpenAPI operation.
func Summary(text string) RouteOption {
	return routeOption(func(r *route) { r.doc.summary = text })
}

// Describe says at length what a route does, for its OpenAPI operation. CommonMark may be used.
func Describe(text string) RouteOption {
	return routeOption(func(r *route) { r.doc.description = text })
}

// Tags group routes in the OpenAPI document.
func Tags(names ...string) RouteOption {
	return routeOption(func(r *route) { r.doc.tags = append(r.doc.tags, names...) })
}

// Responds declares a further answer of a route for its OpenAPI operation: problem details from 400 on,
// no content below.
func Responds(status int, description string) RouteOption {
	return routeOption(func(r *route) {
		r.doc.responses = append(r.doc.responses, declaredResponse{status: status, description: description})
	})
}

// RespondsWith is [Responds] with JSON of a type.
func RespondsWith[T any](status int, description string) RouteOption {
	return routeOption(func(r *route) {
		r.doc.responses = append(r.doc.responses,
			declaredResponse{status, description, reflect.TypeFor[T]()})
	})
}

var mediaType = regexp.MustCompile(`^[\w!#$&^.+*-]+/[\w!#$&^.+*-]+$`)

// Produces names the media types of a route's answer for its OpenAPI operation, where a handler answers
// by itself or in another one than that of its result. It changes no answer. [App.SSE] needs none.
//
//	app.Get("/events", hub.Stream, trivet.Produces("text/event-stream"))
func Produces(mediaTypes ...string) RouteOption {
	return routeOption(func(r *route) {
		for _, name := range mediaTypes {
			if r.err == nil && !mediaType.MatchString(name) {
				r.err = withDetail(ErrArgument,
					"Produces takes media types like text/event-stream, not %q", name)
			}
			r.doc.produces = append(r.doc.produces, strings.ToLower(name))
		}
	})
}

// Hidden keeps a route out of the OpenAPI document.
var Hidden RouteOption = routeOption(func(r *route) { r.doc.isHidden = true })

// routeOperation is the OpenAPI 3.1 operation of a route, with the schemas it refers to.
type routeOperation struct {
	index     int // the engine's
	methods   string
	pattern   string
	operation Map
	schemas   Map
}

// operations describes all routes but the hidden ones, by their numbers. The caller holds a.mu.
func (a *App) operations() []routeOperation {
	names := newSchemaNames()
	names.texts["Problem"] = "the engine's own"
	list := make([]routeOperation, 0, len(a.table))
	for number, r := range a.table {
		if number > 0 && !r.doc.isHidden {
			operation := r.describe(names)
			operation.index = number - 1
			list = append(list, operation)
		}
	}
	return list
}

func (r *route) describe(names *schemaNames) routeOperation {
	operation := Map{"operationId": r.operationID()}
	used := Map{}
	input := &schemas{prefix: "#/components/schemas/", names: names, used: used}
	for name, text := range map[string]string{"summary": r.doc.summary, "description": r.doc.description} {
		if text != "" {
			operation[name] = text
		}
	}
	if len(r.doc.tags) > 0 {
		operation["tags"] = r.doc.tags
	}
	if parameters := r.parameters(input); len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	if body := r.doc.plan.requestBody(input); body != nil {
		operation["requestBody"] = body
	}
	output := &schemas{prefix: input.prefix, names: names, used: used, isOutput: true}
	operation["responses"] = r.responses(output)
	return routeOperation{methods: r.methods, pattern: r.pattern, operation: operation, schemas: used}
}
