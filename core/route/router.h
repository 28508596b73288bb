#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "route/methods.h"
#include "route/pattern.h"

namespace trivet::route {

struct RouteError {
    enum class Kind : std::uint8_t { pattern, conflict, limit };
    Kind kind;
    std::string message;  // one line
    std::string detail;   // offset and pattern, or both registrations
};

enum class Outcome : std::uint8_t {
    found,
    not_found,
    method_not_allowed,  // 405 with `allow`
    options,             // OPTIONS without a route of its own: answer with `allow`
    malformed,           // a malformed escape or %00 in the path: 400
};

// The value of a path parameter by reference into the path that was matched.
struct MatchedParam {
    std::string_view name;   // lives as long as the router
    std::string_view value;  // raw
    bool is_encoded;         // percent-decode `value`
};

// Result of a match. Plain memory for the caller's stack or connection; nothing is initialised.
struct Match {
    Match() noexcept {}
    Match(const Match&) = delete;
    Match& operator=(const Match&) = delete;

    std::uint32_t value;        // found: what was registered
    std::uint32_t param_count;  // found
    std::string_view allow;     // method_not_allowed and options: for the Allow field
    std::array<MatchedParam, kParamsMax> params;  // found: in the pattern's order
    char allow_room[kAllowBytesMax];              // `allow` may point here
};

// Routes by method and path. Built before start on one thread; once frozen it is immutable and
// shared by all loops, and matching takes no memory. A literal beats an integer beats a text
// parameter, segment by segment; when a more special path lacks the method, the next one that has
// it answers. An exact method beats GET standing in for HEAD, which beats "*". Paths match as
// written: "/a" and "/a/" differ.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    // Adds a route; `method` is "*" or upper-case. `site` says where it was registered, for the
    // error when another one conflicts. Not after freeze().
    std::expected<void, RouteError> add(std::string_view method, std::string_view pattern,
                                        std::string_view site, std::uint32_t value);
    void freeze();
    bool is_frozen() const noexcept;

    // `path` is raw and begins with '/'. "%2F" stays inside its segment.
    Outcome match(std::string_view method, std::string_view path, Match& out) const noexcept;
    // Every method of every route, for "OPTIONS *".
    std::string_view allow_all() const noexcept;

private:
    struct Node;
    struct Table;
    class Walk;
    std::unique_ptr<Table> table_;
};

}  // namespace trivet::route
