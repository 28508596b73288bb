package trivet

// #include "bridge.h"
import "C"

import (
	"fmt"
	"regexp"
	"strings"
	"unsafe"
)

// Router is where routes are registered: an [App] or a [Group].
type Router interface {
	Handle(method, pattern string, h Handler, options ...RouteOption)
	Route(methods []string, pattern string, h Handler, options ...RouteOption)
	Group(prefix string, options ...GroupOption) *Group
	Static(prefix, directory string, options ...RouteOption)
	routes() *routing
}

// routing registers routes. An App and each Group embed one.
type routing struct {
	scope
	app      *App
	parent   *routing        // nil for the app's own
	group    *C.trivet_group // nil for the app's own
	prefix   string          // those of the parents included
	isBroken bool            // the group could not be made, which the app's Err tells
}

func (g *routing) routes() *routing { return g }

// Get routes GET, and HEAD with it.
func (g *routing) Get(pattern string, h Handler, options ...RouteOption) {
	g.add("GET", pattern, h, options, 2)
}

// Head routes HEAD, for a path whose HEAD is not that of its GET.
func (g *routing) Head(pattern string, h Handler, options ...RouteOption) {
	g.add("HEAD", pattern, h, options, 2)
}

// Post routes POST.
func (g *routing) Post(pattern string, h Handler, options ...RouteOption) {
	g.add("POST", pattern, h, options, 2)
}

// Put routes PUT.
func (g *routing) Put(pattern string, h Handler, options ...RouteOption) {
	g.add("PUT", pattern, h, options, 2)
}

// Patch routes PATCH.
func (g *routing) Patch(pattern string, h Handler, options ...RouteOption) {
	g.add("PATCH", pattern, h, options, 2)
}

// Delete routes DELETE.
func (g *routing) Delete(pattern string, h Handler, options ...RouteOption) {
	g.add("DELETE", pattern, h, options, 2)
}

// Options routes OPTIONS, which the engine answers by itself otherwise.
func (g *routing) Options(pattern string, h Handler, options ...RouteOption) {
	g.add("OPTIONS", pattern, h, options, 2)
}

// Handle routes a method, or every method for "*". Patterns are literal segments and parameters:
// /files/{name}, /users/{id:int}, {id:uuid}, {code:regex([A-Z]{3})}, and {rest:path} for all that is
// left. Segment by segment a literal beats an integer, a UUID, a regular expression, a text and a
// path, in this order.
func (g *routing) Handle(method, pattern string, h Handler, options ...RouteOption) {
	g.add(method, pattern, h, options, 2)
}

// Route routes several methods to one handler; see [App.Handle] for patterns.
func (g *routing) Route(methods []string, pattern string, h Handler, options ...RouteOption) {
	g.add(strings.Join(methods, ","), pattern, h, options, 2)
}

// Before adds hooks that run before the handlers of all routes, of those that are there already
// too. A hook that answers, or returns an error, ends the matter: neither further hooks nor the
// handler run. Those of the app come first, then those of the outer and the inner group and of the
// route, each in the order added.
//
// The hooks of the app also see requests that the engine would refuse by itself: those without a
// route (404, 405) and those with more content than BodyBytesMax (413). The hooks of a route that is
// [Inline] run on the loop's thread.
func (g *routing) Before(hooks ...Handler) {
	g.change(func(s *scope) error { return s.addBefore(hooks) }, callerSite(1))
}

// Around adds hooks that run around the handlers of all routes, behind all before hooks and in their
// order, the app's outermost. A hook calls next, which runs what is inside it, and gets its error, panics
// included; the answer that is there then is [Ctx.Response], which it may change. Without a call of next
// it answers by itself. When it returns nil, what next gave stands; when it returns an error, that is
// answered. Error handlers and after hooks come behind all around hooks.
//
//	app.Around(func(c *trivet.Ctx, next trivet.Handler) error {
//		start := time.Now()
//		err := next(c)
//		observe(c.Route().Pattern, time.Since(start), err)
//		return err
//	})
func (g *routing) Around(hooks ...AroundHook) {
	g.change(func(s *scope) error { return s.addAround(hooks) }, callerSite(1))
}

