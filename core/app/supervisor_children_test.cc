// Start and end of worker processes.
#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

TEST(SupervisorChildren, replaces_a_worker_that_was_killed_and_leaks_nothing) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    std::size_t descriptors = 0;
    for (std::size_t round = 0; round < 3; ++round) {
        ::kill(supervised.worker(round + 1), SIGKILL);
        ASSERT_TRUE(supervised.is_ready(round + 3)) << supervised.output();
        if (round == 0) {
            descriptors = supervised.descriptors();
        }
    }
    EXPECT_EQ(supervised.descriptors(), descriptors);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    EXPECT_NE(supervised.output().find("signal SIGKILL"), std::string::npos);
}

TEST(SupervisorChildren, replaces_a_worker_that_drained_by_itself) {
    Supervised supervised({.config = {.port = 0, .workers = 1}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    const auto client = reach(supervised.port(), supervised.worker(0), "/later/300");
    ::kill(supervised.worker(0), SIGTERM);
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, starts_the_next_one_while_a_worker_that_drains_finishes) {
    Supervised supervised({.config = {.port = 0, .workers = 1}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    const auto held = reach(supervised.port(), supervised.worker(0), "/later/60000");
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(fetch(supervised.port(), "/drain"), "draining");
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    EXPECT_EQ(fetch(supervised.port(), "/pid"), std::to_string(supervised.worker(1)));
    EXPECT_EQ(::kill(supervised.worker(0), 0), 0) << "it still has a request in its hands";
    supervised.signal(SIGTERM);
    ASSERT_TRUE(supervised.says("draining 1 worker"));
    supervised.signal(SIGTERM);
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST(SupervisorChildren, reports_and_slows_workers_that_end_before_they_are_ready) {
    const Marker marker;
    Supervised supervised(
        {.config = {.port = 0, .workers = 1}, .mode = "marked=" + marker.path() + ":exit=3"});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    marker.set();
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.says("worker 0 failed 4 times in a row, exit code 3; next start in 0."))
        << supervised.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, reports_and_slows_workers_that_end_right_after_they_were_ready) {
    Supervised supervised({.config = {.port = 0, .workers = 1}, .mode = "crash"});
    ASSERT_TRUE(supervised.says("worker 0 failed 3 times in a row, exit code 3; next start in 0."))
        << supervised.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, kills_a_worker_that_is_not_ready_in_time) {
    Supervised supervised(
        {.config = {.port = 0, .workers = 1, .start_timeout_ms = 50}, .mode = "hang"});
    ASSERT_TRUE(
        supervised.says("worker 0 failed 1 time in a row, not ready within "
                        "start_timeout_ms (50 ms); next start in "))
        << supervised.output();
    ASSERT_TRUE(supervised.says("failed 2 times in a row")) << supervised.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, workers_drain_when_their_supervisor_is_killed) {
    for (const bool forks : {false, true}) {
        Supervised supervised({.forks = forks});
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        const auto held = reach(supervised.port(), supervised.worker(0), "/later/200");
        ASSERT_NE(held, nullptr);
        supervised.signal(SIGKILL);
        held->read(2);
        EXPECT_EQ(held->body(), "late");
        held->finish();
        EXPECT_EQ(supervised.wait(), -1) << "and the last worker has closed its output";
    }
}

}  // namespace
}  // namespace trivet::app
