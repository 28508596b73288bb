#include "io/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace trivet::io {
namespace {

TEST(Clock, stands_still_until_it_is_read) {
    Clock clock;
    EXPECT_EQ(clock.now_ns(), 0u);
    clock.read_system();
    const std::uint64_t first = clock.now_ns();
    EXPECT_GT(first, 0u);
    EXPECT_EQ(clock.now_ns(), first);
    clock.read_system();
    EXPECT_GE(clock.now_ns(), first);
    EXPECT_EQ(clock.now_ms(), clock.now_ns() / 1'000'000);
}

TEST(Clock, knows_the_time_of_day) {
    Clock clock;
    std::timespec before{};
    std::timespec after{};
    std::timespec_get(&before, TIME_UTC);
    clock.read_system();
    std::timespec_get(&after, TIME_UTC);
    EXPECT_GE(clock.wall_seconds(), before.tv_sec);
    EXPECT_LE(clock.wall_seconds(), after.tv_sec);
}

TEST(Clock, lags_behind_the_time_of_day_by_no_more_than_it_says) {
    Clock clock;
    clock.read_system();
    const std::uint64_t begin_ns = clock.now_ns();
    while (clock.now_ns() < begin_ns + 1'100'000'000) {  // a second ends meanwhile
        std::timespec before{};
        std::timespec after{};
        std::timespec_get(&before, TIME_UTC);
        clock.read_system();
        std::timespec_get(&after, TIME_UTC);
        constexpr long kLagNs = 1'000'000;  // the two clocks are not read at once
        EXPECT_GE(clock.wall_seconds(), before.tv_sec - (before.tv_nsec < kLagNs ? 1 : 0));
        EXPECT_LE(clock.wall_seconds(), after.tv_sec);
    }
}

TEST(Clock, is_put_forward_and_goes_on_from_there) {
    constexpr std::uint64_t kHourNs = 3'600'000'000'000;
    Clock clock;
    clock.read_system();
    const std::uint64_t begin_ns = clock.now_ns();
    const std::int64_t begin = clock.wall_seconds();
    clock.put_forward(kHourNs);
    EXPECT_GE(clock.now_ns(), begin_ns + kHourNs);
    EXPECT_GE(clock.wall_seconds(), begin + 3600);
    EXPECT_LE(clock.wall_seconds(), begin + 3660);
    EXPECT_FALSE(clock.is_stale());
    const std::uint64_t then_ns = clock.now_ns();
    clock.read_system();
    EXPECT_GE(clock.now_ns(), then_ns);
    EXPECT_LT(clock.now_ns(), then_ns + kHourNs);
}

TEST(Clock, is_set_by_tests) {
    Clock clock;
    clock.set(1'999'999, 784'111'777);
    EXPECT_EQ(clock.now_ms(), 1u);
    EXPECT_EQ(clock.now_ns(), 1'999'999u);
    EXPECT_EQ(clock.wall_seconds(), 784'111'777);
}

}  // namespace
}  // namespace trivet::io
