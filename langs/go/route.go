package trivet

import (
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Handler answers a request: with a method of c, with an error, or, returning nil without either,
// with 204. As a before hook it returns nil without an answer to let the request pass.
type Handler = func(c *Ctx) error

// AfterHook sees the answer of a request before it leaves, and may change it.
type AfterHook = func(c *Ctx, r *Response) error

// route is a registered handler. The engine knows it by its number.
type route struct {
	handler  Handler     // from the start on with all before hooks in front and around hooks around
	after    []AfterHook // all, in the order they run; nil when there are none
	isInline bool
	streams  bool // its content is read as it arrives
	// bodySchema is what the engine holds the content against; empty for nothing.
	bodySchema string
	status     int  // of answers whose handler sets none; 0 for the usual one
	decodes    bool // what is encoded arrives decoded; from the start on
	isSSE      bool // its handler answers with events, for which it waits
	events     []EventOption
	static     *StaticConfig // of a folder
	info       RouteInfo

	scope
	routing  *routing
	methods  string // joined by commas
	pattern  string // with the prefixes of its groups
	place    string // where it is registered
	name     string
	doc      documentation
	metadata map[string]any
}

// RouteOption changes one route: [Inline], [StreamBody], [BodySchema], [RouteLimits], [Status], [Name],
// [Meta], [Host], [Decompress], [Before], [Around], [After], [Heartbeat], [Retry], [Middleware] and [StaticConfig]; and
// for its documentation [Summary], [Describe], [Tags], [Responds], [RespondsWith], [Produces] and
// [Hidden].
type RouteOption interface{ applyRoute(r *route) }

type routeOption func(r *route)

func (o routeOption) applyRoute(r *route) { o(r) }

// Inline runs the handler on the loop's own thread, which saves the hand-over to a goroutine. While
// it runs, the loop serves nobody else: it must not block and should take microseconds.
var Inline RouteOption = routeOption(func(r *route) { r.isInline = true })

// StreamBody runs the handler as soon as the head of the request is there; it reads the content while
// it arrives, with [Ctx.BodyReader] or [Ctx.ReadBody]. What it does not ask for is not read from the
// client either, beyond 64 KiB. It cannot be [Inline].
func StreamBody() RouteOption { return routeOption(func(r *route) { r.streams = true }) }

// BodySchema is a JSON Schema that the engine holds the content against before any Go runs, hooks
// included: what is wrong is answered with 422 and never arrives. Tags say what the content is to the
// handler; this keeps others away from it. It is not for routes with [StreamBody].
func BodySchema(schema string) RouteOption {
	return routeOption(func(r *route) { r.bodySchema = schema })
}

// Status is the status of answers whose handler sets none.
func Status(status int) RouteOption { return routeOption(func(r *route) { r.status = status }) }

// Name names a route for [App.URL]; names are unique within the app.
func Name(name string) RouteOption { return routeOption(func(r *route) { r.name = name }) }

// Meta keeps a value with a route, which [Ctx.Route] and [App.Routes] tell.
func Meta(key string, value any) RouteOption {
	return routeOption(func(r *route) {
		if r.metadata == nil {
			r.metadata = make(map[string]any)
		}
		r.metadata[key] = value
	})
}

// packMetadata packs what is text for the engine, in the order of the keys.
func (r *route) packMetadata() (packed []byte, count int) {
	for _, key := range slices.Sorted(maps.Keys(r.metadata)) {
		if text, ok := r.metadata[key].(string); ok {
			packed = appendItem(packed, key, text)
			count++
		}
	}
	return packed, count
}

// compose puts all around hooks around the handler and all before hooks in front of it, and gathers the
// after hooks; once, when the app begins to serve.
func (r *route) compose() {
	before, around, after := r.hooks()
	r.after = after
	r.handler = surround(around, r.handler)
	r.decodes = r.inheritedDecompress() == decompressOn
	if len(before) > 0 {
		r.handler = chain(before, r.handler)
	}
	if r.isInline && r.routing.app.isDevelopment {
		r.handler = r.watched(r.handler)
	}
}

// inheritedDecompress is the choice of the route, else of its groups from inside out, else the app's.
func (r *route) inheritedDecompress() uint32 {
	choice := r.decompress
	for g := r.routing; g != nil && choice == decompressInherit; g = g.parent {
		choice = g.decompress
	}
	if choice == decompressInherit && r.routing.app.config.BodyDecompress {
		choice = decompressOn
	}
	return choice
}

// chain is the handler behind before hooks, as one handler.
func chain(before []Handler, handler Handler) Handler {
	return func(c *Ctx) error {
		for _, hook := range before {
			if err := hook(c); err != nil || c.isAnswered() {
				return err
			}
		}
		return handler(c)
	}
}

// site names a place in the source as main.go:12.
func site(file string, line int) string {
	return file[strings.LastIndexByte(file, '/')+1:] + ":" + strconv.Itoa(line)
}

// callerSite is the place of the call `skip` frames above the caller: where a route is registered.
func callerSite(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return ""
	}
	return site(file, line)
}
