#include "app/route_limits.h"

#include <algorithm>

#include "app/config.h"
#include "app/group.h"

namespace trivet::app {
namespace {

// Named as the app's setting that a limit stands in for.
struct Entry {
    std::string_view name;
    bool may_be_none;  // as far as its width goes
    std::uint64_t (*get)(const OwnLimits& limits);
};

template <auto Member>
constexpr Entry entry(std::string_view name) {
    return {name, sizeof(OwnLimits{}.*Member) == sizeof kNoLimit,
            [](const OwnLimits& limits) { return std::uint64_t{limits.*Member}; }};
}

constexpr Entry kEntries[] = {
    entry<&OwnLimits::body_bytes_max>("body_bytes_max"),
    entry<&OwnLimits::body_timeout_ms>("body_timeout_ms"),
    entry<&OwnLimits::body_rate_min>("body_rate_min"),
    entry<&OwnLimits::request_timeout_ms>("request_timeout_ms"),
    entry<&OwnLimits::send_rate_min>("send_rate_min"),
    entry<&OwnLimits::requests_max>("requests_max"),
};
constexpr std::string_view kBound = "requests_max";

bool is_none(const Entry& limit, std::uint64_t value) {
    return limit.may_be_none && value == kNoLimit;
}

std::uint64_t innermost(const Entry& limit, const OwnLimits& own, const Group* group) {
    std::uint64_t value = limit.get(own);
    // A bound of a group is no bound of its own for each route in it.
    while (value == 0 && group != nullptr && limit.name != kBound) {
        value = limit.get(group->limits);
        group = group->parent;
    }
    return value;
}

void take(std::uint32_t& to, std::uint32_t own) { to = own == 0 ? to : own == kNoLimit ? 0 : own; }

}  // namespace

std::string limits_fault(const OwnLimits& limits) {
    for (const Entry& limit : kEntries) {
        const Field& field = *std::ranges::find(fields(), limit.name, &Field::name);
        const std::uint64_t value = limit.get(limits);
        const bool is_off = is_none(limit, value);
        if (value == 0 || is_allowed(field, value) || (is_off && !field.zero.empty())) {
            continue;
        }
        return std::string(limit.name) + " is " + (is_off ? "none" : std::to_string(value)) +
               ", allowed are " + allowed_numbers(field);
    }
    return {};
}

std::vector<NamedLimit> named_limits(const OwnLimits& own, const Group* group) {
    std::vector<NamedLimit> found;
    for (const Entry& limit : kEntries) {
        if (const std::uint64_t value = innermost(limit, own, group); value != 0) {
            found.push_back({limit.name, is_none(limit, value) ? 0 : value});
        }
    }
    std::uint32_t bound = kNoLimit;
    for (; group != nullptr; group = group->parent) {
        bound =
            group->limits.requests_max != 0 ? std::min(bound, group->limits.requests_max) : bound;
    }
    if (bound != kNoLimit) {
        found.push_back({"group_requests_max", bound});
    }
    return found;
}

OwnLimits with_bounds(const OwnLimits& own,
                      std::span<const middleware::Middleware* const> middleware) {
    OwnLimits bounds;
    for (const middleware::Middleware* const item : middleware) {
        bounds.body_bytes_max =
            item->body_bytes_max() != 0 ? item->body_bytes_max() : bounds.body_bytes_max;
        bounds.request_timeout_ms = item->request_timeout_ms() != 0 ? item->request_timeout_ms()
                                                                    : bounds.request_timeout_ms;
    }
    OwnLimits limits = own;
    limits.body_bytes_max = own.body_bytes_max != 0 ? own.body_bytes_max : bounds.body_bytes_max;
    limits.request_timeout_ms =
        own.request_timeout_ms != 0 ? own.request_timeout_ms : bounds.request_timeout_ms;
    return limits;
}

http::RouteLimits overlay(const http::RouteLimits& outer, const OwnLimits& own,
                          std::vector<http::Gate>& gates) {
    http::RouteLimits limits = outer;
    if (own.body_bytes_max != 0) {
        limits.body_bytes_max = own.body_bytes_max;
    }
    take(limits.body_timeout_ms, own.body_timeout_ms);
    take(limits.body_rate_min, own.body_rate_min);
    take(limits.request_timeout_ms, own.request_timeout_ms);
    take(limits.send_rate_min, own.send_rate_min);
    if (own.requests_max != 0) {
        gates.push_back({.requests_max = own.requests_max, .outer = outer.gate});
        limits.gate = static_cast<std::uint32_t>(gates.size());
    }
    return limits;
}

}  // namespace trivet::app
