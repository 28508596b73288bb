#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/http1/request_parser.h"

namespace trivet::http {

// Limits and timeouts of one server, from the app's configuration.
struct Limits {
    http1::HeadLimits head{8192, 32768, 100};
    std::uint64_t body_bytes_max = 1 << 20;
    std::uint32_t connections_max = 65536;
    std::uint32_t head_timeout_ms = 15'000;
    std::uint32_t body_timeout_ms = 30'000;
    std::uint32_t idle_timeout_ms = 75'000;
    std::uint32_t send_timeout_ms = 30'000;
    std::uint32_t shutdown_timeout_ms = 30'000;
};

// Limits nobody needs to turn.
inline constexpr std::size_t kOutputBytesMax = 1
                                               << 20;  // unsent answers beyond it stop the reading
inline constexpr std::size_t kPipelinedBytesMax =
    64 * 1024;  // received beyond it while a request is handled: pause
inline constexpr std::size_t kLingerBytesMax =
    1 << 20;                                       // discarded after a refusal, then the hard close
inline constexpr std::uint32_t kLingerMs = 2'000;  // wait for the peer's end after the last answer
inline constexpr std::uint32_t kDrainGraceMs =
    250;  // an idle connection's time to live once draining

}  // namespace trivet::http
