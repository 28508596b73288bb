#include "realtime/event_stream.h"

#include <algorithm>
#include <cstddef>
#include <memory>

#include "realtime/event_hub.h"

namespace trivet::realtime {
namespace {

constexpr http1::HeaderView kContentType{"Content-Type", "text/event-stream"};
constexpr http1::HeaderView kCacheControl{"Cache-Control", "no-cache, no-transform"};
// nginx and others pass on what has come at once.
constexpr http1::HeaderView kBuffering{"X-Accel-Buffering", "no"};

bool has_field(std::span<const http1::HeaderView> fields, std::string_view lower_name) noexcept {
    return std::ranges::any_of(fields, [&](const http1::HeaderView& field) {
        return http1::field_name_equal(field.name, lower_name);
    });
}

Status begin_head(http::Server& server, http::Exchange& exchange,
                  std::span<const http1::HeaderView> fields) noexcept {
    if (has_field(fields, "content-type")) {
        return Status::header;
    }
    // Bytes, so that the many that are not used cost nothing.
    alignas(http1::HeaderView) std::byte room[http::kReplyFieldsMax * sizeof(http1::HeaderView)];
    auto* const all = reinterpret_cast<http1::HeaderView*>(room);
    http1::HeaderView* end = std::uninitialized_copy(fields.begin(), fields.end(), all);
    const auto add = [&](const http1::HeaderView& field) { std::construct_at(end++, field); };
    add(kContentType);
    if (!has_field(fields, "cache-control")) {
        add(kCacheControl);
    }
    if (!has_field(fields, "x-accel-buffering")) {
        add(kBuffering);
    }
    return server.begin(
        exchange,
        {.status = 200, .content = http::Content::none, .fields = {all, end}, .body = {}});
}

}  // namespace

Status begin_stream(http::Server& server, http::Exchange& exchange,
                    const StreamConfig& config) noexcept {
    if (config.fields.size() > kStreamFieldsMax || config.retry_ms < -1 ||
        config.heartbeat_ms > kHeartbeatMsMax) {
        return Status::argument;
    }
    const Status begun = begin_head(server, exchange, config.fields);
    if (begun != Status::ok) {
        return begun;
    }
    server.set_beat(exchange, sse::kHeartbeat, config.heartbeat_ms);
    if (config.retry_ms < 0) {
        return Status::ok;
    }
    bool is_full = false;
    std::string_view message;
    return send_event(server, exchange, {.retry_ms = static_cast<std::uint32_t>(config.retry_ms)},
                      is_full, message);
}

Status send_event(http::Server& server, http::Exchange& exchange, const sse::Event& event,
                  bool& is_full, std::string_view& message) noexcept {
    is_full = false;
    const auto size = sse::event_size(event);
    if (!size) {
        message = sse::message(size.error());
        return Status::argument;
    }
    Buffer scratch(server.pool());
    char* const room = scratch.reserve(*size);
    if (room == nullptr) {
        // Nobody can go on without it: the answer ends as any other that runs out of memory.
        if (!exchange.answer.is_begun) {
            return Status::state;
        }
        server.break_off(exchange);
        return Status::memory;
    }
    sse::write_event(room, event);
    return server.write(exchange, std::string_view(room, *size), is_full);
}

}  // namespace trivet::realtime
