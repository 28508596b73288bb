#include "realtime/fan_out.h"

#include <new>

#include "realtime/event_stream.h"

namespace trivet::realtime {

FanOut::~FanOut() {
    // Parts end with their subscribers, who have ended with the server; one that had news then
    // could not be destroyed.
    for (HubPart* part = news_.exchange(nullptr); part != nullptr;) {
        HubPart* const next = part->next_with_news;
        destroy(*part);
        part = next;
    }
}

Status FanOut::subscribe(http::Exchange& exchange, EventHub& hub,
                         std::optional<std::string_view> last_id,
                         std::span<const http1::HeaderView> fields) noexcept {
    const bool is_unread = exchange.content != nullptr && !exchange.content->is_read();
    if (exchange.answer.is_begun || exchange.is_in_after_hooks || is_unread) {
        return Status::state;
    }
    if (exchange.connection == nullptr || (exchange.view.flags & http::kGone) != 0) {
        server_.break_off(exchange);
        return Status::gone;
    }
    HubPart* const part = part_of(hub);
    if (part == nullptr) {
        server_.break_off(exchange);
        return Status::memory;
    }
    if (!last_id) {
        const http1::HeaderView* field = exchange.find_header("last-event-id");
        last_id = field != nullptr ? std::string_view(field->value) : std::string_view{};
    }
    const Status status = attach(exchange, *part, *last_id, fields);
    if (part->is_empty()) {
        leave(*part);
    }
    return status;
}

Status FanOut::attach(http::Exchange& exchange, HubPart& part, std::string_view last_id,
                      std::span<const http1::HeaderView> fields) noexcept {
    EventHub& hub = part.hub();
    const Status entered = hub.enter();
    if (entered != Status::ok) {
        return entered;
    }
    Subscriber* const subscriber = part.add();
    if (subscriber == nullptr) {
        hub.exit();
        server_.break_off(exchange);
        return Status::memory;
    }
    const StreamConfig config{
        .heartbeat_ms = 0, .retry_ms = hub.config().retry_ms, .fields = fields};
    exchange.answer.is_plain = true;  // its events are sent to others as they are
    const Status begun = begin_stream(server_, exchange, config);
    if (begun != Status::ok) {
        part.discard(*subscriber);
        return begun;
    }
    if (exchange.answer.framing == http::Framing::none) {  // HEAD
        part.discard(*subscriber);
        return server_.finish(exchange);
    }
    const bool is_framed = exchange.answer.framing == http::Framing::chunked;
    part.start(*subscriber, *exchange.connection, is_framed, hub.start(last_id));
    server_.hand_over(exchange, *subscriber);
    return Status::ok;
}

HubPart* FanOut::part_of(EventHub& hub) noexcept {
    if (HubListener* known = hub.listener(loop_)) {
        return static_cast<HubPart*>(known);
    }
    void* room = memory_.allocate(sizeof(HubPart));
    if (room == nullptr) {
        return nullptr;
    }
    hub.retain();
    auto* part = new (room) HubPart(*this, hub, memory_, server_.loop(), timers_);
    hub.join(loop_, *part);
    return part;
}

void FanOut::leave(HubPart& part) noexcept {
    part.hub().leave(loop_);
    if (part.has_news.load(std::memory_order_acquire)) {
        part.has_left = true;  // it is in the stack: run() destroys it
    } else {
        destroy(part);
    }
}

void FanOut::destroy(HubPart& part) noexcept {
    part.~HubPart();
    memory_.release(&part, sizeof(HubPart));
}

void FanOut::on_news(HubPart& part) noexcept {
    if (part.has_news.exchange(true, std::memory_order_seq_cst)) {
        return;
    }
    HubPart* first = news_.load(std::memory_order_relaxed);
    do {
        part.next_with_news = first;
    } while (!news_.compare_exchange_weak(first, &part, std::memory_order_seq_cst,
                                          std::memory_order_relaxed));
    waker_.wake_for_news();
}

void FanOut::run() noexcept {
    for (HubPart* part = news_.exchange(nullptr, std::memory_order_seq_cst); part != nullptr;) {
        HubPart* const next = part->next_with_news;
        part->has_news.store(false, std::memory_order_seq_cst);
        if (part->has_left) {
            destroy(*part);
        } else {
            part->publish_here();
        }
        part = next;
    }
}

}  // namespace trivet::realtime
