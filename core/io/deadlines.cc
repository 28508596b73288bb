#include "io/deadlines.h"

namespace trivet::io {

void Deadlines::set(Deadline& item, std::uint64_t deadline_ms) noexcept {
    item.deadline_ms = deadline_ms;
    if (deadline_ms < item.filed_ms) {
        file(item);
    }
}

void Deadlines::file(Deadline& item) noexcept {
    std::uint64_t tick = item.deadline_ms / kTickMs;
    if (tick < tick_) {
        tick = tick_;
    } else if (tick >= tick_ + kSlots) {
        tick = tick_ + kSlots - 1;
    }
    item.filed_ms = (tick + 1) * kTickMs - 1;
    if (item.filed_ms < item.deadline_ms && tick != tick_ + kSlots - 1) {
        item.filed_ms = item.deadline_ms;
    }
    slots_[tick % kSlots].push_back(item);
    next_tick_ = tick < next_tick_ ? tick : next_tick_;
}

void Deadlines::find_next() noexcept {
    for (std::uint64_t offset = 0; offset < kSlots; ++offset) {
        if (!slots_[(tick_ + offset) % kSlots].empty()) {
            next_tick_ = tick_ + offset;
            return;
        }
    }
    next_tick_ = Deadline::kNone;
}

}  // namespace trivet::io
