#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace trivet::io {

// What a loop asks of the kernel and of the C library. With io_uring an accept, a receive and a
// send are entries of the submission queue.
enum class Call : std::uint8_t {
    accept,
    receive,
    send,
    epoll_control,
    epoll_wait,
    epoll_create,
    eventfd,
    map,
    allocate,
    ring_set_up,
    ring_buffers,
    ring_submit,
    ring_eventfd,
};
inline constexpr std::size_t kCallCount = 13;

// Makes calls of the test's thread fail, for as long as it lives. The test program is linked so
// that the calls come past here (TEST_WRAPS in CMakeLists.txt); every other thread's go through.
class Faults {
public:
    Faults();
    ~Faults();
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;

    // The n-th call of a kind from now on fails, counted from 1, or all from the n-th on.
    void fail(Call call, std::uint64_t first, int error, bool is_lasting = false);
    void stop();
    bool has_failed() const { return has_failed_; }
    std::uint64_t count(Call call) const { return counts_[static_cast<std::size_t>(call)]; }

    // Counts a call; the errno it shall fail with, 0 to let it through.
    int next(Call call);

private:
    std::array<std::uint64_t, kCallCount> counts_{};
    Call failing_ = Call::accept;
    std::uint64_t first_ = 0;
    int error_ = 0;
    bool is_lasting_ = false;
    bool has_failed_ = false;
};

}  // namespace trivet::io
