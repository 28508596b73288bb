#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/fd.h"
#include "base/status_gen.h"
#include "io/clock.h"
#include "io/loop.h"

namespace trivet::app {

// What tests do to a loop that has no listener: connections from within the process, and a clock
// that they put forward. Owned by its worker. connect() and advance() may be called from any
// thread, the rest by the loop's; what they ask for waits until the loop's next turn.
class Injection {
public:
    static constexpr std::size_t kWaitingMax = 1024;  // connections that the loop has not taken
    static constexpr std::uint64_t kForwardMsMax = std::uint64_t{1} << 40;  // in all

    Injection() = default;
    Injection(const Injection&) = delete;
    Injection& operator=(const Injection&) = delete;

    // Status::state: closed. Status::limit: too many wait. Status::system: errno says why.
    Status connect(Fd& client) noexcept;
    // Status::limit: beyond kForwardMsMax; nothing has changed.
    Status advance(std::uint64_t milliseconds) noexcept;

    bool is_due() const noexcept {
        return has_waiting_.load(std::memory_order_seq_cst) ||
               forward_ms_.load(std::memory_order_seq_cst) != applied_ms_;
    }
    void apply(io::Clock& clock) noexcept;
    // Hands over what waits.
    void accept(io::AcceptHandler& handler) noexcept;
    // Nothing comes any more; what waits may still be accepted.
    void close() noexcept;

private:
    std::mutex guard_;
    std::array<Fd, kWaitingMax> waiting_;
    std::size_t count_ = 0;
    bool is_closed_ = false;
    std::atomic<bool> has_waiting_{false};
    std::atomic<std::uint64_t> forward_ms_{0};
    std::uint64_t applied_ms_ = 0;  // of the loop's thread
};

}  // namespace trivet::app
