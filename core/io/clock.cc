#include "io/clock.h"

#include <time.h>

namespace trivet::io {
namespace {

constexpr std::uint64_t kStaleNs = 200'000'000;

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

void Clock::read_system() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ns_ = nanoseconds(now);
    is_system_ = true;
    is_fresh_ = true;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    wall_seconds_ = now.tv_sec;
}

bool Clock::is_stale() const noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return is_system_ && nanoseconds(now) > now_ns_ + kStaleNs;
}

}  // namespace trivet::io
