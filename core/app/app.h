#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/activation.h"
#include "app/certificates.h"
#include "app/concurrency.h"
#include "app/config.h"
#include "app/documentation.h"
#include "app/error.h"
#include "app/group.h"
#include "app/hooks.h"
#include "app/route_limits.h"
#include "app/setting_list.h"
#include "app/settings.h"
#include "app/shared_listeners.h"
#include "base/fd.h"
#include "base/log.h"
#include "http/file_mount.h"
#include "http/server.h"
#include "middleware/compile.h"
#include "middleware/middleware.h"
#include "proto/url/query.h"
#include "route/router.h"
#include "schema/schema.h"

namespace trivet::app {

class Worker;

// What a request needs of its route. The hooks are those of app and groups, in the order they run.
struct Route {
    Handler handler = nullptr;  // nullptr: delivered as events
    void* user_data = nullptr;
    Drop drop = nullptr;
    std::span<const Callback<Before>> before;
    std::span<const Callback<After>> after;
    bool is_streamed = false;                     // delivered with the head; content follows
    Decompress decompress = Decompress::inherit;  // that of its group, once it is added
    const schema::Schema* body_schema = nullptr;  // what its content must be like
    const http::FileMount* mount = nullptr;       // files answer
    bool is_delivered = false;                    // once the handler has asked for them
};

struct RouteOptions {
    std::string_view methods;
    std::string_view pattern;
    std::string_view site;
    std::string_view name;
    std::string_view host;
    const Group* group = nullptr;
    std::span<const url::Param> metadata;
    OwnLimits limits = {};
    std::span<const middleware::Middleware* const> middleware = {};  // of the app
    std::string_view body_schema;  // JSON Schema; empty: content is not looked at
};

// What is known of a route beyond its handler; lives as long as the app.
struct RouteDescription {
    std::string methods;
    std::string pattern;
    std::string host;
    std::string name;
    std::string site;
    std::vector<std::string> metadata_text;  // names and values by turns
    std::vector<url::Param> metadata;        // into metadata_text
    const Group* group = nullptr;
    OwnLimits limits;
    std::unique_ptr<const schema::Schema> body_schema;
    std::unique_ptr<const http::FileMount> mount;
    std::string mount_prefix;  // the pattern before the path of the file
    std::vector<const middleware::Middleware*> middleware;  // its own, in the order given
    const middleware::Chain* chain = nullptr;               // nullptr: none; filled by freeze()
    std::vector<Callback<Before>> before;                   // filled by freeze()
    std::vector<Callback<After>> after;
};

// Routes, hooks, configuration and log of an application, shared by its loops. Built on one thread
// before the first loop is made, which freezes it; read-only from then on, but for the log and the
// list of its loops, which any thread may use.
class App {
public:
    static constexpr std::size_t kGroupsMax = 10'000;
    static constexpr std::size_t kHooksMax = 1'000;  // of one app or group, of one kind
    static constexpr std::size_t kMetadataMax = 100;
    static constexpr std::size_t kMiddlewareMax = 10'000;
    static constexpr std::size_t kMountsMax = 100;  // of one app, group or route

    App();
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // What is wrong with trivet.toml or the environment; checked before anything is started.
    std::expected<void, Error> check_settings() const;
    std::expected<void, Error> configure(const Config& config);
    // Every setting and where it comes from, until the app is configured again.
    std::span<const Setting> settings();
    // The entries of .env that are no settings.
    std::span<const EnvEntry> variables() const noexcept { return settings_.variables; }
    std::expected<const Group*, Error> add_group(std::string_view prefix, const Group* parent,
                                                 std::string_view host, std::string_view site,
                                                 const OwnLimits& limits = {},
                                                 Decompress decompress = Decompress::inherit);
    // These drop the user data themselves when they fail.
    std::expected<void, Error> add_route(const RouteOptions& options, const Route& route);
    // A folder below a prefix, as a route for GET (and so HEAD) whose pattern is the prefix and the
    // file's path. Where no other route has them, it answers for the prefix alone and with a slash,
    // too. With `is_delivered` requests go to the handler of `route` first.
    std::expected<void, Error> add_static(const RouteOptions& options,
                                          const http::FileMountOptions& files, const Route& route);
    // Of the route of a folder, by its index from 0. Status::not_found: it is none.
    Status deliver_static(std::size_t index, bool is_delivered);
    Status add_before(const Group* group, const Callback<Before>& hook);
    Status add_after(const Group* group, const Callback<After>& hook);
    // Native middleware, the app's, to be mounted where it is wanted. The error says which option
    // is wrong.
    std::expected<const middleware::Middleware*, Error> add_middleware(
        std::string_view kind, std::span<const url::Param> options);
    // Mounts it on all routes, those of no route among them, or on those of a group.
    Status use(const Group* group, const middleware::Middleware* item);
    Status set_fallback(const Callback<Handler>& handler);
    Status set_error_handler(const Callback<ErrorHandler>& handler);
    Status add_start(const Callback<Lifecycle>& callback);
    Status add_stop(const Callback<Lifecycle>& callback);
    // The OpenAPI document: see Documentation. Routes by their index from 0.
    std::expected<void, Error> serve_documentation(openapi::Info info, openapi::Paths paths,
                                                   std::vector<openapi::Asset> assets);
    std::expected<void, Error> set_operation(std::size_t index, std::string_view json);
    std::expected<void, Error> add_schema(std::string_view name, std::string_view json);
    void freeze();
    // What of static_folders cannot be served; once the app is frozen.
    std::expected<void, Error> check_folders() const;
    // Freezes the app. Lives as long as it.
    std::string_view document();

