package trivet

// #include "bridge.h"
import "C"

import (
	"maps"
	"strings"
	"unsafe"
)

// RouteInfo tells what a route is.
type RouteInfo struct {
	Name     string         // as given with Name; "" when it has none
	Methods  []string       // "*" alone for every method
	Pattern  string         // the whole of it, with the prefixes of its groups
	Host     string         // "" for all hosts
	Metadata map[string]any // as given with Meta
	Site     string         // where it was registered, as main.go:12
}

// Routes tells the routes in the order they were registered.
func (a *App) Routes() []RouteInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.engine == nil {
		return nil
	}
	routes := make([]RouteInfo, int(C.trivet_app_route_count(a.engine)))
	for i := range routes {
		routes[i] = a.routeInfo(i)
	}
	return routes
}

// routeInfo asks the engine for the route of a number; the caller holds a.mu.
func (a *App) routeInfo(number int) RouteInfo {
	var info C.trivet_route_info
	info.size = C.uint32_t(unsafe.Sizeof(info))
	if C.trivet_app_get_route(a.engine, C.size_t(number), &info) != 0 {
		return RouteInfo{}
	}
	return RouteInfo{
		Name:     goString(info.name),
		Methods:  strings.Split(goString(info.methods), ","),
		Pattern:  goString(info.pattern),
		Host:     goString(info.host),
		Metadata: maps.Clone(a.table[number+1].metadata),
		Site:     goString(info.site),
	}
}

// Route tells the route that the request was matched with; the zero value in a hook or error handler
// of a request without one. It is the same for all requests: its slice and map must not be changed.
func (c *Ctx) Route() RouteInfo { return c.route.info }
