// What other threads hand to a loop: answers, and steps of content in pieces.
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "app/loop_directory.h"
#include "app/packed_fields.h"
#include "app/worker.h"

namespace trivet::app {
namespace {

// The fields of a record that ends its request, in the exchange's memory; nothing when there are
// too many.
std::optional<Fields> fields_of(http::Exchange& exchange, const ReplyRecord& record,
                                const char* at) {
    auto* fields = record.header_count > http::kReplyFieldsMax
                       ? nullptr
                       : exchange.arena.allocate_array<http1::HeaderView>(record.header_count);
    return fields != nullptr ? std::optional(unpack(record, at, fields)) : std::nullopt;
}

}  // namespace

void Worker::take_posts() noexcept {
    for (PostQueue::Batch* batch = posts_.take_all(); batch != nullptr;) {
        const char* at = batch->records();
        std::size_t left = batch->size;
        while (left > 0) {
            ReplyRecord record;
            std::memcpy(&record, at, sizeof record);
            take_post(record, at + sizeof record);
            const std::size_t taken = record_size(record, left);
            at += taken;
            left -= taken;
        }
        PostQueue::Batch* next = batch->next;
        PostQueue::release(batch);
        batch = next;
    }
}

void Worker::take_post(const ReplyRecord& record, const char* bytes) noexcept {
    http::Exchange* exchange = find_exchange(record.request);
    if (exchange == nullptr) {
        ++stale_total_;
        tell_poster(record, Status::stale);
        return;
    }
    if (static_cast<PostKind>(record.kind) == PostKind::reply) {
        answer(*exchange, record, bytes);
        return;
    }
    const auto kind = static_cast<PostKind>(record.kind);
    if (kind == PostKind::begin || kind == PostKind::write || kind == PostKind::sse_begin) {
        take_kept(*exchange, record, bytes);
        return;
    }
    const Status status = step(*exchange, record, bytes);
    exchange = status == Status::ok ? nullptr : find_exchange(record.request);
    if (exchange != nullptr) {
        server_.reply_fail(*exchange, name(status));
    }
}

// A step that does not end its request, whatever comes of it: whoever posted it may be reading the
// request on its thread, until it posts the end.
void Worker::take_kept(http::Exchange& exchange, const ReplyRecord& record,
                       const char* bytes) noexcept {
    exchange.is_kept = true;
    exchange.is_answer_posted = true;
    const Status status = step(exchange, record, bytes);
    if (status != Status::ok && exchange.connection != nullptr) {
        server_.reply_fail(exchange, name(status));
    }
    exchange.is_kept = false;
    if (exchange.connection == nullptr) {
        server_.tell_gone(exchange);
        tell_poster(record, Status::gone);
    }
}

void Worker::tell_poster(const ReplyRecord& record, Status status) noexcept {
    const auto kind = static_cast<PostKind>(record.kind);
    const bool waits = kind == PostKind::read || kind == PostKind::form ||
                       (kind == PostKind::write && record.status != 0) ||
                       (kind == PostKind::sse_subscribe && (record.status & kSubscribeTells) != 0);
    if (!waits) {
        return;
    }
    Event event;
    event.kind = static_cast<std::uint32_t>(kind == PostKind::read   ? EventKind::content
                                            : kind == PostKind::form ? EventKind::form
                                                                     : EventKind::writable);
    event.request = record.request;
    event.status = static_cast<std::int32_t>(status);
    events_.push(event);
}

Status Worker::step(http::Exchange& exchange, const ReplyRecord& record,
                    const char* bytes) noexcept {
    const auto kind = static_cast<PostKind>(record.kind);
    const bool is_gone = exchange.connection == nullptr;
    if (is_gone &&
        (kind == PostKind::begin || kind == PostKind::write || kind == PostKind::sse_begin)) {
        return Status::gone;
    }
    switch (kind) {
        case PostKind::read:
            if (!exchange.is_read_posted && !std::exchange(exchange.is_content_due, true)) {
                push_event(exchange, EventKind::content);  // which reads when it is handed out
            }
            return Status::ok;
        case PostKind::begin:
            return begin_posted(exchange, record, bytes);
        case PostKind::write:
            return write_posted(exchange, record, bytes);
        case PostKind::end: {
            if (is_gone) {
                server_.break_off(exchange);
                return Status::ok;
            }
            const auto trailers = fields_of(exchange, record, bytes);
            return trailers ? server_.finish(exchange, *trailers) : Status::header;
        }
        case PostKind::abort:
            server_.break_off(exchange);
            return Status::ok;
        case PostKind::form:
            return form_posted(exchange, record, bytes);
        case PostKind::sse_begin:
            return begin_events_posted(exchange, record, bytes);
        case PostKind::sse_subscribe:
            return subscribe_posted(exchange, record, bytes);
        case PostKind::file:
            return file_posted(exchange, record, bytes);
        case PostKind::mount:
            return mount_posted(exchange, record, bytes);
        case PostKind::reply:
            break;
    }
    return Status::argument;
}

Status Worker::begin_posted(http::Exchange& exchange, const ReplyRecord& record,
                            const char* bytes) noexcept {
    if (record.header_count > http::kReplyFieldsMax) {
        return Status::header;
    }
    // Not in the exchange's arena, which is the handler's thread's until the request has ended.
    std::array<http1::HeaderView, http::kReplyFieldsMax> room;
    return server_.begin(exchange,
                         {.status = record.status,
                          .content = static_cast<http::Content>(record.content),
                          .fields = unpack(record, bytes, room.data()),
                          .body = {}},
                         record.length);
}

Status Worker::write_posted(http::Exchange& exchange, const ReplyRecord& record,
                            const char* bytes) noexcept {
    bool is_full = false;
    const Status status = server_.write(exchange, body_of(record, bytes), is_full);
    if (status == Status::ok && record.status != 0) {
        if (is_full) {
            exchange.is_write_posted = true;
        } else {
            push_event(exchange, EventKind::writable);
        }
    }
    return status;
}

// What the form is not read for is an outcome like its faults: the poster's to answer.
Status Worker::form_posted(http::Exchange& exchange, const ReplyRecord& record,
                           const char* bytes) noexcept {
    http::FormConfig config;
    const std::string_view given = body_of(record, bytes);
    Status status = Status::ok;
    if (!given.empty()) {
        std::uint32_t size = 0;
        status = given.size() < sizeof config ? Status::argument : Status::ok;
        if (status == Status::ok) {
            std::memcpy(&config, given.data(), sizeof config);
            size = config.size;
            status = size >= sizeof config && size <= given.size() ? Status::ok : Status::argument;
        }
    }
    status = status == Status::ok ? read_form(exchange, config) : status;
    if (status == Status::again) {
        exchange.is_form_posted = true;
    } else if (exchange.form() != nullptr && !exchange.form()->is_reading()) {
        push_event(exchange, EventKind::form);
    } else {
        tell_poster(record, status);
    }
    return Status::ok;
}

void Worker::answer(http::Exchange& exchange, const ReplyRecord& record,
                    const char* bytes) noexcept {
    const std::string_view body = body_of(record, bytes);
    if (record.status == 0) {
        const char* field = bytes;
        Str detail;
        if (record.header_count > 0) {
            take_packed(field);
            detail = take_packed(field);
        }
        server_.reply_fail(exchange, body, detail);
        return;
    }
    const auto fields = fields_of(exchange, record, bytes);
    if (!fields) {
        server_.reply_fail(exchange, "too many header fields in the answer");
        return;
    }
    const Status status =
        server_.reply(exchange, {.status = record.status,
                                 .content = static_cast<http::Content>(record.content),
                                 .fields = *fields,
                                 .body = body});
    if (status == Status::header || status == Status::argument || status == Status::state) {
        server_.reply_fail(exchange, name(status));
    }
}

}  // namespace trivet::app
