#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "http/server.h"
#include "io/timers.h"
#include "realtime/event_hub.h"
#include "realtime/hub_part.h"

namespace trivet::realtime {

// Has the loop take a turn soon: news wait. Any thread.
class Waker {
public:
    virtual void wake_for_news() noexcept = 0;

protected:
    ~Waker() = default;
};

// One loop's part in all hubs: sends what is published to the subscribers among its connections.
// Owned by its worker and outlives its server's connections. Loop thread only, but for what hubs
// call.
//
// A subscriber is idle when it has had everything, and then a publication costs it one send of
// shared bytes; while it is busy it costs nothing: its own pace says when it looks at the log
// again.
class FanOut {
public:
    // `loop` is below EventHub::kLoopsMax and no other FanOut's.
    FanOut(unsigned loop, Memory& memory, http::Server& server, io::Timers& timers,
           Waker& waker) noexcept
        : loop_(loop), memory_(memory), server_(server), timers_(timers), waker_(waker) {}
    ~FanOut();
    FanOut(const FanOut&) = delete;
    FanOut& operator=(const FanOut&) = delete;

    // Answers an exchange with the events of a hub; with Status::ok it has ended. `last_id`
    // replaces the request's Last-Event-ID. Status::stale: the hub is closed; limit: it has no
    // room; state: answered before, or its content is not read; these, argument and header leave it
    // unanswered.
    Status subscribe(http::Exchange& exchange, EventHub& hub,
                     std::optional<std::string_view> last_id,
                     std::span<const http1::HeaderView> fields) noexcept;

    bool has_news() const noexcept { return news_.load(std::memory_order_seq_cst) != nullptr; }
    // Sends what was published. Once a turn, after the loop's dispatch.
    void run() noexcept;

    // For the parts. Something was published; on any thread.
    void on_news(HubPart& part) noexcept;
    // The last subscriber has left.
    void leave(HubPart& part) noexcept;

private:
    HubPart* part_of(EventHub& hub) noexcept;
    void destroy(HubPart& part) noexcept;
    Status attach(http::Exchange& exchange, HubPart& part, std::string_view last_id,
                  std::span<const http1::HeaderView> fields) noexcept;

    const unsigned loop_;
    Memory& memory_;
    http::Server& server_;
    io::Timers& timers_;
    Waker& waker_;
    std::atomic<HubPart*> news_{nullptr};  // a stack of those with news
};

}  // namespace trivet::realtime
