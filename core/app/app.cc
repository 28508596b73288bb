#include "app/app.h"

namespace trivet::app {
namespace {

constexpr int kLogFd = 2;
constexpr std::size_t kPatternBytesMax = 4096;

Error frozen(std::string_view what) {
    return {Status::state, std::string(what) + " after the app's first loop was made", {}};
}

}  // namespace

App::App() : log_(kLogFd, log_level_of(0)) {}

App::~App() {
    for (const Route& route : routes_) {
        if (route.drop != nullptr) {
            route.drop(route.user_data);
        }
    }
}

std::expected<void, Error> App::configure(const Config& config) {
    if (is_frozen_) {
        return std::unexpected(frozen("configured"));
    }
    std::string fault = find_fault(config);
    if (!fault.empty()) {
        return std::unexpected(Error{Status::argument, "invalid configuration", std::move(fault)});
    }
    config_ = config;
    log_.set_level(log_level_of(config.log_level));
    return {};
}

std::expected<void, Error> App::add_route(std::string_view method, std::string_view pattern,
                                          std::string_view site, const Route& route) {
    auto added = try_add(method, pattern, site, route);
    if (!added && route.drop != nullptr) {
        route.drop(route.user_data);
    }
    return added;
}

std::expected<void, Error> App::try_add(std::string_view method, std::string_view pattern,
                                        std::string_view site, const Route& route) {
    if (is_frozen_) {
        return std::unexpected(frozen("route added"));
    }
    if (pattern.size() > kPatternBytesMax) {
        return std::unexpected(Error{Status::pattern, "the pattern is too long", {}});
    }
    const auto index = static_cast<std::uint32_t>(routes_.size());
    auto added = router_.add(method, pattern, site, index);
    if (!added) {
        const route::RouteError& error = added.error();
        const Status status = error.kind == route::RouteError::Kind::conflict ? Status::conflict
                              : error.kind == route::RouteError::Kind::limit  ? Status::limit
                                                                              : Status::pattern;
        return std::unexpected(Error{status, error.message, error.detail});
    }
    routes_.push_back(route);
    return {};
}

void App::freeze() {
    const std::lock_guard guard(freezing_);
    if (!is_frozen_) {
        router_.freeze();
        is_frozen_ = true;
    }
}

}  // namespace trivet::app
