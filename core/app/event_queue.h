#pragma once

#include <cstddef>
#include <cstdint>

#include "base/memory.h"
#include "http/exchange.h"

namespace trivet::app {

enum class EventKind : std::uint32_t {
    request = 1,
    gone = 2,
    watch = 3,
    drained = 4,
    readable = 5,
    writable = 6,
    content = 7,
    form = 8
};

// One event of a turn, laid out like the ABI's trivet_event.
struct Event {
    std::uint32_t kind = 0;
    std::uint32_t ready = 0;
    std::uint64_t request = 0;
    const http::RequestView* view = nullptr;
    void* user_data = nullptr;
    std::int32_t fd = 0;
    std::int32_t status = 0;
    Str content;  // filled in when the event is handed out, for until then its request may end
};

// Events that wait to be handed out, a growing ring. Its length is bounded by the exchanges (six
// events each), the steps that other threads have posted and the watched descriptors. Loop thread
// only.
class EventQueue {
public:
    explicit EventQueue(Memory& memory) noexcept : memory_(memory) {}
    ~EventQueue() { memory_.release(ring_, sizeof(Event) * capacity_); }
    EventQueue(const EventQueue&) = delete;
    EventQueue& operator=(const EventQueue&) = delete;

    bool push(const Event& event) noexcept {
        if (count_ == capacity_ && !grow()) {
            return false;
        }
        ring_[(first_ + count_) & (capacity_ - 1)] = event;
        ++count_;
        return true;
    }
    // The last event there will be; it needs no memory, so that it cannot be lost.
    void end_with(const Event& event) noexcept {
        last_ = event;
        has_last_ = true;
    }
    // Moves up to `room` events to `out`; gives their number.
    std::size_t pop(Event* out, std::size_t room) noexcept {
        std::size_t moved = 0;
        while (moved < room && count_ > 0) {
            out[moved++] = ring_[first_];
            first_ = (first_ + 1) & (capacity_ - 1);
            --count_;
        }
        if (moved < room && has_last_) {
            out[moved++] = last_;
            has_last_ = false;
        }
        return moved;
    }
    bool empty() const noexcept { return count_ == 0 && !has_last_; }

private:
    bool grow() noexcept {
        const std::size_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
        auto* bigger = static_cast<Event*>(memory_.allocate(sizeof(Event) * capacity));
        if (bigger == nullptr) {
            return false;
        }
        const std::size_t count = count_;
        for (std::size_t index = 0; index < count; ++index) {
            bigger[index] = ring_[(first_ + index) & (capacity_ - 1)];
        }
        memory_.release(ring_, sizeof(Event) * capacity_);
        ring_ = bigger;
        capacity_ = capacity;
        first_ = 0;
        return true;
    }

    Memory& memory_;
    Event* ring_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    Event last_;
    bool has_last_ = false;
};

}  // namespace trivet::app
