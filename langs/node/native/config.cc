// The configuration of an app, field by field.
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>

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
    {"profile", offsetof(trivet_app_config, profile), Width::k32},
    {"port", offsetof(trivet_app_config, port), Width::k32},
    {"workers", offsetof(trivet_app_config, workers), Width::k32},
    {"threads", offsetof(trivet_app_config, threads), Width::k32},
    {"startTimeoutMs", offsetof(trivet_app_config, start_timeout_ms), Width::k32},
    {"connectionsPerAddressMax", offsetof(trivet_app_config, connections_per_address_max),
     Width::k32},
    {"requestsMax", offsetof(trivet_app_config, requests_max), Width::k32},
    {"requestsPerConnectionMax", offsetof(trivet_app_config, requests_per_connection_max),
     Width::k32},
    {"requestTimeoutMs", offsetof(trivet_app_config, request_timeout_ms), Width::k32},
    {"keepAliveTimeoutMs", offsetof(trivet_app_config, keep_alive_timeout_ms), Width::k32},
    {"bodyRateMin", offsetof(trivet_app_config, body_rate_min), Width::k32},
    {"sendRateMin", offsetof(trivet_app_config, send_rate_min), Width::k32},
    {"bodyDecompress", offsetof(trivet_app_config, body_decompress), Width::k32},
    {"bodyRatioMax", offsetof(trivet_app_config, body_ratio_max), Width::k32},
    {"tlsClientAuth", offsetof(trivet_app_config, tls_client_auth), Width::k32},
    {"tlsMinVersion", offsetof(trivet_app_config, tls_min_version), Width::k32},
    {"tlsSessionTimeoutMs", offsetof(trivet_app_config, tls_session_timeout_ms), Width::k32},
    {"forwarded", offsetof(trivet_app_config, forwarded), Width::k32},
    {"forwardedHost", offsetof(trivet_app_config, forwarded_host), Width::k32},
    {"proxyProtocol", offsetof(trivet_app_config, proxy_protocol), Width::k32},
    {"compress", offsetof(trivet_app_config, compress), Width::k32},
    {"compressMinBytes", offsetof(trivet_app_config, compress_min_bytes), Width::k32},
    {"etag", offsetof(trivet_app_config, etag), Width::k32},
};

struct TextField {
    const char* name;
    trivet_str trivet_app_config::* member;
};

constexpr TextField kTextFields[] = {
    {"host", &trivet_app_config::host},
    {"tlsCertificate", &trivet_app_config::tls_certificate},
    {"tlsKey", &trivet_app_config::tls_key},
    {"tlsStaple", &trivet_app_config::tls_staple},
    {"tlsClientCa", &trivet_app_config::tls_client_ca},
    {"trustedProxies", &trivet_app_config::trusted_proxies},
    {"alsoListen", &trivet_app_config::also_listen},
    {"staticFolders", &trivet_app_config::static_folders},
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

double load(const trivet_app_config& config, const Field& field) {
    const char* at = reinterpret_cast<const char*>(&config) + field.offset;
    if (field.width == Width::k64) {
        uint64_t wide = 0;
        std::memcpy(&wide, at, sizeof(wide));
        return static_cast<double>(wide);
    }
    uint32_t narrow = 0;
    std::memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

int64_t limit_of(Width width) { return width == Width::k64 ? INT64_MAX : UINT32_MAX; }

bool is_undefined(napi_env env, napi_value value) {
    napi_valuetype type = napi_undefined;
    napi_typeof(env, value, &type);
    return type == napi_undefined;
}

// Takes the fields that are given; the name of the first one that is no number of its width, or
// nullptr.
const char* overlay(napi_env env, napi_value given, trivet_app_config* config) {
    for (const Field& field : kFields) {
        napi_value value = nullptr;
        napi_get_named_property(env, given, field.name, &value);
        if (is_undefined(env, value)) {
            continue;
        }
        double number = 0;
        int64_t whole = 0;
        if (napi_get_value_double(env, value, &number) != napi_ok ||
            napi_get_value_int64(env, value, &whole) != napi_ok ||
            static_cast<double>(whole) != number || whole < 0 || whole > limit_of(field.width)) {
            return field.name;
        }
        store(config, field, whole);
    }
    return nullptr;
}

}  // namespace

// What is wrong in trivet.toml or the environment fails here.
static trivet_status get_config(AppBox* box, trivet_app_config* config, trivet_error** error) {
    trivet_app_config_init(config, sizeof(*config));
    return trivet_app_get_config(box->app, config, error);
}

static napi_value app_config(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_app_config config;
    trivet_error* error = nullptr;
    const trivet_status status = get_config(box, &config, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    napi_value result = nullptr;
    napi_create_object(env, &result);
    for (const Field& field : kFields) {
        set_property(env, result, field.name, make_number(env, load(config, field)));
    }
    for (const TextField& field : kTextFields) {
        set_property(env, result, field.name, make_string(env, config.*field.member));
    }
    return result;
}

// (app, config): changes the fields that are given.
static napi_value app_configure(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    trivet_app_config config;
    trivet_error* error = nullptr;
    trivet_status status = get_config(box, &config, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    const char* wrong = overlay(env, arguments.at(1), &config);
    if (wrong != nullptr) {
        return throw_status(arguments.addon(), TRIVET_E_ARGUMENT, trivet_lit(wrong));
    }
    std::array<std::optional<Bytes>, std::size(kTextFields)> texts;
    for (size_t index = 0; index < texts.size(); ++index) {
        const TextField& field = kTextFields[index];
        napi_value given = nullptr;
        napi_get_named_property(env, arguments.at(1), field.name, &given);
        if (!is_undefined(env, given)) {
            config.*field.member = texts[index].emplace(env, given).view();
        }
    }
    status = trivet_app_configure(box->app, &config, &error);
    return status == TRIVET_OK ? make_undefined(env)
                               : throw_error(arguments.addon(), status, error);
}

// Node's own loop is one a process, so there are workers only.
static napi_value app_concurrency(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    AppBox* box = live_app(arguments);
    if (box == nullptr) {
        return nullptr;
    }
    uint32_t workers = 0;
    uint32_t threads = 0;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_app_concurrency(box->app, 0, &workers, &threads, &error);
    if (status != TRIVET_OK) {
        return throw_error(arguments.addon(), status, error);
    }
    napi_value result = nullptr;
    napi_create_object(env, &result);
    set_property(env, result, "workers", make_number(env, workers));
    set_property(env, result, "threads", make_number(env, threads));
    return result;
}

void export_config(Addon* addon, napi_value exports) {
    static constexpr Export kExports[] = {
        {"appConfig", app_config},
        {"appConfigure", app_configure},
        {"appConcurrency", app_concurrency},
    };
    add_exports(addon, exports, kExports);
}

}  // namespace trivet_node
