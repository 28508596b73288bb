#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "http/gates.h"
#include "proto/http1/request_parser.h"

namespace trivet::http {

class Chain;

inline constexpr std::uint32_t kConnectionsPerAddressMax = 4096;  // the default

// Limits and timeouts of one server, from the app's configuration.
struct Limits {
    http1::HeadLimits head{8192, 32768, 100};
    std::uint64_t body_bytes_max = 1 << 20;
    // 1: content is decoded as Content-Encoding says, where a route does not say otherwise.
    std::uint32_t body_decompress = 0;
    std::uint32_t body_ratio_max = 100;  // decoded content to what came of it; beyond it 413
    std::uint32_t connections_max = 65536;
    // Of one client address; beyond it new ones are closed at once. 0: any. The default excepts
    // loopback, where a proxy may stand; any other number holds for it as well.
    std::uint32_t connections_per_address_max = kConnectionsPerAddressMax;
    // Delivered and not yet answered; beyond it 503 with Retry-After.
    std::uint32_t requests_max = 16384;
    // Of one connection; the answer to the last one closes it.
    std::uint32_t requests_per_connection_max = 1'000'000;
    std::uint32_t head_timeout_ms = 15'000;
    std::uint32_t body_timeout_ms = 30'000;
    // Bytes a second that content must come with on average, after body_timeout_ms; else 408. 0:
    // any.
    std::uint32_t body_rate_min = 240;
    // From the request to the beginning of its answer; beyond it 503. 0: any.
    std::uint32_t request_timeout_ms = 300'000;
    // Until the first byte of a request. 0 for the second, which is that of all requests but the
    // first: the same.
    std::uint32_t idle_timeout_ms = 75'000;
    std::uint32_t keep_alive_timeout_ms = 0;
    std::uint32_t send_timeout_ms = 30'000;
    // Bytes a second that the client must take of what is sent, looked at each send_timeout_ms;
    // else the connection is closed. 0: one byte is enough.
    std::uint32_t send_rate_min = 240;
    std::uint32_t shutdown_timeout_ms = 30'000;
};

// Those of the above that each route may have for itself, with the same meaning of 0, and the gate
// its requests go through.
struct RouteLimits {
    std::uint64_t body_bytes_max = 0;
    std::uint32_t body_timeout_ms = 0;
    std::uint32_t body_rate_min = 0;
    std::uint32_t request_timeout_ms = 0;
    std::uint32_t send_rate_min = 0;
    std::uint32_t gate = 0;  // the innermost; 0: none
    bool operator==(const RouteLimits&) const = default;
};

// For routes that have none of their own, and for requests without a route.
constexpr RouteLimits common_limits(const Limits& limits) noexcept {
    return {.body_bytes_max = limits.body_bytes_max,
            .body_timeout_ms = limits.body_timeout_ms,
            .body_rate_min = limits.body_rate_min,
            .request_timeout_ms = limits.request_timeout_ms,
            .send_rate_min = limits.send_rate_min};
}

// What holds for single routes. Outlives the servers that look into it.
struct RouteRules {
    std::span<const RouteLimits> limits;  // by the routes' values; empty when none has its own
    std::span<const Gate> gates;
    // By the routes' values, that of requests without a route first; empty when there is none.
    std::span<const Chain* const> chains;
};

// Limits nobody needs to turn.
inline constexpr std::size_t kOutputBytesMax = 1
                                               << 20;  // unsent answers beyond it stop the reading
inline constexpr std::size_t kPipelinedBytesMax =
    64 * 1024;  // received beyond it while a request is handled: pause
inline constexpr std::size_t kContentWindowBytes =
    64 * 1024;  // content that streams and is not read: pause
inline constexpr std::size_t kSkippedBytesMax =
    256 * 1024;                                  // content left unread by the answered handler
inline constexpr std::uint32_t kSkipMs = 5'000;  // and its time
inline constexpr std::size_t kWriteHighBytes = 256 * 1024;  // unsent beyond it: the writer waits
inline constexpr std::size_t kWriteLowBytes = 64 * 1024;    // and goes on below it
inline constexpr std::size_t kWriteBytesMax = 4 << 20;  // a writer that does not wait is refused
inline constexpr std::size_t kCodedAtOnceBytesMax =
    64 * 1024;  // a longer answer is encoded in pieces, one a turn
inline constexpr std::size_t kEncodersBytesMax =
    64 << 20;  // of all encoders of a loop; beyond it answers leave as they are
inline constexpr std::uint32_t kRetryAfterSeconds = 1;  // with a 503 for too many requests
inline constexpr std::size_t kLingerBytesMax =
    1 << 20;                                       // discarded after a refusal, then the hard close
inline constexpr std::uint32_t kLingerMs = 2'000;  // wait for the peer's end after the last answer
inline constexpr std::uint32_t kDrainGraceMs =
    250;  // an idle connection's time to live once draining

}  // namespace trivet::http
