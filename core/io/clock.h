#pragma once

#include <cstdint>
#include <utility>

namespace trivet::io {

// Time of a loop, read once a turn so that everything within one turn agrees. The simulation sets
// it.
class Clock {
public:
    // Milliseconds of a monotonic clock.
    std::uint64_t now_ms() const noexcept { return now_ns_ / 1'000'000; }
    std::uint64_t now_ns() const noexcept { return now_ns_; }
    // Seconds since the epoch.
    std::int64_t wall_seconds() const noexcept { return wall_seconds_; }

    void read_system() noexcept;
    // Whether that was long ago: whoever reads it once a turn is held up.
    bool is_stale() const noexcept;
    // Whether nobody has asked since it was read; once.
    bool take_fresh() noexcept { return std::exchange(is_fresh_, false); }
    // Puts the time forward, of day as well, by so much in all; it goes on from there.
    void put_forward(std::uint64_t by_ns) noexcept;
    void set(std::uint64_t now_ns, std::int64_t wall_seconds) noexcept {
        now_ns_ = now_ns;
        wall_seconds_ = wall_seconds;
    }

private:
    void read_wall() noexcept;

    std::uint64_t now_ns_ = 0;
    std::uint64_t forward_ns_ = 0;   // that tests have added
    std::uint64_t wall_end_ns_ = 0;  // when the wall clock is to be read again
    std::int64_t wall_seconds_ = 0;
    bool is_system_ = false;
    bool is_fresh_ = false;
};

}  // namespace trivet::io
