package trivet

import (
	"reflect"
	"strings"
)

// HTML is a result that is answered as text/html.
type HTML string

// XML is a result that is answered as application/xml.
type XML string

// Nothing is the input of a handler that takes none, or the result of one that gives none: 204.
type Nothing = struct{}

// TypedHandler answers a request whose input has been decoded, with a result or an error.
type TypedHandler[In, Out any] = func(c *Ctx, in In) (Out, error)

// Get routes GET to a typed handler: In is filled from the request, Out becomes the answer.
//
// Fields of In with one of the tags `path:"id"`, `query:"limit"`, `header:"X-Token"`, `cookie:"sid"` and
// `form:"name"` hold what they name: a slice takes all of a name, a pointer stays nil without one. The
// other fields are decoded from the JSON body. `default:"50"` is for what is not sent, and
// `validate:"required,min=1"` has rules, whose words are those of go-playground/validator; a method
// Validate() error, or Validate(context.Context) error, of In or of what it holds says the rest. All that
// is wrong is answered at once, as [ValidationError]. Fields with the tag `inject:""` hold what [Provide]
// gives.
//
// A string is answered as text, [HTML] and [XML] as what they are, []byte as bytes, [Nothing] or a
// nil pointer as 204, anything else as JSON. A handler that answered through c has its answer sent.
func Get[In, Out any](r Router, pattern string, h TypedHandler[In, Out], options ...RouteOption) {
	handleTyped(r, "GET", pattern, h, options)
}

// Post routes POST to a typed handler; see [Get].
func Post[In, Out any](r Router, pattern string, h TypedHandler[In, Out], options ...RouteOption) {
	handleTyped(r, "POST", pattern, h, options)
}

// Put routes PUT to a typed handler; see [Get].
func Put[In, Out any](r Router, pattern string, h TypedHandler[In, Out], options ...RouteOption) {
	handleTyped(r, "PUT", pattern, h, options)
}

// Patch routes PATCH to a typed handler; see [Get].
func Patch[In, Out any](r Router, pattern string, h TypedHandler[In, Out], options ...RouteOption) {
	handleTyped(r, "PATCH", pattern, h, options)
}

// Delete routes DELETE to a typed handler; see [Get].
func Delete[In, Out any](r Router, pattern string, h TypedHandler[In, Out], options ...RouteOption) {
	handleTyped(r, "DELETE", pattern, h, options)
}

// Handle routes a method, or every method for "*", to a typed handler; see [Get].
func Handle[In, Out any](
	r Router,
	method, pattern string,
	h TypedHandler[In, Out],
	options ...RouteOption,
) {
	handleTyped(r, method, pattern, h, options)
}

// Route routes several methods to a typed handler; see [Get].
func Route[In, Out any](
	r Router,
	methods []string,
	pattern string,
	h TypedHandler[In, Out],
	options ...RouteOption,
) {
	handleTyped(r, strings.Join(methods, ","), pattern, h, options)
}

func handleTyped[In, Out any](
	r Router,
	method, pattern string,
	h TypedHandler[In, Out],
	options []RouteOption,
) {
	g := r.routes()
	plan, err := makePlan(reflect.TypeFor[In](), method, g.prefix+pattern)
	var output *value
	if err == nil {
		output, err = outputOf(reflect.TypeFor[Out]())
	}
	if err != nil {
		place := callerSite(2)
		g.app.mu.Lock()
		defer g.app.mu.Unlock()
		g.app.refuse(method, g.prefix+pattern, place, err)
		return
	}
	answer := answerOf[Out]()
	isEmpty := plan.isEmpty()
	handler := func(c *Ctx) error {
		var in In
		if !isEmpty {
			if err := plan.decode(c, reflect.ValueOf(&in).Elem()); err != nil {
				return err
			}
		}
		out, err := h(c, in)
		if err != nil || c.isAnswered() {
			return err
		}
		return answer(c, out)
	}
	documented := routeOption(func(r *route) {
		r.doc.plan, r.doc.output, r.doc.result = plan, output, reflect.TypeFor[Out]()
	})
	g.add(method, pattern, handler, append([]RouteOption{documented}, options...), 3)
}

// outputOf looks at the type of a result, which must be one that JSON can hold.
func outputOf(t reflect.Type) (*value, error) {
	k := compiler{isOutput: true}
	output, err := k.compile(t, "")
	if err != nil {
		return nil, withDetail(ErrArgument, "a result of type %v cannot be serialised: %v", t, err)
	}
	return output, nil
}

// answerOf decides once how results of a type are answered.
func answerOf[Out any]() func(c *Ctx, out Out) error {
	t := reflect.TypeFor[Out]()
	switch t {
	case reflect.TypeFor[string]():
		return func(c *Ctx, out Out) error { return c.Text(any(out).(string)) }
	case reflect.TypeFor[HTML]():
		return func(c *Ctx, out Out) error { return c.HTML(string(any(out).(HTML))) }
	case reflect.TypeFor[XML]():
		return func(c *Ctx, out Out) error { return c.XML(string(any(out).(XML))) }
	case reflect.TypeFor[[]byte]():
		return func(c *Ctx, out Out) error { return c.Bytes(any(out).([]byte)) }
	case reflect.TypeFor[Nothing]():
		return func(c *Ctx, _ Out) error { return c.NoContent() }
	}
	switch t.Kind() {
	case reflect.Pointer:
		return func(c *Ctx, out Out) error {
			if reflect.ValueOf(out).IsNil() {
				return c.NoContent()
			}
			return c.JSON(out)
		}
	case reflect.Slice, reflect.Map:
		var empty reflect.Value
		if t.Kind() == reflect.Slice {
			empty = reflect.MakeSlice(t, 0, 0)
		} else {
			empty = reflect.MakeMap(t)
		}
		return func(c *Ctx, out Out) error {
			if reflect.ValueOf(out).IsNil() { // an empty list or object to the client, not null
				return c.JSON(empty.Interface())
			}
			return c.JSON(out)
		}
	case reflect.Interface:
		return func(c *Ctx, out Out) error { return c.answerAny(out) }
	default:
		return func(c *Ctx, out Out) error { return c.JSON(out) }
	}
}

// answerAny answers a result whose type is known only now.
func (c *Ctx) answerAny(out any) error {
	switch out := out.(type) {
	case nil, Nothing:
		return c.NoContent()
	case string:
		return c.Text(out)
	case HTML:
		return c.HTML(string(out))
	case XML:
		return c.XML(string(out))
	case []byte:
		return c.Bytes(out)
	default:
		return c.JSON(out)
	}
}

func (c *Ctx) isAnswered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state != ctxOpen
}
