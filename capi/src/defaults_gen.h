// generated from capi/spec; do not edit
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "trivet.h"

namespace trivet::capi {

// A caller's struct is never believed to be larger than this.
inline constexpr std::size_t kStructSizeMax = 4096;

// Bytes of the known fields that fit whole into `size`; `ends` are the fields' ends.
template <std::size_t N>
constexpr std::size_t fitting(const std::size_t (&ends)[N], std::size_t size) noexcept {
    std::size_t fit = 0;
    for (const std::size_t end : ends) {
        if (end <= size) fit = end;
    }
    return fit;
}

// Copies the fields of `values` that fit into `size` bytes and zeroes the rest up to `size`.
template <typename T, std::size_t N>
void fill(void* target, std::size_t size, const T& values,
          const std::size_t (&ends)[N]) noexcept {
    const std::size_t fit = fitting(ends, size);
    if (fit != 0) std::memcpy(target, &values, fit);
    if (size > fit) std::memset(static_cast<char*>(target) + fit, 0, size - fit);
}

// Reads a caller's struct over `values`, which hold the defaults. False when it is smaller than
// its first version, or asks for something in fields this library does not know.
template <typename T, std::size_t N>
bool read(T& values, const T* source, std::size_t size_min,
          const std::size_t (&ends)[N]) noexcept {
    std::uint32_t size = 0;
    std::memcpy(&size, source, sizeof(size));
    if (size == sizeof(T)) {  // a caller of the same version
        values = *source;
        return true;
    }
    if (size < size_min || size > kStructSizeMax) return false;
    const char* bytes = reinterpret_cast<const char*>(source);
    for (std::size_t i = sizeof(T); i < size; ++i) {
        if (bytes[i] != 0) return false;
    }
    std::memcpy(static_cast<void*>(&values), source, fitting(ends, size));
    values.size = sizeof(T);
    return true;
}

// Writes `values` into a caller's struct up to the caller's size, which stays. False when that is
// smaller than the struct's first version.
template <typename T, std::size_t N>
bool write(T* target, T values, std::size_t size_min, const std::size_t (&ends)[N]) noexcept {
    std::uint32_t size = 0;
    std::memcpy(&size, target, sizeof(size));
    if (size < size_min || size > kStructSizeMax) return false;
    values.size = size;
    fill(target, size, values, ends);
    return true;
}

// End of the last field of trivet_app_config's first version.
inline constexpr std::size_t kAppConfigSizeMin = 72;
inline constexpr std::size_t kAppConfigEnds[] = {
    4,  // size
    8,  // flags
    12,  // engine
    16,  // log_level
    20,  // target_bytes_max
    24,  // head_bytes_max
    28,  // header_count_max
    32,  // connections_max
    40,  // body_bytes_max
    44,  // head_timeout_ms
    48,  // body_timeout_ms
    52,  // idle_timeout_ms
    56,  // send_timeout_ms
    60,  // shutdown_timeout_ms
    64,  // backlog
    68,  // buffer_count
    72,  // buffer_bytes
    76,  // profile
    96,  // host
    100,  // port
    104,  // workers
    108,  // threads
    112,  // start_timeout_ms
    116,  // connections_per_address_max
    120,  // requests_max
    124,  // requests_per_connection_max
    128,  // request_timeout_ms
    132,  // keep_alive_timeout_ms
    136,  // body_rate_min
    140,  // send_rate_min
    144,  // body_decompress
    148,  // body_ratio_max
    168,  // tls_certificate
    184,  // tls_key
    200,  // tls_staple
    216,  // tls_client_ca
    220,  // tls_client_auth
    224,  // tls_min_version
    228,  // tls_session_timeout_ms
    248,  // trusted_proxies
    252,  // forwarded
    256,  // forwarded_host
    260,  // proxy_protocol
    280,  // also_listen
    284,  // compress
    288,  // compress_min_bytes
    292,  // etag
    312,  // static_folders
};

inline constexpr trivet_app_config kAppConfigDefaults = {
    .size = sizeof(trivet_app_config),
    .flags = 0,
    .engine = TRIVET_ENGINE_AUTO,
    .log_level = TRIVET_LOG_DEFAULT,
    .target_bytes_max = 8192,
    .head_bytes_max = 32768,
    .header_count_max = 100,
    .connections_max = 65536,
    .body_bytes_max = 1048576,
    .head_timeout_ms = 15000,
    .body_timeout_ms = 30000,
    .idle_timeout_ms = 75000,
    .send_timeout_ms = 30000,
    .shutdown_timeout_ms = 30000,
    .backlog = 4096,
    .buffer_count = 0,
    .buffer_bytes = 0,
    .profile = TRIVET_PROFILE_DEFAULT,
    .host = {"127.0.0.1", 9},
    .port = 8000,
    .workers = 0,
    .threads = 0,
    .start_timeout_ms = 30000,
    .connections_per_address_max = 4096,
    .requests_max = 16384,
    .requests_per_connection_max = 1000000,
    .request_timeout_ms = 300000,
    .keep_alive_timeout_ms = 0,
    .body_rate_min = 240,
    .send_rate_min = 240,
    .body_decompress = 0,
    .body_ratio_max = 100,
    .tls_certificate = {nullptr, 0},
    .tls_key = {nullptr, 0},
    .tls_staple = {nullptr, 0},
    .tls_client_ca = {nullptr, 0},
    .tls_client_auth = TRIVET_CLIENT_AUTH_OFF,
    .tls_min_version = TRIVET_TLS_V1_2,
    .tls_session_timeout_ms = 86400000,
    .trusted_proxies = {nullptr, 0},
    .forwarded = TRIVET_FORWARDED_X,
    .forwarded_host = 0,
    .proxy_protocol = 0,
    .also_listen = {nullptr, 0},
    .compress = 0,
    .compress_min_bytes = 1024,
    .etag = 0,
    .static_folders = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_app_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_app_config values = kAppConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kAppConfigEnds);
}

