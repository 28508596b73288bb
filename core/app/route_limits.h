#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/limits.h"
#include "middleware/middleware.h"

namespace trivet::app {

struct Group;

inline constexpr std::uint32_t kNoLimit = ~std::uint32_t{0};

// What a route or a group sets for itself. 0: as the group around it, or else the app, has it;
// kNoLimit: none, for those that may be none. `requests_max` of a group holds for all of its
// requests together, beside the bounds around it and those within.
struct OwnLimits {
    std::uint64_t body_bytes_max = 0;
    std::uint32_t body_timeout_ms = 0;
    std::uint32_t body_rate_min = 0;
    std::uint32_t request_timeout_ms = 0;
    std::uint32_t send_rate_min = 0;
    std::uint32_t requests_max = 0;
    bool operator==(const OwnLimits&) const = default;
};

// What is wrong with them, the name of the field in front; empty when all is well.
std::string limits_fault(const OwnLimits& limits);

// A limit as people are shown it; 0 is none.
struct NamedLimit {
    std::string_view name;
    std::uint64_t value = 0;
};

// What a route and the groups around it have set: the innermost of each, and as
// `group_requests_max` the smallest bound of a group.
std::vector<NamedLimit> named_limits(const OwnLimits& own, const Group* group);

// What is set beside the middleware mounted in the same place, whose limits hold where none is.
OwnLimits with_bounds(const OwnLimits& own,
                      std::span<const middleware::Middleware* const> middleware);

// `outer` with what is set in `own`; a bound on requests becomes a gate.
http::RouteLimits overlay(const http::RouteLimits& outer, const OwnLimits& own,
                          std::vector<http::Gate>& gates);

}  // namespace trivet::app
