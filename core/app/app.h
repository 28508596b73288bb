#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <mutex>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/error.h"
#include "base/log.h"
#include "http/exchange.h"
#include "route/router.h"

namespace trivet::app {

using RequestHandle = std::uint64_t;
using Handler = void (*)(RequestHandle request, const http::RequestView* view, void* user_data);
using Drop = void (*)(void* user_data);

struct Route {
    Handler handler = nullptr;  // nullptr: delivered as events
    void* user_data = nullptr;
    Drop drop = nullptr;
};

// Routes, configuration and log of an application, shared by its loops. Built on one thread before
// the first loop is made, which freezes it; read-only from then on, but for the log, which any
// thread may use.
class App {
public:
    App();
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    std::expected<void, Error> configure(const Config& config);
    // Drops `route.user_data` itself when it fails.
    std::expected<void, Error> add_route(std::string_view method, std::string_view pattern,
                                         std::string_view site, const Route& route);
    void freeze();

    const Config& config() const noexcept { return config_; }
    const route::Router& router() const noexcept { return router_; }
    const Route& route(std::uint32_t index) const noexcept { return routes_[index]; }
    Log& log() noexcept { return log_; }

private:
    std::expected<void, Error> try_add(std::string_view method, std::string_view pattern,
                                       std::string_view site, const Route& route);

    Config config_;
    route::Router router_;
    std::vector<Route> routes_;
    Log log_;
    std::mutex freezing_;
    std::atomic<bool> is_frozen_{false};
};

}  // namespace trivet::app
