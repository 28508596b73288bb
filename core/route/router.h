#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "route/error.h"
#include "route/match.h"
#include "route/scratch.h"
#include "route/spec.h"

namespace trivet::route {

// Routes by method, host and path. Built before start on one thread; once frozen it is immutable
// and shared by all loops, and matching takes no memory.
//
// Paths match as written: "/a" and "/a/" differ. Segment by segment a literal beats an int, a uuid,
// a regex (the one registered first), a text and a path; when a more special path lacks the method,
// the next one that has it answers. An exact method beats GET standing in for HEAD, which beats
// "*". An exact host beats a host with parameters (more literal labels first), which beats no host;
// where the routes of one host have no answer, those of the next are asked.
//
// A match visits each node of the tree once at most, for a node is reached by one path only, and
// runs each regex once at most, up to kRegexCallsMax and on kRegexBytesMax; after kRegexGiveUpsMax
// expressions were given up, the rest count as not matching.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    // Adds a route for all its methods or for none. Not after freeze().
    std::expected<void, RouteError> add(const RouteSpec& spec);
    // Whether routes may begin with this prefix (which may be empty) and have this host.
    std::expected<void, RouteError> check_prefix(std::string_view prefix, std::string_view host,
                                                 std::string_view site) const;
    void freeze();
    bool is_frozen() const noexcept;

    // Whether match() looks at the host at all.
    bool has_hosts() const noexcept;
    bool has_regexes() const noexcept;

    // `host` is the Host field as it came, with port and case; a missing or malformed one leaves
    // the routes without a host. `path` is raw and begins with '/'; "%2F" stays inside its segment.
    Outcome match(std::string_view method, std::string_view host, std::string_view path,
                  Scratch& scratch, Match& out) const noexcept;
    // The same for a caller who has looked: without `has_escapes` there is no '%' in the path.
    Outcome match(std::string_view method, std::string_view host, std::string_view path,
                  bool has_escapes, Scratch& scratch, Match& out) const noexcept;
    // Every method of every route, for "OPTIONS *".
    std::string_view allow_all() const noexcept;

    // Path and query of a named route, "//host/path?query" when it has a host. Every parameter of
    // the route must be given, once, and no other; values are checked against their constraints and
    // percent-encoded. Writes as much as fits into `room` and gives the whole length.
    std::expected<std::size_t, UrlError> url(std::string_view name,
                                             std::span<const NamedText> params,
                                             std::span<const NamedText> query,
                                             std::span<char> room) const;
    std::expected<std::string, UrlError> url(std::string_view name,
                                             std::span<const NamedText> params,
                                             std::span<const NamedText> query) const;

private:
    struct Table;
    std::unique_ptr<Table> table_;
};

}  // namespace trivet::route
