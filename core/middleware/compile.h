#pragma once

#include <map>
#include <memory>
#include <vector>

#include "middleware/chain.h"

namespace trivet::middleware {

// The chains of an app. Routes with the same middleware share one. Filled when the app is frozen.
class Chains {
public:
    // That of a route with this middleware around it, in the order it runs; nullptr: none is there.
    const Chain* compile(const Levels& levels);

private:
    std::map<std::vector<const Middleware*>, std::unique_ptr<Chain>> chains_;
};

}  // namespace trivet::middleware
