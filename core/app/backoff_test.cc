#include "app/backoff.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

TEST(Backoff, replaces_a_healthy_worker_at_once) {
    Backoff backoff;
    EXPECT_FALSE(backoff.count_end(true, Backoff::kHealthyMs));
    EXPECT_EQ(backoff.failures(), 0u);
}

TEST(Backoff, doubles_the_delay_of_workers_that_never_became_ready) {
    Backoff backoff;
    for (const std::uint64_t expected :
         {100u, 200u, 400u, 800u, 1'600u, 3'200u, 6'400u, 10'000u, 10'000u}) {
        EXPECT_TRUE(backoff.count_end(false, 0));
        EXPECT_EQ(backoff.delay_ms(0), expected);
    }
    EXPECT_EQ(backoff.failures(), 9u);
}

TEST(Backoff, waits_a_second_at_most_for_workers_that_had_been_ready) {
    Backoff backoff;
    for (const std::uint64_t expected : {100u, 200u, 400u, 800u, 1'000u, 1'000u}) {
        EXPECT_TRUE(backoff.count_end(true, Backoff::kHealthyMs - 1));
        EXPECT_EQ(backoff.delay_ms(0), expected);
    }
    EXPECT_TRUE(backoff.count_end(false, 0));
    EXPECT_EQ(backoff.delay_ms(0), 6'400u) << "the limit is that of the latest end";
}

TEST(Backoff, forgets_its_failures_after_a_second_of_health) {
    Backoff backoff;
    backoff.count_end(false, 0);
    backoff.count_end(false, 0);
    EXPECT_FALSE(backoff.count_end(true, 5'000));
    EXPECT_TRUE(backoff.count_end(false, 0));
    EXPECT_EQ(backoff.failures(), 1u);
    EXPECT_EQ(backoff.delay_ms(0), 100u);
}

TEST(Backoff, takes_at_most_a_quarter_off_at_random) {
    Backoff backoff;
    backoff.count_end(false, 0);
    for (std::uint64_t random = 0; random < 100; ++random) {
        EXPECT_GE(backoff.delay_ms(random), 75u);
        EXPECT_LE(backoff.delay_ms(random), 100u);
    }
    EXPECT_NE(backoff.delay_ms(1), backoff.delay_ms(2));
}

TEST(Backoff, survives_any_number_of_failures) {
    Backoff backoff;
    for (int count = 0; count < 1'000; ++count) {
        backoff.count_end(false, 0);
    }
    EXPECT_EQ(backoff.delay_ms(0), Backoff::kDelayMaxMs);
}

}  // namespace
}  // namespace trivet::app
