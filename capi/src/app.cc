#include "app/inspect.h"
#include "app/program.h"

#include <new>
#include <span>

#include <cstddef>

#include "convert.h"
#include "defaults_gen.h"

using namespace trivet;
using namespace trivet::capi;

namespace {

app::Config config_of(const trivet_app_config& from) {
    app::Config config;
    config.engine = static_cast<io::Engine>(from.engine);
    config.log_level = from.log_level;
    config.limits.head = {from.target_bytes_max, from.head_bytes_max, from.header_count_max};
    config.limits.body_bytes_max = from.body_bytes_max;
    config.limits.connections_max = from.connections_max;
    config.limits.head_timeout_ms = from.head_timeout_ms;
    config.limits.body_timeout_ms = from.body_timeout_ms;
    config.limits.idle_timeout_ms = from.idle_timeout_ms;
    config.limits.send_timeout_ms = from.send_timeout_ms;
    config.limits.shutdown_timeout_ms = from.shutdown_timeout_ms;
    config.backlog = from.backlog;
    config.loop = {from.buffer_count, from.buffer_bytes};
    config.profile = static_cast<app::Profile>(from.profile);
    config.host = view(from.host);
    config.port = from.port;
    config.workers = from.workers;
    config.threads = from.threads;
    config.start_timeout_ms = from.start_timeout_ms;
    config.limits.connections_per_address_max = from.connections_per_address_max;
    config.limits.requests_max = from.requests_max;
    config.limits.requests_per_connection_max = from.requests_per_connection_max;
    config.limits.request_timeout_ms = from.request_timeout_ms;
    config.limits.keep_alive_timeout_ms = from.keep_alive_timeout_ms;
    config.limits.body_rate_min = from.body_rate_min;
    config.limits.send_rate_min = from.send_rate_min;
    config.limits.body_decompress = from.body_decompress;
    config.limits.body_ratio_max = from.body_ratio_max;
    config.tls = {.certificate = std::string(view(from.tls_certificate)),
                  .key = std::string(view(from.tls_key)),
                  .staple = std::string(view(from.tls_staple)),
                  .client_ca = std::string(view(from.tls_client_ca)),
                  .client_auth = from.tls_client_auth,
                  .min_version = from.tls_min_version,
                  .session_timeout_ms = from.tls_session_timeout_ms};
    config.trusted_proxies = view(from.trusted_proxies);
    config.forwarded = from.forwarded;
    config.forwarded_host = from.forwarded_host;
    config.proxy_protocol = from.proxy_protocol;
    config.also_listen = view(from.also_listen);
    config.compress = from.compress;
    config.compress_min_bytes = from.compress_min_bytes;
    config.etag = from.etag;
    config.static_folders = view(from.static_folders);
    return config;
}

trivet_app_config config_from(const app::Config& config) {
    trivet_app_config to{};
    to.engine = static_cast<uint32_t>(config.engine);
    to.log_level = config.log_level;
    to.target_bytes_max = config.limits.head.target_bytes_max;
    to.head_bytes_max = config.limits.head.head_bytes_max;
    to.header_count_max = config.limits.head.header_count_max;
    to.body_bytes_max = config.limits.body_bytes_max;
    to.connections_max = config.limits.connections_max;
    to.head_timeout_ms = config.limits.head_timeout_ms;
    to.body_timeout_ms = config.limits.body_timeout_ms;
    to.idle_timeout_ms = config.limits.idle_timeout_ms;
    to.send_timeout_ms = config.limits.send_timeout_ms;
    to.shutdown_timeout_ms = config.limits.shutdown_timeout_ms;
    to.backlog = config.backlog;
    to.buffer_count = config.loop.buffer_count;
    to.buffer_bytes = config.loop.buffer_bytes;
    to.profile = static_cast<uint32_t>(config.profile);
    to.host = str(config.host);
    to.port = config.port;
    to.workers = config.workers;
    to.threads = config.threads;
    to.start_timeout_ms = config.start_timeout_ms;
    to.connections_per_address_max = config.limits.connections_per_address_max;
    to.requests_max = config.limits.requests_max;
    to.requests_per_connection_max = config.limits.requests_per_connection_max;
    to.request_timeout_ms = config.limits.request_timeout_ms;
    to.keep_alive_timeout_ms = config.limits.keep_alive_timeout_ms;
    to.body_rate_min = config.limits.body_rate_min;
    to.send_rate_min = config.limits.send_rate_min;
    to.body_decompress = config.limits.body_decompress;
    to.body_ratio_max = config.limits.body_ratio_max;
    to.tls_certificate = str(config.tls.certificate);
    to.tls_key = str(config.tls.key);
    to.tls_staple = str(config.tls.staple);
    to.tls_client_ca = str(config.tls.client_ca);
    to.tls_client_auth = config.tls.client_auth;
    to.tls_min_version = config.tls.min_version;
    to.tls_session_timeout_ms = config.tls.session_timeout_ms;
    to.trusted_proxies = str(config.trusted_proxies);
    to.forwarded = config.forwarded;
    to.forwarded_host = config.forwarded_host;
    to.proxy_protocol = config.proxy_protocol;
    to.also_listen = str(config.also_listen);
    to.compress = config.compress;
    to.compress_min_bytes = config.compress_min_bytes;
    to.etag = config.etag;
    to.static_folders = str(config.static_folders);
    return to;
}

// Of a route's or a group's configuration.
template <typename Config>
app::OwnLimits limits_of(const Config& config) {
    return {.body_bytes_max = config.body_bytes_max,
            .body_timeout_ms = config.body_timeout_ms,
            .body_rate_min = config.body_rate_min,
            .request_timeout_ms = config.request_timeout_ms,
            .send_rate_min = config.send_rate_min,
            .requests_max = config.requests_max};
}

// The types differ in name only: the core's structs are laid out like the ABI's.
template <typename Function, typename Given>
app::Callback<Function> callback_of(Given function, void* user_data, trivet_drop drop) {
    return {reinterpret_cast<Function>(reinterpret_cast<void (*)()>(function)), user_data, drop};
}

// The app, or nullptr after dropping the user data.
app::App* app_or_drop(trivet_app* app, void* user_data, trivet_drop drop) {
    if (app == nullptr && drop != nullptr) {
        drop(user_data);
    }
    return app_of(app);
}

trivet_status put(trivet_route_info* out_info, const trivet_route_info& info) {
    return write_route_info(out_info, info) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

static_assert(static_cast<uint32_t>(app::Source::file) == TRIVET_SOURCE_FILE);
static_assert(static_cast<uint32_t>(app::Source::env_file) == TRIVET_SOURCE_ENV_FILE);
static_assert(static_cast<uint32_t>(app::Source::environment) == TRIVET_SOURCE_ENVIRONMENT);
static_assert(static_cast<uint32_t>(app::Source::program) == TRIVET_SOURCE_PROGRAM);
static_assert(static_cast<uint32_t>(app::Source::flag) == TRIVET_SOURCE_FLAG);
static_assert(static_cast<uint32_t>(app::FieldKind::power_of_two) == TRIVET_SETTING_POWER_OF_TWO);
static_assert(static_cast<uint32_t>(app::FieldKind::automatic) == TRIVET_SETTING_AUTO);
static_assert(static_cast<uint32_t>(app::FieldKind::bytes) == TRIVET_SETTING_BYTES);
static_assert(static_cast<uint32_t>(app::FieldKind::duration) == TRIVET_SETTING_DURATION);
static_assert(static_cast<uint32_t>(app::FieldKind::name) == TRIVET_SETTING_NAME);
static_assert(static_cast<uint32_t>(app::FieldKind::text) == TRIVET_SETTING_TEXT);

static_assert(app::kNoLimit == TRIVET_LIMIT_NONE);
static_assert(static_cast<uint32_t>(app::Decompress::on) == TRIVET_DECOMPRESS_ON);
static_assert(static_cast<uint32_t>(app::Decompress::off) == TRIVET_DECOMPRESS_OFF);

static_assert(sizeof(trivet_reply) == sizeof(app::ReplyView));
static_assert(offsetof(trivet_reply, content) == offsetof(app::ReplyView, content));
static_assert(offsetof(trivet_reply, headers) == offsetof(app::ReplyView, headers));
static_assert(offsetof(trivet_reply, body) == offsetof(app::ReplyView, body));

constexpr uint32_t kStaticFlags = TRIVET_STATIC_DELIVERED | TRIVET_STATIC_DOT_FILES |
                                  TRIVET_STATIC_NO_SYMLINKS | TRIVET_STATIC_NO_VARIANTS;

// What is wrong with a configuration, or nullptr.
const char* read_options(const trivet_static_config* config, trivet_static_config& values,
                         http::FileMountOptions& files) {
    if (!read_static_config(values, config)) {
        return "trivet_static_config: unsupported size";
    }
    if ((values.flags & ~kStaticFlags) != 0) {
        return "trivet_static_config: unknown flags";
    }
    if (!params_of(values.cache_rules, values.cache_rule_count, files.cache_rules)) {
        return "trivet_static_config: cache_rules must not be NULL";
    }
    if (!params_of(values.types, values.type_count, files.types)) {
        return "trivet_static_config: types must not be NULL";
    }
    files.index = view(values.index);
    files.fallback = view(values.fallback);
    files.cache_control = view(values.cache_control);
    files.has_dot_files = (values.flags & TRIVET_STATIC_DOT_FILES) != 0;
    files.follows_symlinks = (values.flags & TRIVET_STATIC_NO_SYMLINKS) == 0;
    files.has_variants = (values.flags & TRIVET_STATIC_NO_VARIANTS) == 0;
    return nullptr;
}

const char* route_fault(const trivet_route_config& route, const trivet_static_config& values,
                        trivet_handler handler) {
    if (route.flags != 0 || route.body_schema.size > 0) {
        return "trivet_static_config: route must have neither flags nor body_schema";
    }
    const bool is_delivered = (values.flags & TRIVET_STATIC_DELIVERED) != 0;
    return handler != nullptr && !is_delivered
               ? "trivet_app_static: a handler is for TRIVET_STATIC_DELIVERED"
               : nullptr;
}

}  // namespace

const char* capi::read_route_options(const trivet_route_config* config, trivet_route_config& values,
                                     app::RouteOptions& options) {
    std::span<const url::Param> metadata;
    if (!read_route_config(values, config)) {
        return "trivet_route_config: unsupported size";
    }
    if ((values.flags & ~TRIVET_ROUTE_STREAM) != 0) {
        return "trivet_route_config: unknown flags";
    }
    if (values.decompress >= app::kDecompressChoices) {
        return "trivet_route_config: decompress is none of TRIVET_DECOMPRESS_*";
    }
    if (!params_of(values.metadata, values.metadata_count, metadata)) {
        return "trivet_route_config: metadata must not be NULL";
    }
    if (values.middleware == nullptr && values.middleware_count > 0) {
        return "trivet_route_config: middleware must not be NULL";
    }
    options = {
        .methods = {},
        .pattern = {},
        .site = view(values.site),
        .name = view(values.name),
        .host = view(values.host),
        .group = group_of(values.group),
        .metadata = metadata,
        .limits = limits_of(values),
        .middleware = {reinterpret_cast<const middleware::Middleware* const*>(values.middleware),
                       values.middleware_count},
        .body_schema = view(values.body_schema)};
    return nullptr;
}

trivet_status trivet::capi::describe_route(const app::App& app, uint32_t value,
                                           trivet_route_info* out_info) {
    const app::RouteDescription& route = app.description(value);
    trivet_route_info info{};
    info.methods = str(route.methods);
    info.pattern = str(route.pattern);
    info.host = str(route.host);
    info.name = str(route.name);
    info.site = str(route.site);
    info.metadata = reinterpret_cast<const trivet_param*>(route.metadata.data());
    info.metadata_count = route.metadata.size();
    info.user_data = app.route(value).user_data;
    info.before_count = route.before.size();
    info.after_count = route.after.size();
    return put(out_info, info);
}

void trivet_app_config_init(trivet_app_config* config, size_t size) {
    fill_app_config(config, size);
}

void trivet_route_config_init(trivet_route_config* config, size_t size) {
    fill_route_config(config, size);
}

void trivet_static_config_init(trivet_static_config* config, size_t size) {
    fill_static_config(config, size);
}

void trivet_group_config_init(trivet_group_config* config, size_t size) {
    fill_group_config(config, size);
}

trivet_app* trivet_app_new(void) {
    return reinterpret_cast<trivet_app*>(new (std::nothrow) app::App);
}

trivet_status trivet_app_get_config(trivet_app* app, trivet_app_config* out_config,
                                    trivet_error** out_error) {
    if (app == nullptr || out_config == nullptr) {
        return fail({Status::argument, "app and out_config must not be NULL", {}}, out_error);
    }
    if (auto checked = app_of(app)->check_settings(); !checked) {
        return fail(std::move(checked.error()), out_error);
    }
    if (!write_app_config(out_config, config_from(app_of(app)->config()))) {
        return fail({Status::argument, "trivet_app_config: unsupported size", {}}, out_error);
    }
    return TRIVET_OK;
}

trivet_status trivet_app_configure(trivet_app* app, const trivet_app_config* config,
                                   trivet_error** out_error) {
    if (app == nullptr || config == nullptr) {
        return fail({Status::argument, "app and config must not be NULL", {}}, out_error);
    }
    trivet_app_config values;
    if (!read_app_config(values, config)) {
        return fail({Status::argument, "trivet_app_config: unsupported size", {}}, out_error);
    }
    if (values.flags != 0) {
        return fail({Status::argument, "trivet_app_config: unknown flags", {}}, out_error);
    }
    auto configured = app_of(app)->configure(config_of(values));
    return configured ? TRIVET_OK : fail(std::move(configured.error()), out_error);
}

trivet_status trivet_app_get_setting(trivet_app* app, size_t index, trivet_setting_info* out_info) {
    if (app == nullptr || out_info == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const std::span<const app::Setting> settings = app_of(app)->settings();
    if (index >= settings.size()) {
        return TRIVET_E_NOT_FOUND;
    }
    const app::Setting& setting = settings[index];
    trivet_setting_info info{};
    info.key = str(setting.key);
    info.variable = str(setting.variable);
    info.value = str(setting.value);
    info.default_value = str(setting.default_value);
    info.source = static_cast<uint32_t>(setting.source);
    info.kind = static_cast<uint32_t>(setting.kind);
    info.place = str(setting.place);
    info.allowed = str(setting.allowed);
    info.help = str(setting.help);
    info.low = setting.low;
    info.high = setting.high;
    return write_setting_info(out_info, info) ? TRIVET_OK : TRIVET_E_ARGUMENT;
}

trivet_status trivet_app_get_variable(trivet_app* app, size_t index, trivet_param* out_variable) {
    if (app == nullptr || out_variable == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    const std::span<const app::EnvEntry> variables = app_of(app)->variables();
    if (index >= variables.size()) {
        return TRIVET_E_NOT_FOUND;
    }
    *out_variable = {str(variables[index].name), str(variables[index].value)};
    return TRIVET_OK;
}

trivet_status trivet_app_route(trivet_app* app, trivet_str method, trivet_str pattern,
                               const trivet_route_config* config, trivet_handler handler,
                               void* user_data, trivet_drop drop, trivet_error** out_error) {
    trivet_route_config values{};
    app::RouteOptions options;
    const char* const fault =
        app == nullptr ? "app must not be NULL" : read_route_options(config, values, options);
    if (fault != nullptr) {
        if (drop != nullptr) {
            drop(user_data);
        }
        return fail({Status::argument, fault, {}}, out_error);
    }
    options.methods = view(method);
    options.pattern = view(pattern);
    const app::Route route{.handler = reinterpret_cast<app::Handler>(handler),
                           .user_data = user_data,
                           .drop = drop,
                           .before = {},
                           .after = {},
                           .is_streamed = (values.flags & TRIVET_ROUTE_STREAM) != 0,
                           .decompress = static_cast<app::Decompress>(values.decompress)};
    auto added = app_of(app)->add_route(options, route);
    return added ? TRIVET_OK : fail(std::move(added.error()), out_error);
}

trivet_status trivet_app_group(trivet_app* app, trivet_str prefix,
                               const trivet_group_config* config, trivet_group** out_group,
                               trivet_error** out_error) {
    if (app == nullptr || out_group == nullptr) {
        return fail({Status::argument, "app and out_group must not be NULL", {}}, out_error);
    }
    trivet_group_config values;
    if (!read_group_config(values, config)) {
        return fail({Status::argument, "trivet_group_config: unsupported size", {}}, out_error);
    }
    if (values.flags != 0) {
        return fail({Status::argument, "trivet_group_config: unknown flags", {}}, out_error);
    }
    if (values.decompress >= app::kDecompressChoices) {
        return fail({Status::argument,
                     "trivet_group_config: decompress is none of TRIVET_DECOMPRESS_*",
                     {}},
                    out_error);
    }
    auto added = app_of(app)->add_group(view(prefix), group_of(values.parent), view(values.host),
                                        view(values.site), limits_of(values),
                                        static_cast<app::Decompress>(values.decompress));
    if (!added) {
        return fail(std::move(added.error()), out_error);
    }
    *out_group = reinterpret_cast<trivet_group*>(const_cast<app::Group*>(*added));
    return TRIVET_OK;
}

trivet_status trivet_app_static(trivet_app* app, trivet_str prefix, trivet_str directory,
                                const trivet_static_config* config, trivet_handler handler,
                                void* user_data, trivet_drop drop, trivet_error** out_error) {
    trivet_static_config values;
    trivet_route_config route_values{};
    app::RouteOptions options;
    http::FileMountOptions files;
    const char* fault =
        app == nullptr ? "app must not be NULL" : read_options(config, values, files);
    if (fault == nullptr) {
        fault = read_route_options(values.route, route_values, options);
    }
    if (fault == nullptr) {
        fault = route_fault(route_values, values, handler);
    }
    if (fault != nullptr) {
        if (drop != nullptr) {
            drop(user_data);
        }
        return fail({Status::argument, fault, {}}, out_error);
    }
    options.pattern = view(prefix);
    files.directory = view(directory);
    const app::Route route{.handler = reinterpret_cast<app::Handler>(handler),
                           .user_data = user_data,
                           .drop = drop,
                           .before = {},
                           .after = {},
                           .decompress = static_cast<app::Decompress>(route_values.decompress),
                           .is_delivered = (values.flags & TRIVET_STATIC_DELIVERED) != 0};
    auto added = app_of(app)->add_static(options, files, route);
    return added ? TRIVET_OK : fail(std::move(added.error()), out_error);
}

trivet_status trivet_app_deliver_static(trivet_app* app, size_t index, uint32_t is_delivered) {
    return app == nullptr || is_delivered > 1
               ? TRIVET_E_ARGUMENT
               : status(app_of(app)->deliver_static(index, is_delivered != 0));
}

trivet_status trivet_app_middleware(trivet_app* app, trivet_str kind, const trivet_param* options,
                                    size_t option_count, trivet_middleware** out_middleware,
                                    trivet_error** out_error) {
    std::span<const url::Param> list;
    if (app == nullptr || out_middleware == nullptr || !params_of(options, option_count, list)) {
        return fail({Status::argument, "app, options and out_middleware must not be NULL", {}},
                    out_error);
    }
    auto made = app_of(app)->add_middleware(view(kind), list);
    if (!made) {
        return fail(std::move(made.error()), out_error);
    }
    *out_middleware =
        reinterpret_cast<trivet_middleware*>(const_cast<middleware::Middleware*>(*made));
    return TRIVET_OK;
}

trivet_status trivet_app_use(trivet_app* app, trivet_group* group, trivet_middleware* middleware) {
    if (app == nullptr || middleware == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    return status(app_of(app)->use(group_of(group),
                                   reinterpret_cast<const middleware::Middleware*>(middleware)));
}

trivet_status trivet_app_before(trivet_app* app, trivet_group* group, trivet_before_hook hook,
                                void* user_data, trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr
               ? TRIVET_E_ARGUMENT
               : status(target->add_before(group_of(group),
                                           callback_of<app::Before>(hook, user_data, drop)));
}

trivet_status trivet_app_after(trivet_app* app, trivet_group* group, trivet_after_hook hook,
                               void* user_data, trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr
               ? TRIVET_E_ARGUMENT
               : status(target->add_after(group_of(group),
                                          callback_of<app::After>(hook, user_data, drop)));
}

trivet_status trivet_app_fallback(trivet_app* app, trivet_handler handler, void* user_data,
                                  trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr
               ? TRIVET_E_ARGUMENT
               : status(target->set_fallback(callback_of<app::Handler>(handler, user_data, drop)));
}

trivet_status trivet_app_on_error(trivet_app* app, trivet_error_handler handler, void* user_data,
                                  trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr ? TRIVET_E_ARGUMENT
                             : status(target->set_error_handler(
                                   callback_of<app::ErrorHandler>(handler, user_data, drop)));
}

trivet_status trivet_app_on_start(trivet_app* app, trivet_lifecycle_fn callback, void* user_data,
                                  trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr
               ? TRIVET_E_ARGUMENT
               : status(target->add_start(callback_of<app::Lifecycle>(callback, user_data, drop)));
}

trivet_status trivet_app_on_stop(trivet_app* app, trivet_lifecycle_fn callback, void* user_data,
                                 trivet_drop drop) {
    app::App* target = app_or_drop(app, user_data, drop);
    return target == nullptr
               ? TRIVET_E_ARGUMENT
               : status(target->add_stop(callback_of<app::Lifecycle>(callback, user_data, drop)));
}

trivet_status trivet_app_url(trivet_app* app, trivet_str name, const trivet_param* params,
                             size_t param_count, const trivet_param* query, size_t query_count,
                             size_t capacity, char* out_text, size_t* out_size,
                             trivet_error** out_error) {
    std::span<const route::NamedText> given;
    std::span<const route::NamedText> asked;
    if (app == nullptr || out_size == nullptr || (out_text == nullptr && capacity > 0) ||
        !params_of(params, param_count, given) || !params_of(query, query_count, asked)) {
        return fail({Status::argument, "trivet_app_url: an argument must not be NULL", {}},
                    out_error);
    }
    if (query_count > url::kQueryParamsMax) {
        return fail({Status::argument, "trivet_app_url: too many query parameters", {}}, out_error);
    }
    auto built = app_of(app)->url(view(name), given, asked, {out_text, capacity});
    if (!built) {
        return fail(std::move(built.error()), out_error);
    }
    *out_size = *built;
    return *built > capacity ? TRIVET_E_LIMIT : TRIVET_OK;
}

size_t trivet_app_route_count(trivet_app* app) {
    return app == nullptr ? 0 : app_of(app)->route_count();
}

trivet_status trivet_app_get_route(trivet_app* app, size_t index, trivet_route_info* out_info) {
    if (app == nullptr || out_info == nullptr) {
        return TRIVET_E_ARGUMENT;
    }
    if (index >= app_of(app)->route_count()) {
        return TRIVET_E_NOT_FOUND;
    }
    return describe_route(*app_of(app), static_cast<uint32_t>(index) + 1, out_info);
}

trivet_status trivet_app_inspect(trivet_app* app, const trivet_route_hooks* hooks,
                                 size_t hook_count, trivet_error** out_error) {
    if (app == nullptr || (hooks == nullptr && hook_count > 0)) {
        return fail({Status::argument, "app and hooks must not be NULL", {}}, out_error);
    }
    static_assert(sizeof(trivet_route_hooks) == sizeof(app::RouteHooks));
    const std::span given(reinterpret_cast<const app::RouteHooks*>(hooks), hook_count);
    auto inspected = app::inspect(*app_of(app), given, view(trivet_version()));
    if (inspected) {
        return TRIVET_OK;
    }
    return inspected.error().status == Status::not_found
               ? TRIVET_E_NOT_FOUND
               : fail(std::move(inspected.error()), out_error);
}

trivet_status trivet_app_concurrency(trivet_app* app, uint32_t can_thread, uint32_t* out_workers,
                                     uint32_t* out_threads, trivet_error** out_error) {
    if (app == nullptr || out_workers == nullptr || out_threads == nullptr) {
        return fail({Status::argument, "app and out_* must not be NULL", {}}, out_error);
    }
    auto chosen = app_of(app)->concurrency(can_thread != 0);
    if (!chosen) {
        return fail(std::move(chosen.error()), out_error);
    }
    *out_workers = chosen->workers;
    *out_threads = chosen->threads;
    return TRIVET_OK;
}

trivet_status trivet_app_inject(trivet_app* app, int32_t* out_fd, trivet_error** out_error) {
    if (app == nullptr || out_fd == nullptr) {
        return fail({Status::argument, "app and out_fd must not be NULL", {}}, out_error);
    }
    auto client = app_of(app)->inject();
    if (!client) {
        return fail(std::move(client.error()), out_error);
    }
    *out_fd = client->release();
    return TRIVET_OK;
}

trivet_status trivet_app_advance(trivet_app* app, uint64_t milliseconds) {
    return app == nullptr ? TRIVET_E_ARGUMENT : status(app_of(app)->advance(milliseconds));
}

void trivet_app_log(trivet_app* app, uint32_t level, trivet_str message) {
    if (app != nullptr && level >= TRIVET_LOG_DEBUG && level <= TRIVET_LOG_ERROR) {
        app_of(app)->log().write(static_cast<LogLevel>(level), view(message));
    }
}

int32_t trivet_app_main(trivet_app* app, int32_t argc, char** argv) {
    if (app == nullptr) {
        return 1;
    }
    const int32_t code = app::run_program(*app_of(app), argc, argv, view(trivet_version()));
    trivet_app_free(app);
    return code;
}

void trivet_app_free(trivet_app* app) { delete app_of(app); }
