#include "realtime/hub_part.h"

#include <new>
#include <utility>

#include "proto/sse/event.h"
#include "realtime/fan_out.h"

namespace trivet::realtime {
namespace {

constexpr std::string_view kHeartbeatChunk = "3\r\n:\n\n\r\n";
static_assert(sse::kHeartbeat == ":\n\n");
// Under SlowPolicy::close those that take nothing at all are looked for as often as this part of
// client_bytes_max is published.
constexpr std::uint64_t kLooksForSlow = 8;

}  // namespace

void Subscriber::on_ready() noexcept { part_.on_ready(*this); }
void Subscriber::on_gone() noexcept { part_.on_gone(*this); }
void Subscriber::on_released() noexcept { part_.on_released(*this); }

HubPart::HubPart(FanOut& fan_out, EventHub& hub, Memory& memory, io::Loop& loop, io::Timers& timers)
    : fan_out_(fan_out),
      hub_(hub),
      memory_(memory),
      loop_(loop),
      timers_(timers),
      seen_(hub.start({})),
      sent_ms_(loop.clock().now_ms()) {}

HubPart::~HubPart() {
    let_go_all();
    if (is_heart_beating_) {
        timers_.cancel(heart_slot_, heart_generation_);
    }
    hub_.release();
}

Subscriber* HubPart::add() noexcept {
    void* room = memory_.allocate(sizeof(Subscriber));
    if (room == nullptr) {
        return nullptr;
    }
    ++subscribers_;
    return new (room) Subscriber(*this);
}

void HubPart::discard(Subscriber& subscriber) noexcept {
    hub_.exit();
    subscriber.~Subscriber();
    memory_.release(&subscriber, sizeof(Subscriber));
    --subscribers_;
}

void HubPart::start(Subscriber& subscriber, http::Connection& connection, bool is_framed,
                    const Cursor& cursor) noexcept {
    subscriber.connection = &connection;
    subscriber.is_framed = is_framed;
    subscriber.cursor = cursor;
    busy_.push_back(subscriber);
    if (!is_heart_beating_) {
        start_heart(hub_.config().heartbeat_ms);
    }
}

void HubPart::on_published() noexcept { fan_out_.on_news(*this); }

void HubPart::on_ready(Subscriber& subscriber) noexcept {
    let_go(std::exchange(subscriber.sending, nullptr));
    const Cursor& cursor = subscriber.cursor;
    if (cursor.position == seen_.position && !cursor.is_replaying && !is_hub_closed_) {
        idle_.push_back(subscriber);
    } else {
        advance(subscriber);
    }
}

void HubPart::on_gone(Subscriber& subscriber) noexcept {
    static_cast<ListNode<SubscriberTag>&>(subscriber).unlink();
    hub_.exit();
}

void HubPart::on_released(Subscriber& subscriber) noexcept {
    if (subscriber.sending != nullptr) {
        let_go(subscriber.sending);
    }
    subscriber.~Subscriber();
    memory_.release(&subscriber, sizeof(Subscriber));
    --subscribers_;
    if (subscribers_ == 0 && !is_publishing_) {
        fan_out_.leave(*this);
    }
}

void HubPart::publish_here() noexcept {
    is_publishing_ = true;
    let_go_all();
    const Cursor from = seen_;
    const Step step = hub_.catch_up(seen_);
    is_hub_closed_ = step.is_end;
    if (seen_.position != from.position || is_hub_closed_) {
        send_to_idle(step, from);
    }
    if (hub_.config().policy == SlowPolicy::close) {
        close_slow();
    }
    is_publishing_ = false;
    if (subscribers_ == 0) {
        fan_out_.leave(*this);
    }
}

void HubPart::send_to_idle(const Step& step, const Cursor& from) noexcept {
    const EventLog::Run& run = step.run;
    const bool is_prompt = run.next != seen_.position || step.is_end;
    const Cursor behind{run.next, from.offset + run.bytes.size(), false};
    if (run.segment != nullptr) {
        run.segment->retain(subscribers_);
        sent_ms_ = loop_.clock().now_ms();
    }
    std::uint32_t sent = 0;
    List<Subscriber, SubscriberTag> others;
    while (Subscriber* subscriber = idle_.pop_front()) {
        if (run.segment == nullptr || subscriber->cursor.position != from.position ||
            !subscriber->is_framed) {
            others.push_back(*subscriber);
            continue;
        }
        subscriber->cursor = behind;
        subscriber->sending = run.segment;
        busy_.push_back(*subscriber);
        subscriber->connection->give(run.bytes, is_prompt);
        ++sent;
    }
    if (run.segment != nullptr) {
        run.segment->release(subscribers_ - sent + 1);
        count(delivered, std::uint64_t{sent} * run.events);
    }
    while (Subscriber* subscriber = others.pop_front()) {
        advance(*subscriber);
    }
}

void HubPart::advance(Subscriber& subscriber) noexcept {
    http::Connection& connection = *subscriber.connection;
    const Step step = hub_.step(subscriber.cursor, subscriber.is_framed);
    if (step.dropped > 0) {
        count(dropped, step.dropped);
    }
    if (step.superseded > 0) {
        count(superseded, step.superseded);
    }
    if (step.is_too_slow) {
        count(closed, 1);
        connection.abort("a subscriber that is too slow");
    } else if (step.is_end) {
        end(subscriber);
    } else if (step.run.segment == nullptr) {
        idle_.push_back(subscriber);
    } else {
        subscriber.sending = step.run.segment;
        busy_.push_back(subscriber);
        // What comes next may be there already, unlike behind what the idle ones are sent.
        connection.give(step.run.bytes, true);
        count(delivered, step.run.events);
    }
}

// The end of the answer: all was sent.
void HubPart::end(Subscriber& subscriber) noexcept {
    http::Connection& connection = *subscriber.connection;
    on_gone(subscriber);
    on_released(subscriber);
    connection.end_feed();
}

// Whoever still takes something is judged when it has; the others are found here.
void HubPart::close_slow() noexcept {
    const std::uint64_t bound = hub_.config().client_bytes_max;
    if (seen_.offset - looked_for_slow_ <= bound / kLooksForSlow) {
        return;
    }
    looked_for_slow_ = seen_.offset;
    List<Subscriber, SubscriberTag> rest;
    rest.splice(busy_);
    while (Subscriber* subscriber = rest.pop_front()) {
        busy_.push_back(*subscriber);
        if (!subscriber->cursor.is_replaying && seen_.offset - subscriber->cursor.offset > bound) {
            count(closed, 1);
            subscriber->connection->abort("a subscriber that is too slow");
        }
    }
}

void HubPart::let_go(Segment* segment) noexcept {
    if (segment == nullptr) {
        return;
    }
    if (segment != left_segment_) {
        let_go_all();
        left_segment_ = segment;
    }
    ++left_count_;
}

void HubPart::let_go_all() noexcept {
    if (left_count_ > 0) {
        left_segment_->release(left_count_);
    }
    left_segment_ = nullptr;
    left_count_ = 0;
}

void HubPart::start_heart(std::uint64_t delay_ms) noexcept {
    is_heart_beating_ = false;
    if (hub_.config().heartbeat_ms == 0) {
        return;
    }
    const io::Timers::Timer* timer = timers_.start(
        loop_.clock().now_ms() + delay_ms,
        [](void* self) { static_cast<HubPart*>(self)->on_heart(); }, this, nullptr);
    if (timer != nullptr) {  // else the next subscriber tries again
        heart_slot_ = timer->slot;
        heart_generation_ = timer->generation;
        is_heart_beating_ = true;
    }
}

void HubPart::on_heart() noexcept {
    const std::uint64_t silent_ms = loop_.clock().now_ms() - sent_ms_;
    const std::uint32_t heartbeat_ms = hub_.config().heartbeat_ms;
    if (silent_ms < heartbeat_ms) {
        start_heart(heartbeat_ms - silent_ms);
        return;
    }
    beat();
    start_heart(heartbeat_ms);
}

// Busy ones have something on its way.
void HubPart::beat() noexcept {
    sent_ms_ = loop_.clock().now_ms();
    while (Subscriber* subscriber = idle_.pop_front()) {
        busy_.push_back(*subscriber);
        // Prompt: should there be news behind it, its end is to be known.
        subscriber->connection->give(subscriber->is_framed ? kHeartbeatChunk : sse::kHeartbeat,
                                     true);
    }
}

}  // namespace trivet::realtime