    // Writes as much of a named route's path as fits into `room`; gives its whole length.
    std::expected<std::size_t, Error> url(std::string_view name,
                                          std::span<const route::NamedText> params,
                                          std::span<const route::NamedText> query,
                                          std::span<char> room) const;

    // Reads the certificates of the configuration, once. nullptr: connections are not secured. Any
    // thread.
    std::expected<Certificates*, Error> open_certificates();

    // How many workers and loops to serve with; warns in the log when they are too many.
    std::expected<Concurrency, Error> concurrency(bool can_thread);

    const Config& config() const noexcept { return config_; }
    // Once the app is frozen.
    const http::Trust& trust() const noexcept { return trust_; }
    const route::Router& router() const noexcept { return router_; }
    http::Interests interests() const noexcept {
        return {has_fallback_, error_handler_.function != nullptr};
    }
    // By the router's value; http::kNoRoute gives the fallback.
    const Route& route(std::uint32_t value) const noexcept { return routes_[value]; }
    // Once the app is frozen.
    http::RouteRules rules() const noexcept { return {route_limits_, gates_, chains_}; }
    // Of the program; those of static_folders and the documentation come behind them and are
    // nobody's business.
    std::size_t route_count() const noexcept { return routes_.size() - 1 - own_routes_; }
    const RouteDescription& description(std::uint32_t value) const noexcept {
        return descriptions_[value];
    }
    const Callback<ErrorHandler>& error_handler() const noexcept { return error_handler_; }
    std::span<const Callback<Lifecycle>> starts() const noexcept { return starts_; }
    std::span<const Callback<Lifecycle>> stops() const noexcept { return stops_; }
    Log& log() noexcept { return log_; }

    void join(Worker& worker);
    void leave(Worker& worker);
    // Whether the predicate holds for one of this app's loops.
    template <typename Predicate>
    bool has_loop(Predicate predicate) {
        const std::lock_guard guard(loops_guard_);
        return std::ranges::any_of(loops_,
                                   [&](const Worker* worker) { return predicate(*worker); });
    }
    // Held by a loop that looks for others on its port, binds and joins.
    std::mutex& binding() noexcept { return binding_; }
    Activation& activation() noexcept { return activation_; }
    SharedListeners& shared_listeners() noexcept { return shared_listeners_; }
    std::size_t loop_count();
    // A connection to a loop for tests. Status::not_found: there is none. Status::state: all drain.
    // Else as Injection::connect.
    std::expected<Fd, Error> inject();
    // Puts the time of the loops for tests forward. Status::not_found: there is none.
    Status advance(std::uint64_t milliseconds);
    // Drains every loop of this app, as its supervisor asks.
    void drain_all(bool is_forced);

private:
    std::expected<void, Error> try_add(const RouteOptions& options, const Route& route);
    Group* find_group(const Group* group);
    template <typename Function>
    Status add_hook(const Group* group, std::vector<Callback<Function>> Hooks::* list,
                    const Callback<Function>& hook);
    template <typename Function>
    Status add_callback(std::vector<Callback<Function>>& list, const Callback<Function>& callback);
    void bind_hooks(std::uint32_t value);
    void bind_limits();
    void bind_chains();
    std::expected<void, Error> check_mounts(
        std::span<const middleware::Middleware* const> mounts) const;
    bool owns(const middleware::Middleware* item) const;
    void add_mount_roots();
    void add_folders();
    void mount_configured();
    bool has_route_for_all(std::string_view host, std::string_view pattern) const noexcept;
    void assemble_document();
    void add_documentation();

    Settings settings_;
    Config config_;
    http::Trust trust_;
    std::vector<Setting> setting_list_;  // made when it is first asked for
    route::Router router_;
    std::vector<Route> routes_;                    // [http::kNoRoute] is the fallback
    std::deque<RouteDescription> descriptions_;    // of the same numbers
    std::vector<http::RouteLimits> route_limits_;  // the same; none when no route has its own
    std::vector<http::Gate> gates_;
    std::vector<std::unique_ptr<middleware::Middleware>> middleware_;
    std::set<std::string> own_fields_;  // that options of middleware name, in lower case
    std::vector<const middleware::Middleware*> mounted_;     // on the app
    std::vector<const middleware::Middleware*> configured_;  // around that, by the settings
    middleware::Chains compiled_;
    std::vector<const http::Chain*> chains_;  // by the routes' values; empty when there are none
    std::deque<Group> groups_;
    Hooks hooks_;
    Documentation documentation_;
    std::size_t own_routes_ = 0;
    std::optional<Error> folders_error_;
    Callback<ErrorHandler> error_handler_;
    std::vector<Callback<Lifecycle>> starts_;
    std::vector<Callback<Lifecycle>> stops_;
    Log log_;
    std::mutex reading_certificates_;
    std::unique_ptr<Certificates> certificates_;
    std::mutex freezing_;
    std::atomic<bool> is_frozen_{false};
    bool has_fallback_ = false;
    std::mutex binding_;
    Activation activation_;
    SharedListeners shared_listeners_;
    std::mutex loops_guard_;
    std::vector<Worker*> loops_;
};

}  // namespace trivet::app
