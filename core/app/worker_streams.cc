// Content in pieces: what the program is told of it, by callback or event.
#include <span>
#include <utility>

#include "app/loop_directory.h"
#include "app/worker.h"

namespace trivet::app {
namespace {

Status status_of(const http::ContentRead& read) {
    switch (read.failure) {
        case http::ContentFailure::none:
            return read.bytes.empty() && !read.is_end ? Status::again : Status::ok;
        case http::ContentFailure::gone:
            return Status::gone;
        case http::ContentFailure::limit:
            return Status::limit;
        case http::ContentFailure::timeout:
            return Status::timeout;
        case http::ContentFailure::malformed:
            return Status::protocol;
        case http::ContentFailure::memory:
            break;
    }
    return Status::memory;
}

}  // namespace

void Worker::choose_content(const http::Exchange& exchange, http::ContentPolicy& policy) noexcept {
    const Route& route = app_.route(exchange.route);
    policy.is_streamed = route.is_streamed;
    if (route.decompress != Decompress::inherit) {
        policy.is_decoded = route.decompress == Decompress::on;
    }
}

Status Worker::read(http::Exchange& exchange, Str& bytes) noexcept {
    if (exchange.content != nullptr && exchange.form() != nullptr) {
        bytes = {};
        return Status::state;
    }
    const http::ContentRead read = server_.read(exchange);
    bytes = read.bytes;
    return status_of(read);
}

Status Worker::read_form(http::Exchange& exchange, const http::FormConfig& config) noexcept {
    return is_valid(config) ? server_.read_form(exchange, config) : Status::argument;
}

void Worker::on_gone(http::Exchange& exchange) noexcept {
    if (exchange.is_file) {
        return;  // nobody but the file answers any more, and it finds out
    }
    tell_ready(exchange, http::Ready::gone, EventKind::gone);
}

void Worker::on_readable(http::Exchange& exchange) noexcept {
    const bool is_read_posted = std::exchange(exchange.is_read_posted, false);
    const bool is_form_posted = std::exchange(exchange.is_form_posted, false);
    if (is_read_posted) {
        exchange.is_content_due = true;
        push_event(exchange, EventKind::content);
    }
    if (is_form_posted) {
        push_event(exchange, EventKind::form);
    }
    if (!is_read_posted && !is_form_posted) {
        tell_ready(exchange, http::Ready::read, EventKind::readable);
    }
}

void Worker::on_writable(http::Exchange& exchange) noexcept {
    if (exchange.is_file) {
        files_.on_writable(exchange);
    } else if (std::exchange(exchange.is_write_posted, false)) {
        push_event(exchange, EventKind::writable);
    } else if (!exchange.is_answer_posted) {
        tell_ready(exchange, http::Ready::write, EventKind::writable);
    }
}

void Worker::tell_ready(http::Exchange& exchange, http::Ready ready, EventKind kind) noexcept {
    const http::ReadyCallback& callback = exchange.ready();
    if (callback.function != nullptr) {
        callback.function(handle_of(exchange), static_cast<std::uint32_t>(ready),
                          callback.user_data);
    } else {
        push_event(exchange, kind);
    }
}

void Worker::push_event(const http::Exchange& exchange, EventKind kind) noexcept {
    Event event;
    event.kind = static_cast<std::uint32_t>(kind);
    event.request = handle_of(exchange);
    event.user_data = app_.route(exchange.route).user_data;
    if (kind == EventKind::gone && exchange.connection == nullptr) {
        event.status = static_cast<std::int32_t>(Status::gone);  // nothing can be sent any more
    }
    events_.push(event);
}

std::size_t Worker::hand_out(Event* events, std::size_t capacity) noexcept {
    const std::size_t count = events_.pop(events, capacity);
    std::size_t kept = 0;
    for (std::size_t index = 0; index < count; ++index) {
        if (!is_in_vain(events[index]) && fill_content(events[index])) {
            events[kept++] = events[index];
        }
    }
    return kept;
}

// Of a request whose client left before anybody could begin it: it ends here, and what was to be
// told of it as well.
bool Worker::is_in_vain(const Event& event) noexcept {
    const bool is_request = event.kind == static_cast<std::uint32_t>(EventKind::request);
    if (!is_request && event.kind != static_cast<std::uint32_t>(EventKind::gone)) {
        return false;
    }
    http::Exchange* const exchange = find_exchange(event.request);
    if (exchange == nullptr) {
        return true;
    }
    return is_request && server_.drop_if_left(*exchange);
}

bool Worker::fill_content(Event& event) noexcept {
    if (event.kind == static_cast<std::uint32_t>(EventKind::form) && event.status == 0) {
        fill_form(event);
        return true;
    }
    if (event.kind != static_cast<std::uint32_t>(EventKind::content) || event.status != 0) {
        return true;
    }
    http::Exchange* exchange = find_exchange(event.request);
    if (exchange == nullptr) {
        event.status = static_cast<std::int32_t>(Status::stale);
        return true;
    }
    exchange->is_content_due = false;
    const Status status = read(*exchange, event.content);
    exchange->is_read_posted = status == Status::again;
    event.status = static_cast<std::int32_t>(status);
    return status != Status::again;
}

void Worker::fill_form(Event& event) noexcept {
    const http::Exchange* const exchange = find_exchange(event.request);
    const http::Form* const form = exchange == nullptr ? nullptr : exchange->form();
    event.status =
        static_cast<std::int32_t>(form == nullptr ? Status::stale : form->fault().status);
}

http::Exchange* Worker::find_exchange(RequestHandle request) noexcept {
    HandleParts parts{};
    http::Exchange* const exchange = split_handle(request, parts) && parts.loop == membership_.index
                                         ? server_.find(parts.slot, parts.generation)
                                         : nullptr;
    return exchange != nullptr && exchange->is_file ? nullptr : exchange;  // its handler is done
}

}  // namespace trivet::app