inline bool read_app_config(trivet_app_config& values,
                            const trivet_app_config* source) noexcept {
    values = kAppConfigDefaults;
    return source == nullptr || read(values, source, kAppConfigSizeMin, kAppConfigEnds);
}

inline bool write_app_config(trivet_app_config* target,
                             const trivet_app_config& values) noexcept {
    return write(target, values, kAppConfigSizeMin, kAppConfigEnds);
}

// End of the last field of trivet_route_config's first version.
inline constexpr std::size_t kRouteConfigSizeMin = 24;
inline constexpr std::size_t kRouteConfigEnds[] = {
    4,  // size
    8,  // flags
    24,  // site
    40,  // name
    56,  // host
    64,  // group
    72,  // metadata
    80,  // metadata_count
    88,  // body_bytes_max
    92,  // body_timeout_ms
    96,  // body_rate_min
    100,  // request_timeout_ms
    104,  // send_rate_min
    108,  // requests_max
    112,  // decompress
    120,  // middleware
    128,  // middleware_count
    144,  // body_schema
};

inline constexpr trivet_route_config kRouteConfigDefaults = {
    .size = sizeof(trivet_route_config),
    .flags = 0,
    .site = {nullptr, 0},
    .name = {nullptr, 0},
    .host = {nullptr, 0},
    .group = nullptr,
    .metadata = nullptr,
    .metadata_count = 0,
    .body_bytes_max = 0,
    .body_timeout_ms = 0,
    .body_rate_min = 0,
    .request_timeout_ms = 0,
    .send_rate_min = 0,
    .requests_max = 0,
    .decompress = TRIVET_DECOMPRESS_INHERIT,
    .middleware = nullptr,
    .middleware_count = 0,
    .body_schema = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_route_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_route_config values = kRouteConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kRouteConfigEnds);
}

