#include "io/clock.h"

#include <time.h>

namespace trivet::io {

void Clock::read_system() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ns_ = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
              static_cast<std::uint64_t>(now.tv_nsec);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    wall_seconds_ = now.tv_sec;
}

}  // namespace trivet::io
