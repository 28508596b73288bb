// Apps: configuration, routes, log.
#include <cstddef>
#include <cstring>
#include <new>

#include "values.h"

namespace trivet_node {

namespace {

enum class Width : uint8_t { k32, k64 };

struct Field {
    const char* name;
    size_t offset;
    Width width;
};

constexpr Field kFields[] = {
    {"engine", offsetof(trivet_app_config, engine), Width::k32},
    {"logLevel", offsetof(trivet_app_config, log_level), Width::k32},
    {"targetBytesMax", offsetof(trivet_app_config, target_bytes_max), Width::k32},
    {"headBytesMax", offsetof(trivet_app_config, head_bytes_max), Width::k32},
    {"headerCountMax", offsetof(trivet_app_config, header_count_max), Width::k32},
    {"connectionsMax", offsetof(trivet_app_config, connections_max), Width::k32},
    {"bodyBytesMax", offsetof(trivet_app_config, body_bytes_max), Width::k64},
    {"headTimeoutMs", offsetof(trivet_app_config, head_timeout_ms), Width::k32},
    {"bodyTimeoutMs", offsetof(trivet_app_config, body_timeout_ms), Width::k32},
    {"idleTimeoutMs", offsetof(trivet_app_config, idle_timeout_ms), Width::k32},
    {"sendTimeoutMs", offsetof(trivet_app_config, send_timeout_ms), Width::k32},
    {"shutdownTimeoutMs", offsetof(trivet_app_config, shutdown_timeout_ms), Width::k32},
    {"backlog", offsetof(trivet_app_config, backlog), Width::k32},
    {"bufferCount", offsetof(trivet_app_config, buffer_count), Width::k32},
    {"bufferBytes", offsetof(trivet_app_config, buffer_bytes), Width::k32},
};

void store(trivet_app_config* config, const Field& field, int64_t value) {
    char* at = reinterpret_cast<char*>(config) + field.offset;
    if (field.width == Width::k64) {
        const auto wide = static_cast<uint64_t>(value);
        std::memcpy(at, &wide, sizeof(wide));
    } else {
        const auto narrow = static_cast<uint32_t>(value);
        std::memcpy(at, &narrow, sizeof(narrow));
    }
}

int64_t limit_of(Width width) { return width == Width::k64 ? INT64_MAX : UINT32_MAX; }

// nullptr, with an error thrown, when app_main has consumed the app.
AppBox* live_app(const Arguments& arguments) {
    auto* box = arguments.external<AppBox>(0);
    if (box != nullptr && box->app != nullptr) {
        return box;
    }
    throw_status(arguments.addon(), TRIVET_E_STATE);
    return nullptr;
}

void finalize_app(napi_env, void* data, void*) { static_cast<AppBox*>(data)->release(); }

}  // namespace

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

static napi_value app_configure(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof(config));
    for (const Field& field : kFields) {
        napi_value value = nullptr;
        napi_valuetype type = napi_undefined;
        napi_get_named_property(env, arguments.at(1), field.name, &value);
        napi_typeof(env, value, &type);
        if (type == napi_undefined) {
            continue;
        }
        double number = 0;
        int64_t whole = 0;
        if (napi_get_value_double(env, value, &number) != napi_ok ||
            napi_get_value_int64(env, value, &whole) != napi_ok ||
            static_cast<double>(whole) != number || whole < 0 || whole > limit_of(field.width)) {
            return throw_status(arguments.addon(), TRIVET_E_ARGUMENT, trivet_lit(field.name));
        }
        store(&config, field, whole);
    }
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_configure(box->app, &config, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// (app, method, pattern, index, site): requests come as events that carry the index.
static napi_value app_route(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    const Bytes method(env, arguments.at(1));
    const Bytes pattern(env, arguments.at(2));
    const Bytes site(env, arguments.at(4));
    trivet_route_config config;
    trivet_route_config_init(&config, sizeof(config));
    config.site = site.view();
    void* index = reinterpret_cast<void*>(static_cast<uintptr_t>(arguments.u32(3)));
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_route(box->app, method.view(), pattern.view(), &config,
                                                  nullptr, index, nullptr, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
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

// (app, argv): the app is gone afterwards, as the ABI says.
static napi_value app_main(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    constexpr uint32_t kArgvMax = 64;
    constexpr size_t kWordMax = 256;
    static_assert(kArgvMax * kWordMax <= 16384);
    char words[kArgvMax][kWordMax];
    char* argv[kArgvMax + 1] = {};
    uint32_t count = 0;
    napi_get_array_length(env, arguments.at(1), &count);
    if (box->references > 1 || count > kArgvMax) {
        return throw_status(arguments.addon(), TRIVET_E_STATE);
    }
    for (uint32_t i = 0; i < count; ++i) {
        napi_value word = nullptr;
        napi_get_element(env, arguments.at(1), i, &word);
        words[i][0] = '\0';
        napi_get_value_string_utf8(env, word, words[i], kWordMax, nullptr);
        argv[i] = words[i];
    }
    trivet_app* app = box->app;
    box->app = nullptr;
    return make_number(env, trivet_app_main(app, static_cast<int32_t>(count), argv));
}

void export_app(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"appNew", app_new}, {"appConfigure", app_configure}, {"appRoute", app_route},
        {"appLog", app_log}, {"appMain", app_main},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
