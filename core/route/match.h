#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "route/methods.h"
#include "route/pattern.h"

namespace trivet::route {

enum class Outcome : std::uint8_t {
    found,
    not_found,
    method_not_allowed,  // 405 with `allow`
    options,             // OPTIONS without a route of its own: answer with `allow`
    malformed,           // a malformed escape or %00 in the path: 400
};

// The value of a parameter by reference into the host or path that was matched.
struct MatchedParam {
    std::string_view name;   // lives as long as the router
    std::string_view value;  // raw
    bool is_encoded;         // percent-decode `value` as a whole
    bool is_host;            // `value` is a label of the host: lower-case it
};

// Result of a match. Plain memory for the caller's stack or connection; nothing is initialised.
struct Match {
    Match() noexcept {}
    Match(const Match&) = delete;
    Match& operator=(const Match&) = delete;

    std::uint32_t value;        // found: what was registered
    std::uint32_t param_count;  // found
    std::string_view allow;     // method_not_allowed and options: for the Allow field
    // found: those of the host, then those of the path, each in the pattern's order
    std::array<MatchedParam, kParamsMax> params;
    char allow_room[kAllowBytesMax];  // `allow` may point here
};

}  // namespace trivet::route
