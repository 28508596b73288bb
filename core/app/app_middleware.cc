// Native middleware of an app: made, mounted, and compiled to the chains of its routes.
#include <algorithm>
#include <ranges>

#include "app/app.h"
#include "middleware/kinds.h"
#include "middleware/plan.h"

namespace trivet::app {
namespace {

using middleware::Middleware;

Error middleware_error(Status status, std::string detail) {
    return {status, "invalid middleware", std::move(detail)};
}

}  // namespace

std::expected<const Middleware*, Error> App::add_middleware(std::string_view kind,
                                                            std::span<const url::Param> options) {
    if (is_frozen_) {
        return std::unexpected(
            Error{Status::state, "middleware made after the app's first loop was made", {}});
    }
    if (middleware_.size() == kMiddlewareMax) {
        return std::unexpected(middleware_error(
            Status::limit, "more than " + std::to_string(kMiddlewareMax) + " of one app"));
    }
    auto made = middleware::make(kind, options);
    if (!made) {
        return std::unexpected(middleware_error(Status::argument, std::move(made.error())));
    }
    if (const std::string_view field = (*made)->own_field(); !field.empty()) {
        own_fields_.insert(middleware::lowered(field));
        if (own_fields_.size() > middleware::kOwnFieldsMax) {
            own_fields_.erase(middleware::lowered(field));
            return std::unexpected(middleware_error(
                Status::limit, std::string(kind) + ": header is the " +
                                   std::to_string(middleware::kOwnFieldsMax + 1) +
                                   "th field that middleware of this app looks for; share some"));
        }
    }
    middleware_.push_back(std::move(*made));
    return middleware_.back().get();
}

bool App::owns(const Middleware* item) const {
    return item != nullptr && std::ranges::any_of(middleware_, [item](const auto& owned) {
               return owned.get() == item;
           });
}

std::expected<void, Error> App::check_mounts(std::span<const Middleware* const> mounts) const {
    if (mounts.size() > kMountsMax) {
        return std::unexpected(
            middleware_error(Status::limit, "at most " + std::to_string(kMountsMax) + " a route"));
    }
    if (!std::ranges::all_of(mounts, [this](const Middleware* item) { return owns(item); })) {
        return std::unexpected(middleware_error(Status::argument, "it is not of this app"));
    }
    return {};
}

Status App::use(const Group* group, const Middleware* item) {
    Group* const known = group != nullptr ? find_group(group) : nullptr;
    if (!owns(item) || (group != nullptr && known == nullptr)) {
        return Status::argument;
    }
    auto& mounts = known != nullptr ? known->middleware : mounted_;
    if (is_frozen_ || mounts.size() == kMountsMax) {
        return is_frozen_ ? Status::state : Status::limit;
    }
    mounts.push_back(item);
    return Status::ok;
}

// What the settings ask for stands around all that the program mounts, which replaces it.
void App::mount_configured() {
    const auto mount = [this](std::string_view kind, std::span<const url::Param> options) {
        if (const auto made = add_middleware(kind, options)) {
            configured_.push_back(*made);
        }
    };
    if (config_.compress != 0) {
        const std::string bytes = std::to_string(config_.compress_min_bytes);
        const url::Param min_bytes{Str(std::string_view("min_bytes")), Str(bytes)};
        mount("compress", {&min_bytes, 1});
    }
    if (config_.etag != 0) {
        mount("etag", {});
    }
}

// The chain of every route, and of requests without one. A chain that no request would notice is
// none.
void App::bind_chains() {
    bool has_chains = false;
    for (std::uint32_t value = 0; value < routes_.size(); ++value) {
        RouteDescription& route = descriptions_[value];
        middleware::Levels inner_first{route.middleware};
        for (const Group* group = route.group; group != nullptr; group = group->parent) {
            inner_first.emplace_back(group->middleware);
        }
        inner_first.emplace_back(mounted_);
        inner_first.emplace_back(configured_);
        std::ranges::reverse(inner_first);
        route.chain = compiled_.compile(inner_first);
        const bool is_noticed = route.chain != nullptr && route.chain->does_something();
        chains_.push_back(is_noticed ? route.chain : nullptr);
        has_chains = has_chains || is_noticed;
    }
    if (!has_chains) {
        chains_.clear();
    }
}

}  // namespace trivet::app
