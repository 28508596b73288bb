// Apps: routes, groups, URLs, log. config.cc has their configuration.
#include <array>
#include <iterator>

#include "values.h"

namespace trivet_node {

AppBox* live_app(const Arguments& arguments) {
    auto* box = arguments.external<AppBox>(0);
    if (box != nullptr && box->app != nullptr) {
        return box;
    }
    throw_status(arguments.addon(), TRIVET_E_STATE);
    return nullptr;
}

static void finalize_app(napi_env, void* data, void*) { static_cast<AppBox*>(data)->release(); }

static napi_value app_new(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* box = new (std::nothrow) AppBox();
    trivet_app* app = box == nullptr ? nullptr : trivet_app_new();
    if (app == nullptr) {
        delete box;
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    box->addon = arguments.addon();
    box->addon->retain();
    box->app = app;
    napi_value result = nullptr;
    napi_create_external(env, box, finalize_app, nullptr, &result);
    return result;
}

// A route's number travels in place of a pointer and comes back with its requests.
static void* number_of(const Arguments& arguments, size_t index) {
    return reinterpret_cast<void*>(static_cast<uintptr_t>(arguments.u32(index)));
}

// An array of numbers, which the TypeScript side has checked, in the order of these fields.
template <typename Config>
static void read_limits(napi_env env, napi_value limits, Config* config) {
    uint32_t* const fields[] = {&config->body_timeout_ms, &config->body_rate_min,
                                &config->request_timeout_ms, &config->send_rate_min,
                                &config->requests_max};
    napi_value value = nullptr;
    int64_t bytes = 0;
    if (napi_get_element(env, limits, 0, &value) == napi_ok &&
        napi_get_value_int64(env, value, &bytes) == napi_ok) {
        config->body_bytes_max = static_cast<uint64_t>(bytes);
    }
    for (uint32_t index = 0; index < std::size(fields); ++index) {
        if (napi_get_element(env, limits, index + 1, &value) == napi_ok) {
            napi_get_value_uint32(env, value, fields[index]);
        }
    }
}

constexpr size_t kMiddlewareMax = 100;  // of one route

// What an array of middleware holds; false for more than there may be.
static bool read_middleware(napi_env env, napi_value array,
                            std::array<trivet_middleware*, kMiddlewareMax>& out, size_t* count) {
    uint32_t length = 0;
    if (napi_get_array_length(env, array, &length) != napi_ok || length > out.size()) {
        return length == 0;
    }
    for (uint32_t i = 0; i < length; ++i) {
        napi_value item = nullptr;
        void* data = nullptr;
        if (napi_get_element(env, array, i, &item) != napi_ok ||
            napi_get_value_external(env, item, &data) != napi_ok) {
            return false;
        }
        out[i] = static_cast<trivet_middleware*>(data);
    }
    *count = length;
    return true;
}

// (app, methods, pattern, index, site, name, host, group, metadata, flags, limits,
// decompress, middleware, bodySchema): requests come as events that carry the index.
static napi_value app_route(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes methods(env, arguments.at(1));
    const Bytes pattern(env, arguments.at(2));
    const Bytes site(env, arguments.at(4));
    const Bytes name(env, arguments.at(5));
    const Bytes host(env, arguments.at(6));
    const Bytes body_schema(env, arguments.at(13));
    Pairs<trivet_param> metadata;
    if (!metadata.read(env, arguments.at(8))) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof(config));
    config.site = site.view();
    config.name = name.view();
    config.host = host.view();
    config.group = arguments.external<trivet_group>(7);
    config.metadata = metadata.data();
    config.metadata_count = metadata.count();
    config.flags = arguments.u32(9);
    read_limits(env, arguments.at(10), &config);
    config.decompress = arguments.u32(11);
    std::array<trivet_middleware*, kMiddlewareMax> middleware{};
    config.middleware = middleware.data();
    if (!read_middleware(env, arguments.at(12), middleware, &config.middleware_count)) {
        return throw_status(arguments.addon(), TRIVET_E_LIMIT);
    }
    config.body_schema = body_schema.view();
    trivet_error* error = nullptr;
    const trivet_status status =
        trivet_app_route(box->app, methods.view(), pattern.view(), &config, nullptr,
                         number_of(arguments, 3), nullptr, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app, prefix, directory, index, site, name, host, group, metadata, limits, middleware, texts,
// rules, types, flags): texts are the index, the fallback and Cache-Control. Requests come as
// events.
static napi_value app_static(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes prefix(env, arguments.at(1));
    const Bytes directory(env, arguments.at(2));
    const Bytes site(env, arguments.at(4));
    const Bytes name(env, arguments.at(5));
    const Bytes host(env, arguments.at(6));
    Pairs<trivet_param> metadata;
    Pairs<trivet_param> texts;  // of two pairs
    Pairs<trivet_param> rules;
    Pairs<trivet_param> types;
    if (!metadata.read(env, arguments.at(8)) || !texts.read(env, arguments.at(11)) ||
        !rules.read(env, arguments.at(12)) || !types.read(env, arguments.at(13)) ||
        texts.count() != 2) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_static_config config;
    trivet_static_config_init(&config, sizeof(config));
    trivet_route_config route;
    trivet_route_config_init(&route, sizeof(route));
    route.site = site.view();
    route.name = name.view();
    route.host = host.view();
    route.group = arguments.external<trivet_group>(7);
    route.metadata = metadata.data();
    route.metadata_count = metadata.count();
    read_limits(env, arguments.at(9), &route);
    std::array<trivet_middleware*, kMiddlewareMax> middleware{};
    route.middleware = middleware.data();
    if (!read_middleware(env, arguments.at(10), middleware, &route.middleware_count)) {
        return throw_status(arguments.addon(), TRIVET_E_LIMIT);
    }
    config.route = &route;
    config.flags = arguments.u32(14);
    config.index = texts.data()[0].name;
    config.fallback = texts.data()[0].value;
    config.cache_control = texts.data()[1].name;
    config.cache_rules = rules.data();
    config.cache_rule_count = rules.count();
    config.types = types.data();
    config.type_count = types.count();
    trivet_error* error = nullptr;
    const trivet_status status =
        trivet_app_static(box->app, prefix.view(), directory.view(), &config, nullptr,
                          number_of(arguments, 3), nullptr, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app, index, isDelivered)
static napi_value app_deliver_static(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(),
                 trivet_app_deliver_static(box->app, arguments.u32(1), arguments.u32(2)));
}

// (app, prefix, parent, host, site, limits, decompress): the group lives as long as the app.
static napi_value app_group(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes prefix(env, arguments.at(1));
    const Bytes host(env, arguments.at(3));
    const Bytes site(env, arguments.at(4));
    trivet_group_config config;
    trivet_group_config_init(&config, sizeof(config));
    config.parent = arguments.external<trivet_group>(2);
    config.host = host.view();
    config.site = site.view();
    read_limits(env, arguments.at(5), &config);
    config.decompress = arguments.u32(6);
    trivet_group* group = nullptr;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_group(box->app, prefix.view(), &config, &group, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    napi_value result = nullptr;
    napi_create_external(env, group, nullptr, nullptr, &result);
    return result;
}

// (app, kind, options): the middleware lives as long as the app.
static napi_value app_middleware(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes kind(env, arguments.at(1));
    Pairs<trivet_param> options;
    if (!options.read(env, arguments.at(2))) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_middleware* middleware = nullptr;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_middleware(box->app, kind.view(), options.data(),
                                                       options.count(), &middleware, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    napi_value result = nullptr;
    napi_create_external(env, middleware, nullptr, nullptr, &result);
    return result;
}

// (app, group, middleware)
static napi_value app_use(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(), trivet_app_use(box->app, arguments.external<trivet_group>(1),
                                                   arguments.external<trivet_middleware>(2)));
}

// (app, index): requests that would be refused come as events that carry the index.
static napi_value app_fallback(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    return check(arguments.addon(),
                 trivet_app_fallback(box->app, nullptr, number_of(arguments, 1), nullptr));
}

// (app, name, params, query)
static napi_value app_url(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes name(env, arguments.at(1));
    Pairs<trivet_param> params;
    Pairs<trivet_param> query;
    if (!params.read(env, arguments.at(2)) || !query.read(env, arguments.at(3))) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    char room[1024];
    size_t size = 0;
    trivet_error* error = nullptr;
    const auto build = [&](char* text, size_t capacity) {
        return trivet_app_url(box->app, name.view(), params.data(), params.count(), query.data(),
                              query.count(), capacity, text, &size, &error);
    };
    trivet_status status = build(room, sizeof(room));
    std::unique_ptr<char[]> longer;
    if (status == TRIVET_E_LIMIT && size > sizeof(room)) {
        longer.reset(new (std::nothrow) char[size]);
        status = longer == nullptr ? TRIVET_E_MEMORY : build(longer.get(), size);
    }
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    return make_string(env, {longer == nullptr ? room : longer.get(), size});
}

static napi_value app_route_count(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    return box == nullptr ? nullptr
                          : make_number(env, static_cast<double>(trivet_app_route_count(box->app)));
}

// (app, index)
static napi_value app_get_route(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_route_info route{};
    route.size = sizeof(route);
    const trivet_status status = trivet_app_get_route(box->app, arguments.u32(1), &route);
    return status == TRIVET_OK ? make_route(env, route) : throw_status(arguments.addon(), status);
}

// (app, hooks): [before, after, before, after, …], the names of each route's hooks.
static napi_value app_inspect(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    Pairs<trivet_route_hooks> hooks;
    if (!hooks.read(env, arguments.at(1))) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_inspect(box->app, hooks.data(), hooks.count(), &error);
    if (status != TRIVET_OK && status != TRIVET_E_NOT_FOUND) {
        return throw_error(arguments.addon(), status, error);
    }
    return make_boolean(env, status == TRIVET_OK);
}

static napi_value app_log(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes message(env, arguments.at(2));
    trivet_app_log(box->app, arguments.u32(1), message.view());
    return make_undefined(env);
}

// (app): the descriptor of a client's connection to a loop for tests.
static napi_value app_inject(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    int32_t fd = -1;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_inject(box->app, &fd, &error);
    return status == TRIVET_OK ? make_number(env, fd)
                               : throw_error(arguments.addon(), status, error);
}

// (app, milliseconds), which the TypeScript side has checked.
static napi_value app_advance(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const auto milliseconds = static_cast<uint64_t>(arguments.i64(1));
    const trivet_status status = trivet_app_advance(box->app, milliseconds);
    return status == TRIVET_OK ? make_undefined(env) : throw_status(arguments.addon(), status);
}

// (app, argv): the app is gone afterwards, as the ABI says.
static napi_value app_main(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    Texts words;
    if (box->references > 1 || !words.read(env, arguments.at(1))) {
        return throw_status(arguments.addon(), TRIVET_E_STATE);
    }
    const std::unique_ptr<char*[]> argv = words.vector();
    if (argv == nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_MEMORY);
    }
    trivet_app* app = box->app;
    box->app = nullptr;
    return make_number(env, trivet_app_main(app, static_cast<int32_t>(words.count()), argv.get()));
}

void export_app(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"appNew", app_new},
        {"appRoute", app_route},
        {"appStatic", app_static},
        {"appDeliverStatic", app_deliver_static},
        {"appGroup", app_group},
        {"appMiddleware", app_middleware},
        {"appUse", app_use},
        {"appFallback", app_fallback},
        {"appUrl", app_url},
        {"appRouteCount", app_route_count},
        {"appGetRoute", app_get_route},
        {"appInspect", app_inspect},
        {"appInject", app_inject},
        {"appAdvance", app_advance},
        {"appLog", app_log},
        {"appMain", app_main},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
