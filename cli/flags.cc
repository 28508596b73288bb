#include "flags.h"

#include <cstdlib>
#include <string_view>

namespace trivet::cli {
namespace {

constexpr const char* kServing = "Serving";
constexpr const char* kTls = "TLS and proxies (several paths or addresses between commas)";
constexpr const char* kMemory = "Memory";
constexpr const char* kLimits = "Limits (numbers, or text like 64KiB)";
constexpr const char* kTimeouts = "Timeouts (milliseconds, or text like 30s)";

constexpr Flag kFlags[] = {
    {"--host", "host", "TRIVET_HOST", "ADDRESS", kServing,
     "IPv4 or IPv6 address to listen on, localhost, or unix:/path (127.0.0.1)"},
    {"--port", "port", "TRIVET_PORT", "PORT", kServing, "0 lets the kernel choose (8000)"},
    {"--workers", "workers", "TRIVET_WORKERS", "N|auto", kServing,
     "Processes; auto: one for each CPU (auto)"},
    {"--threads", "threads", "TRIVET_THREADS", "N|auto", kServing,
     "Loops in each process, for Go and C (auto: 1)"},
    {"--engine", "engine", "TRIVET_ENGINE", "auto|uring|epoll", kServing,
     "How the kernel is talked to (auto)"},
    {"--log", "log_level", "TRIVET_LOG", "debug|info|warn|error|off", kServing,
     "What the log says (info)"},
    {"--backlog", "backlog", "TRIVET_BACKLOG", "N", kServing,
     "Queue of connections not yet accepted, of each worker (4096)"},
    {"--tls-certificate", "tls_certificate", "TRIVET_TLS_CERTIFICATE", "FILES", kTls,
     "Certificates with their chains, one for each host (none: no TLS)"},
    {"--tls-key", "tls_key", "TRIVET_TLS_KEY", "FILES", kTls,
     "Keys of the certificates (in their files)"},
    {"--tls-staple", "tls_staple", "TRIVET_TLS_STAPLE", "FILES", kTls,
     "OCSP responses for the certificates (none)"},
    {"--tls-client-ca", "tls_client_ca", "TRIVET_TLS_CLIENT_CA", "FILE", kTls,
     "Authorities of clients' certificates (none)"},
    {"--tls-client-auth", "tls_client_auth", "TRIVET_TLS_CLIENT_AUTH", "off|optional|required",
     kTls, "Whether clients are asked for a certificate (off)"},
    {"--tls-min-version", "tls_min_version", "TRIVET_TLS_MIN_VERSION", "1.2|1.3", kTls,
     "The oldest version that is spoken (1.2)"},
    {"--tls-session-timeout-ms", "tls_session_timeout_ms", "TRIVET_TLS_SESSION_TIMEOUT_MS", "TIME",
     kTls, "How long a session may be taken up again; 0: never (1d)"},
    {"--trusted-proxies", "trusted_proxies", "TRIVET_TRUSTED_PROXIES", "BLOCKS", kTls,
     "Proxies that are believed who has sent a request (none)"},
    {"--forwarded", "forwarded", "TRIVET_FORWARDED", "x-forwarded|forwarded|either", kTls,
     "Which fields they write (x-forwarded)"},
    {"--forwarded-host", "forwarded_host", "TRIVET_FORWARDED_HOST", "off|on", kTls,
     "Whether they write X-Forwarded-Host, too (off)"},
    {"--proxy-protocol", "proxy_protocol", "TRIVET_PROXY_PROTOCOL", "off|on", kTls,
     "Whether connections begin with a PROXY protocol header (off)"},
    {"--compress", "compress", "TRIVET_COMPRESS", "off|on", kServing,
     "Whether answers are compressed (off)"},
    {"--compress-min-bytes", "compress_min_bytes", "TRIVET_COMPRESS_MIN_BYTES", "SIZE", kServing,
     "Shorter answers leave as they are (1KiB)"},
    {"--etag", "etag", "TRIVET_ETAG", "off|on", kServing, "Whether answers have an ETag (off)"},
    {"--static-folders", "static_folders", "TRIVET_STATIC_FOLDERS", "LIST", kServing,
     "Folders to serve, as /prefix=folder (none)"},
    {"--also-listen", "also_listen", "TRIVET_ALSO_LISTEN", "ADDRESSES", kServing,
     "Further addresses to listen on (none)"},
    {"--profile", "profile", "TRIVET_PROFILE", "default|low-memory|high-throughput", kMemory,
     "How much memory a loop takes for speed (default)"},
    {"--buffer-count", "buffer_count", "TRIVET_BUFFER_COUNT", "N", kMemory,
     "Receive buffers of one loop, a power of two (as the profile says)"},
    {"--buffer-bytes", "buffer_bytes", "TRIVET_BUFFER_BYTES", "SIZE", kMemory,
     "Size of one receive buffer (as the profile says)"},
    {"--target-bytes-max", "target_bytes_max", "TRIVET_TARGET_BYTES_MAX", "SIZE", kLimits,
     "Request target; beyond it 414 (8KiB)"},
    {"--head-bytes-max", "head_bytes_max", "TRIVET_HEAD_BYTES_MAX", "SIZE", kLimits,
     "Request line and header block; beyond it 431 (32KiB)"},
    {"--header-count-max", "header_count_max", "TRIVET_HEADER_COUNT_MAX", "N", kLimits,
     "Header fields; beyond it 431 (100)"},
    {"--body-bytes-max", "body_bytes_max", "TRIVET_BODY_BYTES_MAX", "SIZE", kLimits,
     "Request content; beyond it 413 (1MiB)"},
    {"--body-decompress", "body_decompress", "TRIVET_BODY_DECOMPRESS", "off|on", kLimits,
     "Whether encoded content is decoded (off)"},
    {"--body-ratio-max", "body_ratio_max", "TRIVET_BODY_RATIO_MAX", "N", kLimits,
     "Decoded content to what came of it; beyond it 413 (100)"},
    {"--connections-max", "connections_max", "TRIVET_CONNECTIONS_MAX", "N", kLimits,
     "Open connections of one loop (65536)"},
    {"--connections-per-address-max", "connections_per_address_max",
     "TRIVET_CONNECTIONS_PER_ADDRESS_MAX", "N", kLimits,
     "Open connections of one loop from one address (4096)"},
    {"--requests-max", "requests_max", "TRIVET_REQUESTS_MAX", "N", kLimits,
     "Unanswered requests of one loop; beyond it 503 (16384)"},
    {"--requests-per-connection-max", "requests_per_connection_max",
     "TRIVET_REQUESTS_PER_CONNECTION_MAX", "N", kLimits, "Requests of one connection (1000000)"},
    {"--body-rate-min", "body_rate_min", "TRIVET_BODY_RATE_MIN", "SIZE", kLimits,
     "Bytes a second of content on average; below it 408 (240)"},
    {"--send-rate-min", "send_rate_min", "TRIVET_SEND_RATE_MIN", "SIZE", kLimits,
     "Bytes a second a client must take (240)"},
    {"--head-timeout-ms", "head_timeout_ms", "TRIVET_HEAD_TIMEOUT_MS", "TIME", kTimeouts,
     "To the end of a request's header block; beyond it 408 (15s)"},
    {"--body-timeout-ms", "body_timeout_ms", "TRIVET_BODY_TIMEOUT_MS", "TIME", kTimeouts,
     "Silence while content is awaited; beyond it 408 (30s)"},
    {"--idle-timeout-ms", "idle_timeout_ms", "TRIVET_IDLE_TIMEOUT_MS", "TIME", kTimeouts,
     "Silence between requests (75s)"},
    {"--send-timeout-ms", "send_timeout_ms", "TRIVET_SEND_TIMEOUT_MS", "TIME", kTimeouts,
     "For a client that takes nothing (30s)"},
    {"--request-timeout-ms", "request_timeout_ms", "TRIVET_REQUEST_TIMEOUT_MS", "TIME", kTimeouts,
     "From a request to the beginning of its answer; beyond it 503 (5m)"},
    {"--keep-alive-timeout-ms", "keep_alive_timeout_ms", "TRIVET_KEEP_ALIVE_TIMEOUT_MS", "TIME",
     kTimeouts, "Silence after an answer (as --idle-timeout-ms)"},
    {"--start-timeout-ms", "start_timeout_ms", "TRIVET_START_TIMEOUT_MS", "TIME", kTimeouts,
     "From a worker's start to its readiness (30s)"},
    {"--shutdown-timeout-ms", "shutdown_timeout_ms", "TRIVET_SHUTDOWN_TIMEOUT_MS", "TIME",
     kTimeouts, "From the drain to the forced end (30s)"},
};

}  // namespace

std::span<const Flag> flags() { return kFlags; }

void export_flags(const std::vector<GivenFlag>& given) {
    std::string fields;
    for (const GivenFlag& one : given) {
        ::setenv(one.flag->variable, one.value.c_str(), 1);
        fields += fields.empty() ? "" : ",";
        fields += one.flag->field;
    }
    if (fields.empty()) {
        ::unsetenv("TRIVET_FLAGS");
    } else {
        ::setenv("TRIVET_FLAGS", fields.c_str(), 1);
    }
}

bool blames_flag(const std::vector<GivenFlag>& given, std::string& message) {
    for (const GivenFlag& one : given) {
        const std::string_view variable(one.flag->variable);
        if (message.starts_with(variable) && message.substr(variable.size(), 1) == " ") {
            message.replace(0, variable.size(), one.flag->name);
            return true;
        }
    }
    return false;
}

}  // namespace trivet::cli
