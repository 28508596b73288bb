#include "io/clock.h"

#include <time.h>

namespace trivet::io {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kStaleNs = 200'000'000;
constexpr std::uint64_t kWallNsMax = 100'000'000;

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

void Clock::read_system() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    now_ns_ = nanoseconds(now) + forward_ns_;
    is_system_ = true;
    is_fresh_ = true;
    if (now_ns_ >= wall_end_ns_) {
        read_wall();
    }
}

// The second is known until it ends, but not for long: somebody may set the system's clock.
void Clock::read_wall() noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::uint64_t part_ns = static_cast<std::uint64_t>(now.tv_nsec) + forward_ns_;
    wall_seconds_ = now.tv_sec + static_cast<std::int64_t>(part_ns / kNsPerSecond);
    const std::uint64_t left_ns = kNsPerSecond - part_ns % kNsPerSecond;
    wall_end_ns_ = now_ns_ + (left_ns < kWallNsMax ? left_ns : kWallNsMax);
}

void Clock::put_forward(std::uint64_t by_ns) noexcept {
    forward_ns_ = by_ns;
    wall_end_ns_ = 0;
    read_system();
}

bool Clock::is_stale() const noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return is_system_ && nanoseconds(now) + forward_ns_ > now_ns_ + kStaleNs;
}

}  // namespace trivet::io
