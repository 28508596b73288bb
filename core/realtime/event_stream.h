#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "http/server.h"
#include "proto/sse/event.h"

namespace trivet::realtime {

inline constexpr std::size_t kStreamFieldsMax = http::kReplyFieldsMax - 3;

// How a stream of events begins.
struct StreamConfig {
    std::uint32_t heartbeat_ms = 15'000;  // 0: never
    std::int32_t retry_ms = -1;           // -1: not told
    std::span<const http1::HeaderView> fields;
};

// Begins an answer of events: an answer in pieces of unknown length, for which http::Server says
// the rest. Status::argument: too many fields, retry_ms below -1 or heartbeat_ms above
// kHeartbeatMsMax.
Status begin_stream(http::Server& server, http::Exchange& exchange,
                    const StreamConfig& config) noexcept;

// Writes an event to an answer in pieces. What cannot be said is Status::argument, with the reason
// in `message`; else as http::Server::write.
Status send_event(http::Server& server, http::Exchange& exchange, const sse::Event& event,
                  bool& is_full, std::string_view& message) noexcept;

}  // namespace trivet::realtime
