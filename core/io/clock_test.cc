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
    const std::time_t before = std::time(nullptr) - 1;  // the coarse clock may lag
    clock.read_system();
    EXPECT_GE(clock.wall_seconds(), before);
    EXPECT_LE(clock.wall_seconds(), std::time(nullptr));
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
