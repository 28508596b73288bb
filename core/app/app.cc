#include "app/app.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>

#include "app/cpus.h"
#include "app/hub_directory.h"
#include "app/worker.h"

namespace trivet::app {
namespace {

constexpr int kLogFd = 2;
constexpr std::size_t kPatternBytesMax = 4096;

Error frozen(std::string_view what) {
    return {Status::state, std::string(what) + " after the app's first loop was made", {}};
}

Error route_error(const route::RouteError& error) {
    using Kind = route::RouteError::Kind;
    const Status status = error.kind == Kind::conflict ? Status::conflict
                          : error.kind == Kind::limit  ? Status::limit
                                                       : Status::pattern;
    return {status, error.message, error.detail};
}

Error limits_error(std::string fault) {
    return {Status::argument, "invalid limits", std::move(fault)};
}

std::expected<std::unique_ptr<const schema::Schema>, Error> compile_body_schema(
    std::string_view text, bool is_streamed) {
    if (text.empty()) {
        return nullptr;
    }
    if (is_streamed) {
        return std::unexpected(Error{Status::argument, "body_schema is of content that comes whole",
                                     "take TRIVET_ROUTE_STREAM away, or check while reading"});
    }
    auto compiled = schema::Schema::compile(text);
    if (compiled) {
        return std::make_unique<const schema::Schema>(std::move(*compiled));
    }
    const schema::SchemaError& error = compiled.error();
    return std::unexpected(
        Error{Status::argument,
              error.is_unsupported ? "body_schema asks for what the engine does not check"
                                   : "body_schema is no JSON Schema",
              "at " + (error.pointer.empty() ? std::string("its root") : error.pointer) + ": " +
                  error.message});
}

template <typename Function>
void release_all(const std::vector<Callback<Function>>& list) {
    for (const Callback<Function>& callback : list) {
        callback.release();
    }
}

// "get, POST" as it will be shown: the methods joined by commas without spaces.
std::string join_methods(std::string_view methods) {
    std::string joined(methods);
    std::erase(joined, ' ');
    return joined;
}

void keep_metadata(RouteDescription& description, std::span<const url::Param> metadata) {
    description.metadata_text.reserve(metadata.size() * 2);
    for (const url::Param& item : metadata) {
        description.metadata_text.emplace_back(std::string_view(item.name));
        description.metadata_text.emplace_back(std::string_view(item.value));
    }
    for (std::size_t index = 0; index < metadata.size(); ++index) {
        description.metadata.push_back({Str(description.metadata_text[index * 2]),
                                        Str(description.metadata_text[index * 2 + 1])});
    }
}

}  // namespace

App::App()
    : settings_(load_settings()),
      config_(settings_.config),
      routes_(1),
      descriptions_(1),
      log_(kLogFd, log_level(config_)) {}

App::~App() {
    close_hubs_of(this);
    for (const Route& route : routes_) {
        if (route.drop != nullptr) {
            route.drop(route.user_data);
        }
    }
    for (const Group& group : groups_) {
        release_all(group.hooks.before);
        release_all(group.hooks.after);
    }
    release_all(hooks_.before);
    release_all(hooks_.after);
    release_all(starts_);
    release_all(stops_);
    error_handler_.release();
}

std::expected<void, Error> App::check_settings() const {
    if (!settings_.error.empty()) {
        return std::unexpected(Error{Status::argument, "invalid settings", settings_.error});
    }
    return {};
}

std::expected<void, Error> App::configure(const Config& config) {
    if (is_frozen_) {
        return std::unexpected(frozen("configured"));
    }
    if (auto checked = check_settings(); !checked) {
        return checked;
    }
    std::string fault = find_fault(config);
    if (!fault.empty()) {
        return std::unexpected(Error{Status::argument, "invalid configuration", std::move(fault)});
    }
    config_ = settle(settings_, config);
    setting_list_.clear();
    log_.set_level(log_level(config_));
    return {};
}

std::span<const Setting> App::settings() {
    const std::lock_guard guard(freezing_);
    if (setting_list_.empty()) {
        setting_list_ = list_settings(settings_, config_);
    }
    return setting_list_;
}

Group* App::find_group(const Group* group) {
    const auto found = std::ranges::find_if(
        groups_, [group](const Group& candidate) { return &candidate == group; });
    return found == groups_.end() ? nullptr : &*found;
}

std::expected<const Group*, Error> App::add_group(std::string_view prefix, const Group* parent,
                                                  std::string_view host, std::string_view site,
                                                  const OwnLimits& limits, Decompress decompress) {
    if (is_frozen_) {
        return std::unexpected(frozen("group made"));
    }
    if (parent != nullptr && find_group(parent) == nullptr) {
        return std::unexpected(Error{Status::argument, "the parent is no group of this app", {}});
    }
    if (groups_.size() == kGroupsMax) {
        return std::unexpected(
            Error{Status::limit, "too many groups", "at most " + std::to_string(kGroupsMax)});
    }
    if (std::string fault = limits_fault(limits); !fault.empty()) {
        return std::unexpected(limits_error(std::move(fault)));
    }
    Group group;
    group.parent = parent;
    group.limits = limits;
    group.prefix = (parent != nullptr ? parent->prefix : std::string()) + std::string(prefix);
    group.decompress =
        decompress != Decompress::inherit || parent == nullptr ? decompress : parent->decompress;
    group.host = !host.empty() || parent == nullptr ? std::string(host) : parent->host;
    if (group.prefix.size() > kPatternBytesMax) {
        return std::unexpected(Error{Status::pattern, "the prefix is too long", {}});
    }
    if (prefix.ends_with('/')) {
        return std::unexpected(
            Error{Status::pattern, "a prefix ends without a slash", std::string(prefix)});
    }
    if (auto checked = router_.check_prefix(group.prefix, group.host, site); !checked) {
        return std::unexpected(route_error(checked.error()));
    }
    groups_.push_back(std::move(group));
    return &groups_.back();
}

std::expected<void, Error> App::add_route(const RouteOptions& options, const Route& route) {
    auto added = try_add(options, route);
    if (!added && route.drop != nullptr) {
        route.drop(route.user_data);
    }
    return added;
}

std::expected<void, Error> App::try_add(const RouteOptions& options, const Route& route) {
    if (is_frozen_) {
        return std::unexpected(frozen("route added"));
    }
    if (options.group != nullptr && find_group(options.group) == nullptr) {
        return std::unexpected(Error{Status::argument, "the group is not of this app", {}});
    }
    if (options.metadata.size() > kMetadataMax) {
        return std::unexpected(
            Error{Status::limit, "too many metadata", "at most " + std::to_string(kMetadataMax)});
    }
    if (std::string fault = limits_fault(options.limits); !fault.empty()) {
        return std::unexpected(limits_error(std::move(fault)));
    }
    if (auto checked = check_mounts(options.middleware); !checked) {
        return checked;
    }
    auto body_schema = compile_body_schema(options.body_schema, route.is_streamed);
    if (!body_schema) {
        return std::unexpected(std::move(body_schema.error()));
    }
    RouteDescription description;
    description.middleware.assign(options.middleware.begin(), options.middleware.end());
    description.body_schema = std::move(*body_schema);
    description.group = options.group;
    description.limits = options.limits;
    description.pattern = options.group != nullptr ? options.group->prefix : std::string();
    description.pattern += options.pattern;
    if (description.pattern.size() > kPatternBytesMax) {
        return std::unexpected(Error{Status::pattern, "the pattern is too long", {}});
    }
    description.host = !options.host.empty() || options.group == nullptr ? std::string(options.host)
                                                                         : options.group->host;
    description.methods = join_methods(options.methods);
    description.name = options.name;
    description.site = options.site;
    keep_metadata(description, options.metadata);
    auto added = router_.add({.methods = description.methods,
                              .host = description.host,
                              .pattern = description.pattern,
                              .site = description.site,
                              .name = description.name,
                              .value = static_cast<std::uint32_t>(routes_.size())});
    if (!added) {
        return std::unexpected(route_error(added.error()));
    }
    routes_.push_back(route);
    routes_.back().body_schema = description.body_schema.get();
    if (route.decompress == Decompress::inherit && options.group != nullptr) {
        routes_.back().decompress = options.group->decompress;
    }
    descriptions_.push_back(std::move(description));
    return {};
}

template <typename Function>
Status App::add_callback(std::vector<Callback<Function>>& list,
                         const Callback<Function>& callback) {
    const Status status = callback.function == nullptr ? Status::argument
                          : is_frozen_                 ? Status::state
                          : list.size() == kHooksMax   ? Status::memory
                                                       : Status::ok;
    if (status != Status::ok) {
        callback.release();
        return status;
    }
    list.push_back(callback);
    return Status::ok;
}

template <typename Function>
Status App::add_hook(const Group* group, std::vector<Callback<Function>> Hooks::* list,
                     const Callback<Function>& hook) {
    Group* known = group != nullptr ? find_group(group) : nullptr;
    if (group != nullptr && known == nullptr) {
        hook.release();
        return Status::argument;
    }
    return add_callback((known != nullptr ? known->hooks : hooks_).*list, hook);
}

Status App::add_before(const Group* group, const Callback<Before>& hook) {
    return add_hook(group, &Hooks::before, hook);
}

Status App::add_after(const Group* group, const Callback<After>& hook) {
    return add_hook(group, &Hooks::after, hook);
}

Status App::add_start(const Callback<Lifecycle>& callback) {
    return add_callback(starts_, callback);
}

Status App::add_stop(const Callback<Lifecycle>& callback) { return add_callback(stops_, callback); }

Status App::set_fallback(const Callback<Handler>& handler) {
    if (is_frozen_) {
        handler.release();
        return Status::state;
    }
    Route& fallback = routes_[http::kNoRoute];
    if (fallback.drop != nullptr) {
        fallback.drop(fallback.user_data);
    }
    fallback = {handler.function, handler.user_data, handler.drop, {}, {}};
    has_fallback_ = true;
    return Status::ok;
}

Status App::set_error_handler(const Callback<ErrorHandler>& handler) {
    if (is_frozen_ || handler.function == nullptr) {
        handler.release();
        return is_frozen_ ? Status::state : Status::argument;
    }
    error_handler_.release();
    error_handler_ = handler;
    return Status::ok;
}

// The chain of a route: outer hooks come first before the handler, inner ones first after it.
void App::bind_hooks(std::uint32_t value) {
    RouteDescription& description = descriptions_[value];
    std::vector<const Hooks*> inner_first;
    for (const Group* group = description.group; group != nullptr; group = group->parent) {
        inner_first.push_back(&group->hooks);
    }
    inner_first.push_back(&hooks_);
    for (const Hooks* hooks : inner_first | std::views::reverse) {
        description.before.insert(description.before.end(), hooks->before.begin(),
                                  hooks->before.end());
    }
    for (const Hooks* hooks : inner_first) {
        description.after.insert(description.after.end(), hooks->after.rbegin(),
                                 hooks->after.rend());
    }
    routes_[value].before = description.before;
    routes_[value].after = description.after;
}

// The limits of every route, those of the groups around it and of the app where it has none.
void App::bind_limits() {
    const http::RouteLimits app_limits = http::common_limits(config_.limits);
    const http::RouteLimits common = overlay(app_limits, with_bounds({}, mounted_), gates_);
    for (Group& group : groups_) {  // each comes after the one around it
        group.held = overlay(group.parent != nullptr ? group.parent->held : common,
                             with_bounds(group.limits, group.middleware), gates_);
    }
    route_limits_.assign(1, common);  // of requests without a route
    for (std::uint32_t value = 1; value < routes_.size(); ++value) {
        const RouteDescription& route = descriptions_[value];
        route_limits_.push_back(overlay(route.group != nullptr ? route.group->held : common,
                                        with_bounds(route.limits, route.middleware), gates_));
    }
    if (std::ranges::count(route_limits_, app_limits) == std::ssize(route_limits_)) {
        route_limits_.clear();
    }
}

std::expected<void, Error> App::serve_documentation(openapi::Info info, openapi::Paths paths,
                                                    std::vector<openapi::Asset> assets) {
    if (is_frozen_) {
        return std::unexpected(frozen("documentation served"));
    }
    return documentation_.serve(std::move(info), std::move(paths), std::move(assets));
}

std::expected<void, Error> App::set_operation(std::size_t index, std::string_view json) {
    if (is_frozen_) {
        return std::unexpected(frozen("operation described"));
    }
    if (index >= route_count()) {
        return std::unexpected(Error{Status::not_found, "no such route",
                                     "there are " + std::to_string(route_count())});
    }
    return documentation_.set_operation(static_cast<std::uint32_t>(index) + 1, json);
}

std::expected<void, Error> App::add_schema(std::string_view name, std::string_view json) {
    if (is_frozen_) {
        return std::unexpected(frozen("schema added"));
    }
    return documentation_.add_schema(name, json);
}

void App::assemble_document() {
    if (documentation_.is_assembled()) {
        return;
    }
    documentation_.assemble(descriptions_, route_count());
    for (const std::string& omitted : documentation_.omitted()) {
        log_.write(LogLevel::debug, "not in the OpenAPI document: " + omitted);
    }
}

std::string_view App::document() {
    freeze();
    const std::lock_guard guard(freezing_);
    assemble_document();
    return documentation_.document();
}

// The document's own routes have no hooks, and stand back where the program has one of the path.
void App::add_documentation() {
    if (!documentation_.is_served()) {
        return;
    }
    assemble_document();
    const std::size_t count = descriptions_.size();
    for (const Documentation::Route& route : documentation_.routes()) {
        const auto is_taken = [&](const RouteDescription& other) {
            return other.pattern == route.path && other.host.empty() && other.methods == "*";
        };
        const auto value = static_cast<std::uint32_t>(routes_.size());
        if (std::any_of(descriptions_.begin(),
                        descriptions_.begin() + static_cast<std::ptrdiff_t>(count), is_taken) ||
            !router_.add({.methods = "GET",
                          .host = {},
                          .pattern = route.path,
                          .site = "the documentation",
                          .name = {},
                          .value = value})) {
            continue;
        }
        routes_.push_back({.handler = route.handler, .user_data = route.user_data});
        descriptions_.emplace_back().pattern = route.path;
        ++own_routes_;
    }
}

void App::freeze() {
    const std::lock_guard guard(freezing_);
    if (is_frozen_) {
        return;
    }
    for (std::uint32_t value = 0; value < routes_.size(); ++value) {
        bind_hooks(value);
    }
    add_folders();
    add_mount_roots();
    add_documentation();
    mount_configured();
    bind_limits();
    bind_chains();
    trust_ = trust_of(config_);
    router_.freeze();
    is_frozen_ = true;
}

std::expected<std::size_t, Error> App::url(std::string_view name,
                                           std::span<const route::NamedText> params,
                                           std::span<const route::NamedText> query,
                                           std::span<char> room) const {
    auto built = router_.url(name, params, query, room);
    if (!built) {
        using Kind = route::UrlError::Kind;
        const Status status = built.error().kind == Kind::not_found ? Status::not_found
                              : built.error().kind == Kind::memory  ? Status::memory
                                                                    : Status::argument;
        return std::unexpected(Error{status, built.error().message, {}});
    }
    return *built;
}

std::expected<Certificates*, Error> App::open_certificates() {
    const std::lock_guard guard(reading_certificates_);
    if (certificates_ == nullptr) {
        auto opened = Certificates::open(config_.tls, log_);
        if (!opened) {
            return std::unexpected(opened.error());
        }
        certificates_ = std::move(*opened);
    }
    return certificates_.get();
}

std::expected<Concurrency, Error> App::concurrency(bool can_thread) {
    // Here once, not by each worker in turn.
    if (auto checked = Certificates::check(config_.tls); !checked) {
        return std::unexpected(checked.error());
    }
    auto chosen = app::concurrency(config_, can_thread, false, usable_cpus());
    if (!chosen) {
        return std::unexpected(
            Error{Status::argument, "invalid configuration", std::move(chosen.error())});
    }
    if (!chosen->warning.empty()) {
        log_.write(LogLevel::warn, chosen->warning);
    }
    return std::move(*chosen);
}

void App::join(Worker& worker) {
    const std::lock_guard guard(loops_guard_);
    loops_.push_back(&worker);
}

void App::leave(Worker& worker) {
    const std::lock_guard guard(loops_guard_);
    std::erase(loops_, &worker);
}

std::size_t App::loop_count() {
    const std::lock_guard guard(loops_guard_);
    return loops_.size();
}

std::expected<Fd, Error> App::inject() {
    const std::lock_guard guard(loops_guard_);
    Error error{Status::not_found, "the app has no loop for tests", {}};
    for (Worker* worker : loops_) {
        if (!worker->is_test()) {
            continue;
        }
        Fd client;
        const Status status = worker->inject(client);
        if (status == Status::ok) {
            return client;
        }
        error = {status,
                 status == Status::state   ? "the loop takes no connections any more"
                 : status == Status::limit ? "too many connections wait for the loop"
                                           : "cannot connect within the process",
                 status == Status::system ? std::strerror(errno) : ""};
    }
    return std::unexpected(std::move(error));
}

Status App::advance(std::uint64_t milliseconds) {
    const std::lock_guard guard(loops_guard_);
    Status status = Status::not_found;
    for (Worker* worker : loops_) {
        if (worker->is_test() && (status == Status::ok || status == Status::not_found)) {
            status = worker->advance(milliseconds);
        }
    }
    return status;
}

void App::drain_all(bool is_forced) {
    const std::lock_guard guard(loops_guard_);
    for (Worker* worker : loops_) {
        worker->order_drain(is_forced);
    }
}

}  // namespace trivet::app
