#include "app/backoff.h"

#include <algorithm>

namespace trivet::app {

bool Backoff::count_end(bool was_ready, std::uint64_t ready_ms) noexcept {
    if (was_ready && ready_ms >= kHealthyMs) {
        failures_ = 0;
        return false;
    }
    if (failures_ < UINT32_MAX) {
        ++failures_;
    }
    limit_ms_ = was_ready ? kReadyDelayMaxMs : kDelayMaxMs;
    return true;
}

std::uint64_t Backoff::delay_ms(std::uint64_t random) const noexcept {
    constexpr std::uint32_t kDoublingsMax = 16;
    const std::uint32_t doublings = std::min(failures_ > 0 ? failures_ - 1 : 0, kDoublingsMax);
    const std::uint64_t delay = std::min(kFirstDelayMs << doublings, limit_ms_);
    return delay - random % (delay / 4 + 1);
}

}  // namespace trivet::app
