#pragma once

#include <cstdint>

#include "base/list.h"

namespace trivet::io {

struct DeadlineTag {};

// Something with a deadline. The deadline may be moved later by a plain write; the wheel finds out
// when the old one is reached. To move it earlier, use Deadlines::set.
struct Deadline : ListNode<DeadlineTag> {
    static constexpr std::uint64_t kNone = ~std::uint64_t{0};
    std::uint64_t deadline_ms = kNone;
    std::uint64_t filed_ms = kNone;  // when the wheel will look at it
};

// Coarse deadlines of many connections: a hashed wheel of lists, looked at kTickMs apart. Setting
// costs nothing while deadlines only move later, which is what happens with every request. Loop
// thread only; never fails.
class Deadlines {
public:
    static constexpr std::uint64_t kTickMs = 128;
    static constexpr std::uint64_t kSlots = 512;

    explicit Deadlines(std::uint64_t now_ms) noexcept : tick_(now_ms / kTickMs) {}

    void set(Deadline& item, std::uint64_t deadline_ms) noexcept;
    // Calls `expire(Deadline&)` for everything whose deadline has passed; the item is unfiled
    // before.
    template <typename Expire>
    void run(std::uint64_t now_ms, Expire expire) noexcept;
    // When run() should be called next, at the earliest; Deadline::kNone when nothing is filed.
    std::uint64_t next_ms() const noexcept {
        return next_tick_ == Deadline::kNone ? Deadline::kNone : (next_tick_ + 1) * kTickMs;
    }

private:
    void file(Deadline& item) noexcept;
    void find_next() noexcept;

    List<Deadline, DeadlineTag> slots_[kSlots];
    std::uint64_t tick_;                         // slots before this tick were looked at
    std::uint64_t next_tick_ = Deadline::kNone;  // no filled slot lies before it
};

template <typename Expire>
void Deadlines::run(std::uint64_t now_ms, Expire expire) noexcept {
    const std::uint64_t now_tick = now_ms / kTickMs;
    if (next_tick_ >= now_tick) {
        tick_ = now_tick > tick_ ? now_tick : tick_;
        return;
    }
    // A long sleep passes every slot at most once.
    if (now_tick - tick_ > kSlots) {
        tick_ = now_tick - kSlots;
    }
    while (tick_ < now_tick) {
        List<Deadline, DeadlineTag> due;
        due.splice(slots_[tick_ % kSlots]);
        ++tick_;
        while (Deadline* item = due.pop_front()) {
            item->filed_ms = Deadline::kNone;
            if (item->deadline_ms == Deadline::kNone) {
                continue;
            }
            if (item->deadline_ms <= now_ms) {
                item->deadline_ms = Deadline::kNone;
                expire(*item);
            } else {
                file(*item);
            }
        }
    }
    find_next();
}

}  // namespace trivet::io
