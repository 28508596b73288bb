#pragma once

#include <cstdint>

namespace trivet::app {

// When the next worker of a slot may start. A worker that lived at least kHealthyMs after it was
// ready is replaced at once; others are failures, whose delays double up to a limit. Owned by its
// slot.
class Backoff {
public:
    static constexpr std::uint64_t kHealthyMs = 1'000;
    static constexpr std::uint64_t kFirstDelayMs = 100;
    static constexpr std::uint64_t kDelayMaxMs = 10'000;
    static constexpr std::uint64_t kReadyDelayMaxMs = 1'000;  // after a worker that had been ready

    // Counts a worker's end; true when it was a failure. `ready_ms` is how long it had been ready.
    bool count_end(bool was_ready, std::uint64_t ready_ms) noexcept;
    // After the latest failure; `random` takes up to a quarter off, so that the workers of several
    // slots and hosts that fail together do not start together.
    std::uint64_t delay_ms(std::uint64_t random) const noexcept;

    // Failures in a row.
    std::uint32_t failures() const noexcept { return failures_; }

private:
    std::uint32_t failures_ = 0;
    std::uint64_t limit_ms_ = kDelayMaxMs;
};

}  // namespace trivet::app
