#pragma once

#include <cstdint>
#include <string>

namespace trivet::route {

// Why a route or a prefix was not taken.
struct RouteError {
    enum class Kind : std::uint8_t {
        pattern,   // malformed method, host, pattern, expression or name
        conflict,  // the route or its name is already registered
        limit,     // too many different methods
    };
    Kind kind;
    std::string message;  // one line
    std::string detail;   // offset and pattern, or both registrations
};

// Why a URL was not built.
struct UrlError {
    enum class Kind : std::uint8_t {
        not_found,  // no route has the name
        argument,   // the message names the parameter and its constraint
        memory,
    };
    Kind kind;
    std::string message;  // one line
};

}  // namespace trivet::route
