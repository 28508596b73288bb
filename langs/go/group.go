package trivet

// #include "bridge.h"
import "C"

import "fmt"

// Group is a set of routes with a common prefix, host, limits and hooks. It registers them as an [App]
// does, and groups nest.
type Group struct{ routing }

// GroupOption changes one group: [RouteLimits], [Host], [Decompress], [Before], [Around], [After] and
// [Middleware].
type GroupOption interface{ applyGroup(s *scope) }

// Group makes a group. The prefix begins with a slash and ends without one, may hold parameters, and
// may be empty: then the group has only a host or hooks of its own. The pattern of a route in it may
// be empty, too: then it is that of the prefix.
//
//	admin := app.Group("/admin", trivet.Before(requireAdmin))
//	admin.Get("/users/{id:int}", showUser)
func (g *routing) Group(prefix string, options ...GroupOption) *Group {
	place := callerSite(1)
	group := &Group{routing{app: g.app, parent: g, prefix: g.prefix + prefix}}
	for _, option := range options {
		option.applyGroup(&group.scope)
	}
	g.app.mu.Lock()
	defer g.app.mu.Unlock()
	group.isBroken = g.isBroken
	if g.isBroken {
		return group
	}
	if err := group.open(g, prefix, place); err != nil {
		group.isBroken = true
		g.app.errs = append(g.app.errs, fmt.Errorf("group %s (%s): %w", group.prefix, place, err))
	}
	return group
}

func (g *Group) open(parent *routing, prefix, place string) error {
	if err := g.app.checkOpen(); err != nil {
		return err
	}
	if g.err != nil {
		return g.err
	}
	limits, err := g.limits.engine()
	if err != nil {
		return err
	}
	var failure *C.trivet_error
	status := C.trivet_go_group(g.app.engine, parent.group, engineString(prefix),
		engineString(g.host), engineString(place), limits, C.uint32_t(g.decompress), &g.group,
		&failure)
	if err := takeError(status, failure); err != nil {
		return err
	}
	return g.mount(g.middleware)
}

// scope is what options give to a route or to a group.
type scope struct {
	host   string
	limits RouteLimits
	before []Handler
	around []AroundHook
	after  []AfterHook
	err    error // the first wrong option
	// decompress is whether content arrives decoded; inherited unless it is said.
	decompress uint32
	middleware []*Middleware
}

// ScopeOption changes one route, or all routes of a group.
type ScopeOption interface {
	RouteOption
	GroupOption
}

type scopeOption func(s *scope) error

func (o scopeOption) applyGroup(s *scope) {
	if err := o(s); err != nil && s.err == nil {
		s.err = err
	}
}

func (o scopeOption) applyRoute(r *route) { o.applyGroup(&r.scope) }

// Host makes routes answer for some hosts only: api.example.com, or {tenant}.example.com, whose
// label is a parameter as those of the path are. Routes of a host beat those of all hosts.
func Host(host string) ScopeOption {
	return scopeOption(func(s *scope) error {
		s.host = host
		return nil
	})
}

// Decompress says whether content in gzip, deflate, br or zstd arrives decoded, in place of what the
// group around or [Config] says. Then BodyBytesMax holds for the decoded content, too, and other
// codings give 415.
func Decompress(on bool) ScopeOption {
	return scopeOption(func(s *scope) error {
		if s.decompress = decompressOff; on {
			s.decompress = decompressOn
		}
		return nil
	})
}

// Before gives a route or a group hooks that run before the handler; see [App.Before].
func Before(hooks ...Handler) ScopeOption {
	return scopeOption(func(s *scope) error { return s.addBefore(hooks) })
}

// Around gives a route or a group hooks that run around the handler; see [App.Around].
func Around(hooks ...AroundHook) ScopeOption {
	return scopeOption(func(s *scope) error { return s.addAround(hooks) })
}

// After gives a route or a group hooks that run when the answer is there; see [App.After].
func After(hooks ...AfterHook) ScopeOption {
	return scopeOption(func(s *scope) error { return s.addAfter(hooks) })
}

func (s *scope) addBefore(hooks []Handler) error {
	for _, hook := range hooks {
		if hook == nil {
			return withDetail(ErrArgument, "a before hook is nil")
		}
	}
	s.before = append(s.before, hooks...)
	return nil
}

func (s *scope) addAround(hooks []AroundHook) error {
	for _, hook := range hooks {
		if hook == nil {
			return withDetail(ErrArgument, "an around hook is nil")
		}
	}
	s.around = append(s.around, hooks...)
	return nil
}

func (s *scope) addAfter(hooks []AfterHook) error {
	for _, hook := range hooks {
		if hook == nil {
			return withDetail(ErrArgument, "an after hook is nil")
		}
	}
	s.after = append(s.after, hooks...)
	return nil
}
