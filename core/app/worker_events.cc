// Server-Sent Events: requests that subscribe to hubs, and what other threads ask for.
#include <array>
#include <climits>

#include "app/packed_fields.h"
#include "app/worker.h"
#include "realtime/event_stream.h"

namespace trivet::app {

Status Worker::subscribe(http::Exchange& exchange, HubHandle handle,
                         std::optional<std::string_view> last_id,
                         std::span<const http1::HeaderView> fields) noexcept {
    if (fields.size() > realtime::kStreamFieldsMax) {
        return Status::argument;
    }
    const HubReference hub = find_hub(handle);
    if (!hub) {
        return Status::stale;
    }
    return hub->owner() != &app_ ? Status::argument
                                 : fan_out_.subscribe(exchange, *hub, last_id, fields);
}

Status Worker::begin_events_posted(http::Exchange& exchange, const ReplyRecord& record,
                                   const char* bytes) noexcept {
    const bool has_retry = record.length != http::kUnknownLength;
    if (record.header_count > realtime::kStreamFieldsMax ||
        (has_retry && record.length > INT_MAX)) {
        return Status::argument;
    }
    std::array<http1::HeaderView, realtime::kStreamFieldsMax> room;
    return realtime::begin_stream(
        server_, exchange,
        {.heartbeat_ms = record.status,
         .retry_ms = has_retry ? static_cast<std::int32_t>(record.length) : -1,
         .fields = unpack(record, bytes, room.data())});
}

// The last step of its request: what goes wrong ends it, unless the poster wants to hear of it.
Status Worker::subscribe_posted(http::Exchange& exchange, const ReplyRecord& record,
                                const char* bytes) noexcept {
    if (record.header_count > realtime::kStreamFieldsMax) {
        return Status::argument;
    }
    std::array<http1::HeaderView, realtime::kStreamFieldsMax> room;
    std::optional<std::string_view> last_id;
    if ((record.status & kSubscribeHasLastId) != 0) {
        last_id = body_of(record, bytes);
    }
    const Status status =
        subscribe(exchange, record.length, last_id, unpack(record, bytes, room.data()));
    if ((record.status & kSubscribeTells) != 0) {
        tell_poster(record, status);
        return Status::ok;
    }
    if (status == Status::stale) {
        return server_.reply_problem(exchange, 503, "the events have ended");
    }
    if (status == Status::limit) {
        return server_.reply_problem(exchange, 503, "too many clients listen already");
    }
    return status;
}

}  // namespace trivet::app