inline bool read_route_config(trivet_route_config& values,
                              const trivet_route_config* source) noexcept {
    values = kRouteConfigDefaults;
    return source == nullptr || read(values, source, kRouteConfigSizeMin, kRouteConfigEnds);
}

// End of the last field of trivet_group_config's first version.
inline constexpr std::size_t kGroupConfigSizeMin = 48;
inline constexpr std::size_t kGroupConfigEnds[] = {
    4,  // size
    8,  // flags
    16,  // parent
    32,  // host
    48,  // site
    56,  // body_bytes_max
    60,  // body_timeout_ms
    64,  // body_rate_min
    68,  // request_timeout_ms
    72,  // send_rate_min
    76,  // requests_max
    80,  // decompress
};

inline constexpr trivet_group_config kGroupConfigDefaults = {
    .size = sizeof(trivet_group_config),
    .flags = 0,
    .parent = nullptr,
    .host = {nullptr, 0},
    .site = {nullptr, 0},
    .body_bytes_max = 0,
    .body_timeout_ms = 0,
    .body_rate_min = 0,
    .request_timeout_ms = 0,
    .send_rate_min = 0,
    .requests_max = 0,
    .decompress = TRIVET_DECOMPRESS_INHERIT,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_group_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_group_config values = kGroupConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kGroupConfigEnds);
}

inline bool read_group_config(trivet_group_config& values,
                              const trivet_group_config* source) noexcept {
    values = kGroupConfigDefaults;
    return source == nullptr || read(values, source, kGroupConfigSizeMin, kGroupConfigEnds);
}

// End of the last field of trivet_route_info's first version.
inline constexpr std::size_t kRouteInfoSizeMin = 128;
inline constexpr std::size_t kRouteInfoEnds[] = {
    4,  // size
    8,  // flags
    24,  // methods
    40,  // pattern
    56,  // host
    72,  // name
    88,  // site
    96,  // metadata
    104,  // metadata_count
    112,  // user_data
    120,  // before_count
    128,  // after_count
};

inline bool write_route_info(trivet_route_info* target,
                             const trivet_route_info& values) noexcept {
    return write(target, values, kRouteInfoSizeMin, kRouteInfoEnds);
}

// End of the last field of trivet_setting_info's first version.
inline constexpr std::size_t kSettingInfoSizeMin = 144;
inline constexpr std::size_t kSettingInfoEnds[] = {
    4,  // size
    8,  // flags
    24,  // key
    40,  // variable
    56,  // value
    72,  // default_value
    76,  // source
    80,  // kind
    96,  // place
    112,  // allowed
    128,  // help
    136,  // low
    144,  // high
};

inline bool write_setting_info(trivet_setting_info* target,
                               const trivet_setting_info& values) noexcept {
    return write(target, values, kSettingInfoSizeMin, kSettingInfoEnds);
}

// End of the last field of trivet_static_config's first version.
inline constexpr std::size_t kStaticConfigSizeMin = 96;
inline constexpr std::size_t kStaticConfigEnds[] = {
    4,  // size
    8,  // flags
    16,  // route
    32,  // index
    48,  // fallback
    64,  // cache_control
    72,  // cache_rules
    80,  // cache_rule_count
    88,  // types
    96,  // type_count
};

inline constexpr trivet_static_config kStaticConfigDefaults = {
    .size = sizeof(trivet_static_config),
    .flags = 0,
    .route = nullptr,
    .index = {"index.html", 10},
    .fallback = {nullptr, 0},
    .cache_control = {"no-cache", 8},
    .cache_rules = nullptr,
    .cache_rule_count = 0,
    .types = nullptr,
    .type_count = 0,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_static_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_static_config values = kStaticConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kStaticConfigEnds);
}

inline bool read_static_config(trivet_static_config& values,
                               const trivet_static_config* source) noexcept {
    values = kStaticConfigDefaults;
    return source == nullptr || read(values, source, kStaticConfigSizeMin, kStaticConfigEnds);
}

