#include "base/thread.h"

#include <gtest/gtest.h>

#include <csignal>

namespace trivet {
namespace {

TEST(ThreadTest, runs_the_body_with_its_argument) {
    int seen = 0;
    Thread thread;
    ASSERT_TRUE(thread.start([](void* argument) { *static_cast<int*>(argument) = 7; }, &seen));
    EXPECT_TRUE(thread.is_running());
    thread.join();
    EXPECT_EQ(seen, 7);
    EXPECT_FALSE(thread.is_running());
}

TEST(ThreadTest, handles_no_signal_and_leaves_the_mask_of_the_one_that_starts_it) {
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    sigset_t within;
    Thread thread;
    ASSERT_TRUE(thread.start(
        [](void* set) { pthread_sigmask(SIG_SETMASK, nullptr, static_cast<sigset_t*>(set)); },
        &within));
    thread.join();
    EXPECT_EQ(sigismember(&within, SIGTERM), 1);
    EXPECT_EQ(sigismember(&within, SIGUSR1), 1);
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    EXPECT_EQ(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
}

TEST(ThreadTest, may_be_started_again_and_is_joined_at_its_end) {
    int runs = 0;
    const auto count = [](void* argument) { ++*static_cast<int*>(argument); };
    {
        Thread thread;
        ASSERT_TRUE(thread.start(count, &runs));
        thread.join();
        ASSERT_TRUE(thread.start(count, &runs));
    }
    EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace trivet