// After adds hooks that see every answer of the routes before it leaves, whoever gave it, and may
// change it. They run in the opposite order of the before hooks: the route's first, the app's last.
// The error of a hook is answered as that of a handler is, and the hooks after it see that answer.
func (g *routing) After(hooks ...AfterHook) {
	g.change(func(s *scope) error { return s.addAfter(hooks) }, callerSite(1))
}

func (g *routing) change(apply func(s *scope) error, place string) {
	g.app.mu.Lock()
	defer g.app.mu.Unlock()
	err := g.app.checkOpen()
	if err == nil {
		err = apply(&g.scope)
	}
	if err != nil {
		g.app.errs = append(g.app.errs, fmt.Errorf("hooks (%s): %w", place, err))
	}
}

// add registers a route for the caller `skip` frames up; methods are joined by commas.
func (g *routing) add(methods, pattern string, h Handler, options []RouteOption, skip int) {
	r := &route{handler: h, routing: g, methods: methods, pattern: g.prefix + pattern}
	for _, option := range options {
		option.applyRoute(r)
	}
	place := callerSite(skip)
	r.place = place
	g.app.mu.Lock()
	defer g.app.mu.Unlock()
	if g.isBroken {
		return
	}
	if err := g.app.register(methods, pattern, place, r); err != nil {
		g.app.refuse(methods, g.prefix+pattern, place, err)
	}
}

// refuse notes a route that cannot be registered; the caller holds a.mu.
func (a *App) refuse(methods, pattern, place string, err error) {
	a.errs = append(a.errs, fmt.Errorf("%s %s (%s): %w", methods, pattern, place, err))
}

// checkOpen tells why routes and hooks can no longer be added; the caller holds a.mu.
func (a *App) checkOpen() error {
	switch {
	case a.engine == nil:
		return withDetail(ErrState, "the app is closed")
	case a.isFrozen:
		return withDetail(ErrState, "the app has begun to serve")
	}
	return nil
}

// otherParameter is how others write a parameter: :id, *rest, {rest...}.
var otherParameter = regexp.MustCompile(`/(?::(\w+)|\*(\w*)|\{(\w+)\.\.\.\})(?:/|$)`)

// checkPattern tells those who come from other routers how a parameter is written.
func checkPattern(pattern string) error {
	found := otherParameter.FindStringSubmatch(pattern)
	if found == nil {
		return nil
	}
	hint := "{" + found[1] + "}"
	if found[1] == "" {
		hint = "{" + orElse(orElse(found[2], found[3]), "rest") + ":path}"
	}
	return withDetail(ErrPattern, "a parameter is written %s, not %s", hint,
		strings.Trim(found[0], "/"))
}

func (a *App) register(methods, pattern, place string, r *route) error {
	err := a.checkOpen()
	switch {
	case err != nil:
		return err
	case r.err != nil:
		return r.err
	case r.static != nil:
		return r.checkNoStatic()
	case r.handler == nil:
		return withDetail(ErrArgument, "the handler is nil: it is a func(c *trivet.Ctx) error")
	case r.isInline && r.streams:
		return withDetail(ErrArgument,
			"Inline runs the handler on the loop's thread, where it cannot wait for the content of StreamBody")
	case r.isInline && r.isSSE:
		return withDetail(ErrArgument,
			"Inline runs the handler on the loop's thread, where it cannot wait to send events")
	case r.status != 0 && (r.status < 200 || r.status > 599):
		return withDetail(ErrArgument, "the status of an answer is 200 to 599, not %d", r.status)
	}
	if err := checkPattern(pattern); err != nil {
		return err
	}
	limits, err := r.limits.engine()
	if err != nil {
		return err
	}
	middleware, err := a.makeMiddleware(r.middleware)
	if err != nil {
		return err
	}
	metadata, count := r.packMetadata()
	flags := uint32(0)
	if r.streams {
		flags = routeStream
	}
	var failure *C.trivet_error
	status := C.trivet_go_route(a.engine, r.routing.group, engineString(methods),
		engineString(pattern), engineString(r.name), engineString(r.host), engineString(place),
		bytesAt(metadata), C.size_t(count), C.uint32_t(flags), limits,
		C.uint32_t(r.decompress), unsafe.SliceData(middleware), C.size_t(len(middleware)),
		engineString(r.bodySchema), C.uintptr_t(len(a.table)), &failure)
	if status != 0 {
		return takeError(status, failure)
	}
	a.table = append(a.table, r)
	return nil
}