// End of the last field of trivet_loop_config's first version.
inline constexpr std::size_t kLoopConfigSizeMin = 32;
inline constexpr std::size_t kLoopConfigEnds[] = {
    4,  // size
    8,  // flags
    24,  // host
    28,  // port
    32,  // listen_fd
    36,  // control_fd
};

inline constexpr trivet_loop_config kLoopConfigDefaults = {
    .size = sizeof(trivet_loop_config),
    .flags = 0,
    .host = {"127.0.0.1", 9},
    .port = 8000,
    .listen_fd = -1,
    .control_fd = -1,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_loop_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_loop_config values = kLoopConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kLoopConfigEnds);
}

inline bool read_loop_config(trivet_loop_config& values,
                             const trivet_loop_config* source) noexcept {
    values = kLoopConfigDefaults;
    return source == nullptr || read(values, source, kLoopConfigSizeMin, kLoopConfigEnds);
}

// End of the last field of trivet_loop_info's first version.
inline constexpr std::size_t kLoopInfoSizeMin = 64;
inline constexpr std::size_t kLoopInfoEnds[] = {
    4,  // size
    8,  // flags
    24,  // engine
    40,  // engine_reason
    56,  // host
    60,  // port
    64,  // state
    68,  // is_secured
    72,  // has_kernel_tls
};

inline bool write_loop_info(trivet_loop_info* target,
                            const trivet_loop_info& values) noexcept {
    return write(target, values, kLoopInfoSizeMin, kLoopInfoEnds);
}

// End of the last field of trivet_loop_stats's first version.
inline constexpr std::size_t kLoopStatsSizeMin = 88;
inline constexpr std::size_t kLoopStatsEnds[] = {
    4,  // size
    8,  // flags
    16,  // connections
    24,  // connections_total
    32,  // connections_refused_total
    40,  // requests_in_flight
    48,  // requests_total
    56,  // handler_failures_total
    64,  // stale_total
    72,  // timeouts_total
    80,  // system_calls_total
    88,  // log_dropped_total
    96,  // regex_limit_total
    104,  // lent_total
};

inline bool write_loop_stats(trivet_loop_stats* target,
                             const trivet_loop_stats& values) noexcept {
    return write(target, values, kLoopStatsSizeMin, kLoopStatsEnds);
}

// End of the last field of trivet_request_view's first version.
inline constexpr std::size_t kRequestViewSizeMin = 136;
inline constexpr std::size_t kRequestViewEnds[] = {
    4,  // size
    8,  // flags
    16,  // id
    32,  // method
    48,  // target
    64,  // path
    80,  // query
    96,  // body
    104,  // headers
    112,  // header_count
    120,  // params
    128,  // param_count
    132,  // version
    136,  // refusal
};

// End of the last field of trivet_client's first version.
inline constexpr std::size_t kClientSizeMin = 160;
inline constexpr std::size_t kClientEnds[] = {
    4,  // size
    8,  // flags
    24,  // address
    28,  // port
    32,  // hops
    48,  // scheme
    64,  // host
    80,  // tls_version
    96,  // tls_cipher
    112,  // tls_server_name
    128,  // certificate_subject
    144,  // certificate_fingerprint
    160,  // certificate
};

// End of the last field of trivet_reply's first version.
inline constexpr std::size_t kReplySizeMin = 48;
inline constexpr std::size_t kReplyEnds[] = {
    4,  // size
    8,  // flags
    12,  // status
    16,  // content
    24,  // headers
    32,  // header_count
    48,  // body
};

inline constexpr trivet_reply kReplyDefaults = {
    .size = sizeof(trivet_reply),
    .flags = 0,
    .status = 200,
    .content = TRIVET_CONTENT_NONE,
    .headers = nullptr,
    .header_count = 0,
    .body = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_reply(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_reply values = kReplyDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kReplyEnds);
}

inline bool read_reply(trivet_reply& values,
                       const trivet_reply* source) noexcept {
    values = kReplyDefaults;
    return source == nullptr || read(values, source, kReplySizeMin, kReplyEnds);
}

