#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/list.h"
#include "http/server.h"
#include "io/timers.h"
#include "realtime/event_hub.h"

namespace trivet::realtime {

class FanOut;
class HubPart;

struct SubscriberTag {};

// A connection that gets the events of a hub: where it stands, and what it is sending. Owned by
// its part, from its making to on_released().
class Subscriber final : public http::Feed, public ListNode<SubscriberTag> {
public:
    explicit Subscriber(HubPart& part) noexcept : part_(part) {}

    void on_ready() noexcept override;
    void on_gone() noexcept override;
    void on_released() noexcept override;

    http::Connection* connection = nullptr;
    Cursor cursor;
    Segment* sending = nullptr;  // the segment of what was given last
    bool is_framed = false;      // in chunks

private:
    HubPart& part_;
};

// One hub's subscribers on one loop. Owned by its FanOut: it ends with its last subscriber. Loop
// thread only, but for on_published().
//
// An idle subscriber has had everything up to seen_, or came later; it is in idle_. All others are
// in busy_, and either send or are about to be told that they may.
class HubPart final : public HubListener {
public:
    // Takes over a reference to the hub.
    HubPart(FanOut& fan_out, EventHub& hub, Memory& memory, io::Loop& loop, io::Timers& timers);
    ~HubPart();
    HubPart(const HubPart&) = delete;
    HubPart& operator=(const HubPart&) = delete;

    EventHub& hub() noexcept { return hub_; }
    // nullptr when memory is out. A place at the hub was taken, which goes with the subscriber.
    Subscriber* add() noexcept;
    // Of a subscriber that was never given a connection.
    void discard(Subscriber& subscriber) noexcept;
    // The connection will tell when it is ready.
    void start(Subscriber& subscriber, http::Connection& connection, bool is_framed,
               const Cursor& cursor) noexcept;

    // Sends what is new.
    void publish_here() noexcept;
    bool is_empty() const noexcept { return subscribers_ == 0; }

    void on_published() noexcept override;
    void on_ready(Subscriber& subscriber) noexcept;
    void on_gone(Subscriber& subscriber) noexcept;
    void on_released(Subscriber& subscriber) noexcept;

    // The stack of parts with news.
    HubPart* next_with_news = nullptr;
    std::atomic<bool> has_news{false};
    bool has_left = false;  // its hub, and is to be destroyed

private:
    void send_to_idle(const Step& step, const Cursor& from) noexcept;
    // Sends a subscriber what comes next for it, if there is anything.
    void advance(Subscriber& subscriber) noexcept;
    void end(Subscriber& subscriber) noexcept;
    void close_slow() noexcept;
    // A reference that a send had; the next ones are most likely of the same segment.
    void let_go(Segment* segment) noexcept;
    void let_go_all() noexcept;

    void start_heart(std::uint64_t delay_ms) noexcept;
    void on_heart() noexcept;
    void beat() noexcept;

    FanOut& fan_out_;
    EventHub& hub_;
    Memory& memory_;
    io::Loop& loop_;
    io::Timers& timers_;
    List<Subscriber, SubscriberTag> idle_;
    List<Subscriber, SubscriberTag> busy_;
    Cursor seen_;                        // what publish_here() has looked at
    std::uint64_t looked_for_slow_ = 0;  // the offset
    std::uint32_t subscribers_ = 0;      // those released not among them
    Segment* left_segment_ = nullptr;
    std::uint32_t left_count_ = 0;
    std::uint64_t sent_ms_ = 0;
    std::uint32_t heart_slot_ = 0;
    std::uint32_t heart_generation_ = 0;
    bool is_heart_beating_ = false;
    bool is_hub_closed_ = false;
    bool is_publishing_ = false;
};

}  // namespace trivet::realtime
