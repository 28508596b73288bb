#include "io/wakeup.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

namespace trivet::io {
namespace {

bool is_readable(const Wakeup& wakeup, int timeout_ms = 0) {
    pollfd fd{wakeup.fd(), POLLIN, 0};
    return ::poll(&fd, 1, timeout_ms) == 1;
}

TEST(Wakeup, is_readable_from_a_wake_to_its_acknowledgement) {
    Wakeup wakeup;
    ASSERT_EQ(wakeup.open(), 0);
    EXPECT_FALSE(is_readable(wakeup));
    wakeup.wake();
    wakeup.wake();
    EXPECT_TRUE(is_readable(wakeup));
    wakeup.acknowledge();
    EXPECT_FALSE(is_readable(wakeup));
    wakeup.wake();
    EXPECT_TRUE(is_readable(wakeup));
    wakeup.acknowledge();
    wakeup.acknowledge();
    EXPECT_FALSE(is_readable(wakeup));
}

TEST(Wakeup, keeps_errno_for_signal_handlers) {
    Wakeup wakeup;
    errno = 77;
    wakeup.wake();
    EXPECT_EQ(errno, 77);
}

TEST(Wakeup, loses_nothing_that_was_handed_over_before_it) {
    Wakeup wakeup;
    ASSERT_EQ(wakeup.open(), 0);
    constexpr std::uint64_t kThreads = 3;
    constexpr std::uint64_t kEach = 3000;
    std::atomic<std::uint64_t> handed_over{0};
    std::vector<std::thread> threads;
    for (std::uint64_t index = 0; index < kThreads; ++index) {
        threads.emplace_back([&] {
            for (std::uint64_t count = 0; count < kEach; ++count) {
                ++handed_over;
                wakeup.wake();
            }
        });
    }
    std::uint64_t seen = 0;
    while (seen < kThreads * kEach) {
        ASSERT_TRUE(is_readable(wakeup, 30'000))
            << "asleep with " << handed_over - seen << " unseen";
        wakeup.acknowledge();
        seen = handed_over;
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace trivet::io