// End of the last field of trivet_file's first version.
inline constexpr std::size_t kFileSizeMin = 112;
inline constexpr std::size_t kFileEnds[] = {
    4,  // size
    8,  // flags
    12,  // status
    16,  // reserved
    32,  // path
    48,  // root
    64,  // content_type
    80,  // download_name
    96,  // cache_control
    104,  // headers
    112,  // header_count
};

inline constexpr trivet_file kFileDefaults = {
    .size = sizeof(trivet_file),
    .flags = 0,
    .status = 200,
    .reserved = 0,
    .path = {nullptr, 0},
    .root = {nullptr, 0},
    .content_type = {nullptr, 0},
    .download_name = {nullptr, 0},
    .cache_control = {nullptr, 0},
    .headers = nullptr,
    .header_count = 0,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_file(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_file values = kFileDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kFileEnds);
}

inline bool read_file(trivet_file& values,
                      const trivet_file* source) noexcept {
    values = kFileDefaults;
    return source == nullptr || read(values, source, kFileSizeMin, kFileEnds);
}

// End of the last field of trivet_supervisor_config's first version.
inline constexpr std::size_t kSupervisorConfigSizeMin = 80;
inline constexpr std::size_t kSupervisorConfigEnds[] = {
    4,  // size
    8,  // flags
    24,  // host
    28,  // port
    32,  // workers
    36,  // backlog
    40,  // start_timeout_ms
    44,  // shutdown_timeout_ms
    48,  // log_level
    52,  // stop_fd
    64,  // command
    80,  // also_listen
};

inline constexpr trivet_supervisor_config kSupervisorConfigDefaults = {
    .size = sizeof(trivet_supervisor_config),
    .flags = 0,
    .host = {"127.0.0.1", 9},
    .port = 8000,
    .workers = 0,
    .backlog = 4096,
    .start_timeout_ms = 30000,
    .shutdown_timeout_ms = 30000,
    .log_level = TRIVET_LOG_DEFAULT,
    .stop_fd = -1,
    .command = nullptr,
    .also_listen = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_supervisor_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_supervisor_config values = kSupervisorConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kSupervisorConfigEnds);
}

inline bool read_supervisor_config(trivet_supervisor_config& values,
                                   const trivet_supervisor_config* source) noexcept {
    values = kSupervisorConfigDefaults;
    return source == nullptr || read(values, source, kSupervisorConfigSizeMin, kSupervisorConfigEnds);
}

// End of the last field of trivet_worker_info's first version.
inline constexpr std::size_t kWorkerInfoSizeMin = 24;
inline constexpr std::size_t kWorkerInfoEnds[] = {
    4,  // size
    8,  // flags
    12,  // slot
    16,  // workers
    20,  // listen_fd
    24,  // control_fd
};

inline bool write_worker_info(trivet_worker_info* target,
                              const trivet_worker_info& values) noexcept {
    return write(target, values, kWorkerInfoSizeMin, kWorkerInfoEnds);
}

// End of the last field of trivet_form_config's first version.
inline constexpr std::size_t kFormConfigSizeMin = 72;
inline constexpr std::size_t kFormConfigEnds[] = {
    4,  // size
    8,  // flags
    12,  // fields_max
    16,  // files_max
    20,  // name_bytes_max
    24,  // filename_bytes_max
    32,  // value_bytes_max
    40,  // fields_bytes_max
    48,  // file_bytes_max
    56,  // memory_bytes_max
    72,  // directory
};

inline constexpr trivet_form_config kFormConfigDefaults = {
    .size = sizeof(trivet_form_config),
    .flags = 0,
    .fields_max = 1000,
    .files_max = 64,
    .name_bytes_max = 1024,
    .filename_bytes_max = 1024,
    .value_bytes_max = 1048576,
    .fields_bytes_max = 4194304,
    .file_bytes_max = 1073741824,
    .memory_bytes_max = 65536,
    .directory = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_form_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_form_config values = kFormConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kFormConfigEnds);
}

