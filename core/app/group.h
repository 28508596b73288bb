#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/hooks.h"
#include "app/route_limits.h"
#include "middleware/middleware.h"

namespace trivet::app {

// Whether content is decoded, as the ABI's TRIVET_DECOMPRESS_*.
enum class Decompress : std::uint8_t { inherit = 0, on = 1, off = 2 };
inline constexpr std::uint32_t kDecompressChoices = 3;

// Routes with a common prefix, host and hooks. Owned by its app.
struct Group {
    const Group* parent = nullptr;
    std::string prefix;  // the parents' prefixes included
    std::string host;    // the parent's unless it has one of its own
    Hooks hooks;
    OwnLimits limits;
    std::vector<const middleware::Middleware*> middleware;  // in the order it was mounted
    http::RouteLimits held;                                 // within it; filled by freeze()
    Decompress decompress = Decompress::inherit;  // the parent's unless it has one of its own
};

}  // namespace trivet::app
