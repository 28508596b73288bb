#pragma once

#include <string>

#include "app/hooks.h"
#include "app/route_limits.h"

namespace trivet::app {

// Routes with a common prefix, host and hooks. Owned by its app.
struct Group {
    const Group* parent = nullptr;
    std::string prefix;  // the parents' prefixes included
    std::string host;    // the parent's unless it has one of its own
    Hooks hooks;
    OwnLimits limits;
    http::RouteLimits held;  // within it; filled by freeze()
};

}  // namespace trivet::app