inline bool read_form_config(trivet_form_config& values,
                             const trivet_form_config* source) noexcept {
    values = kFormConfigDefaults;
    return source == nullptr || read(values, source, kFormConfigSizeMin, kFormConfigEnds);
}

// End of the last field of trivet_form's first version.
inline constexpr std::size_t kFormSizeMin = 40;
inline constexpr std::size_t kFormEnds[] = {
    4,  // size
    8,  // flags
    12,  // refusal
    24,  // part_count
    40,  // detail
};

inline bool write_form(trivet_form* target,
                       const trivet_form& values) noexcept {
    return write(target, values, kFormSizeMin, kFormEnds);
}

// End of the last field of trivet_form_part's first version.
inline constexpr std::size_t kFormPartSizeMin = 80;
inline constexpr std::size_t kFormPartEnds[] = {
    4,  // size
    8,  // flags
    24,  // name
    40,  // filename
    56,  // content_type
    72,  // value
    80,  // bytes
};

inline bool write_form_part(trivet_form_part* target,
                            const trivet_form_part& values) noexcept {
    return write(target, values, kFormPartSizeMin, kFormPartEnds);
}

// End of the last field of trivet_sse_event's first version.
inline constexpr std::size_t kSseEventSizeMin = 96;
inline constexpr std::size_t kSseEventEnds[] = {
    4,  // size
    8,  // flags
    24,  // id
    40,  // event
    56,  // data
    72,  // comment
    76,  // retry_ms
    80,  // reserved
    96,  // key
};

inline constexpr trivet_sse_event kSseEventDefaults = {
    .size = sizeof(trivet_sse_event),
    .flags = 0,
    .id = {nullptr, 0},
    .event = {nullptr, 0},
    .data = {nullptr, 0},
    .comment = {nullptr, 0},
    .retry_ms = -1,
    .reserved = 0,
    .key = {nullptr, 0},
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_sse_event(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_sse_event values = kSseEventDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kSseEventEnds);
}

inline bool read_sse_event(trivet_sse_event& values,
                           const trivet_sse_event* source) noexcept {
    values = kSseEventDefaults;
    return source == nullptr || read(values, source, kSseEventSizeMin, kSseEventEnds);
}

// End of the last field of trivet_sse_config's first version.
inline constexpr std::size_t kSseConfigSizeMin = 32;
inline constexpr std::size_t kSseConfigEnds[] = {
    4,  // size
    8,  // flags
    12,  // heartbeat_ms
    16,  // retry_ms
    24,  // headers
    32,  // header_count
};

inline constexpr trivet_sse_config kSseConfigDefaults = {
    .size = sizeof(trivet_sse_config),
    .flags = 0,
    .heartbeat_ms = 15000,
    .retry_ms = -1,
    .headers = nullptr,
    .header_count = 0,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_sse_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_sse_config values = kSseConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kSseConfigEnds);
}

inline bool read_sse_config(trivet_sse_config& values,
                            const trivet_sse_config* source) noexcept {
    values = kSseConfigDefaults;
    return source == nullptr || read(values, source, kSseConfigSizeMin, kSseConfigEnds);
}

// End of the last field of trivet_sse_hub_config's first version.
inline constexpr std::size_t kSseHubConfigSizeMin = 48;
inline constexpr std::size_t kSseHubConfigEnds[] = {
    4,  // size
    8,  // flags
    12,  // policy
    16,  // history_events
    24,  // history_bytes
    28,  // event_bytes_max
    32,  // subscribers_max
    40,  // client_bytes_max
    44,  // heartbeat_ms
    48,  // retry_ms
};

inline constexpr trivet_sse_hub_config kSseHubConfigDefaults = {
    .size = sizeof(trivet_sse_hub_config),
    .flags = 0,
    .policy = TRIVET_SSE_POLICY_DROP_OLDEST,
    .history_events = 256,
    .history_bytes = 262144,
    .event_bytes_max = 65536,
    .subscribers_max = 65536,
    .client_bytes_max = 65536,
    .heartbeat_ms = 15000,
    .retry_ms = -1,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_sse_hub_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_sse_hub_config values = kSseHubConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kSseHubConfigEnds);
}

inline bool read_sse_hub_config(trivet_sse_hub_config& values,
                                const trivet_sse_hub_config* source) noexcept {
    values = kSseHubConfigDefaults;
    return source == nullptr || read(values, source, kSseHubConfigSizeMin, kSseHubConfigEnds);
}

// End of the last field of trivet_sse_hub_info's first version.
inline constexpr std::size_t kSseHubInfoSizeMin = 88;
inline constexpr std::size_t kSseHubInfoEnds[] = {
    4,  // size
    8,  // flags
    16,  // subscribers
    24,  // subscribers_total
    32,  // published_total
    40,  // delivered_total
    48,  // dropped_total
    56,  // superseded_total
    64,  // closed_total
    72,  // gaps_total
    80,  // history_events
    88,  // history_bytes
};

inline bool write_sse_hub_info(trivet_sse_hub_info* target,
                               const trivet_sse_hub_info& values) noexcept {
    return write(target, values, kSseHubInfoSizeMin, kSseHubInfoEnds);
}

// End of the last field of trivet_cookie's first version.
inline constexpr std::size_t kCookieSizeMin = 96;
inline constexpr std::size_t kCookieEnds[] = {
    4,  // size
    8,  // flags
    24,  // name
    40,  // value
    56,  // domain
    72,  // path
    80,  // expires
    88,  // max_age_s
    92,  // same_site
    96,  // reserved
};

inline constexpr trivet_cookie kCookieDefaults = {
    .size = sizeof(trivet_cookie),
    .flags = 0,
    .name = {nullptr, 0},
    .value = {nullptr, 0},
    .domain = {nullptr, 0},
    .path = {nullptr, 0},
    .expires = -1,
    .max_age_s = -1,
    .same_site = TRIVET_SAME_SITE_LAX,
    .reserved = 0,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_cookie(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_cookie values = kCookieDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kCookieEnds);
}

inline bool read_cookie(trivet_cookie& values,
                        const trivet_cookie* source) noexcept {
    values = kCookieDefaults;
    return source == nullptr || read(values, source, kCookieSizeMin, kCookieEnds);
}

// End of the last field of trivet_openapi_config's first version.
inline constexpr std::size_t kOpenapiConfigSizeMin = 120;
inline constexpr std::size_t kOpenapiConfigEnds[] = {
    4,  // size
    8,  // flags
    24,  // title
    40,  // version
    56,  // description
    72,  // path
    88,  // docs_path
    104,  // reference_path
    112,  // servers
    120,  // server_count
};

inline constexpr trivet_openapi_config kOpenapiConfigDefaults = {
    .size = sizeof(trivet_openapi_config),
    .flags = 0,
    .title = {"API", 3},
    .version = {"0.0.0", 5},
    .description = {nullptr, 0},
    .path = {"/openapi.json", 13},
    .docs_path = {"/docs", 5},
    .reference_path = {"/reference", 10},
    .servers = nullptr,
    .server_count = 0,
};

// `size` is what the caller has; nothing beyond it is written.
inline void fill_openapi_config(void* target, std::size_t size) noexcept {
    if (target == nullptr) return;
    trivet_openapi_config values = kOpenapiConfigDefaults;
    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);
    fill(target, size, values, kOpenapiConfigEnds);
}

inline bool read_openapi_config(trivet_openapi_config& values,
                                const trivet_openapi_config* source) noexcept {
    values = kOpenapiConfigDefaults;
    return source == nullptr || read(values, source, kOpenapiConfigSizeMin, kOpenapiConfigEnds);
}

}  // namespace trivet::capi
