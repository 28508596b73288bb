// Who accepts for whom.
#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

TEST(SupervisorLending, lends_the_listener_of_a_blocked_worker_until_it_is_back) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const pid_t blocked = supervised.worker(0);
    const std::string other = std::to_string(supervised.worker(1));
    const auto held = reach(supervised.port(), blocked, "/block/1500");
    ASSERT_NE(held, nullptr);
    // Half of them come to the listener of the one that does not turn.
    for (int count = 0; count < 20; ++count) {
        EXPECT_EQ(fetch(supervised.port(), "/pid"), other);
    }
    held->read_now();
    EXPECT_EQ(held->responses(), 1u) << "it was blocked all the time";
    EXPECT_TRUE(supervised.says("does not respond: its listener is lent to worker"))
        << supervised.output();
    held->read(2);
    EXPECT_TRUE(supervised.says("accepts for itself again")) << supervised.output();
    const auto back = reach(supervised.port(), blocked, "/pid");
    EXPECT_NE(back, nullptr);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorLending, counts_the_connections_accepted_for_others) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    EXPECT_EQ(fetch(supervised.port(), "/lent"), "0");
    const auto held = reach(supervised.port(), supervised.worker(0), "/block/1500");
    ASSERT_NE(held, nullptr);
    const bool is_counted = eventually([&] { return fetch(supervised.port(), "/lent") != "0"; });
    EXPECT_TRUE(is_counted);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorLending, lends_the_listener_of_a_worker_that_is_stopped_and_of_its_borrower) {
    Supervised supervised({.config = {.port = 0, .workers = 3}});
    ASSERT_TRUE(supervised.is_ready(3)) << supervised.output();
    const std::string last = std::to_string(supervised.worker(2));
    stop_process(supervised.worker(0));
    stop_process(supervised.worker(1));
    for (int count = 0; count < 20; ++count) {
        EXPECT_EQ(fetch(supervised.port(), "/pid"), last);
    }
    ::kill(supervised.worker(0), SIGCONT);
    ::kill(supervised.worker(1), SIGCONT);
    EXPECT_TRUE(supervised.says("accepts for itself again", 2)) << supervised.output();
    for (const std::size_t nth : {0u, 1u, 2u}) {
        EXPECT_NE(reach(supervised.port(), supervised.worker(nth), "/pid"), nullptr);
    }
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorLending, lends_the_listener_of_a_worker_that_is_being_replaced) {
    // Whoever comes second of a slot takes long to start.
    const std::string marker =
        ::testing::TempDir() + "trivet_lending_" + std::to_string(::getpid());
    Supervised supervised(
        {.config = {.port = 0, .workers = 2}, .mode = "marked=" + marker + ":hang"});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const std::string other = std::to_string(supervised.worker(1));
    ::close(::open(marker.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.says("is not ready: its listener is lent to worker"))
        << supervised.output();
    for (int count = 0; count < 20; ++count) {
        EXPECT_EQ(fetch(supervised.port(), "/pid"), other);
    }
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    ::unlink(marker.c_str());
}

TEST(SupervisorLending, asks_again_when_a_listener_was_refused) {
    Supervised supervised({.mode = "second=refuse"});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const std::string self = supervised.output();
    const std::size_t nth = self.find("worker 1 ready") < self.find("worker 0 ready") ? 0 : 1;
    stop_process(supervised.worker(1 - nth));
    for (int count = 0; count < 20; ++count) {
        EXPECT_EQ(fetch(supervised.port(), "/pid"), std::to_string(supervised.worker(nth)));
    }
    EXPECT_TRUE(supervised.says("is lent to worker 1", 2)) << supervised.output();
    ::kill(supervised.worker(1 - nth), SIGCONT);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorLending, lends_nothing_while_the_workers_accept) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    for (int count = 0; count < 300; ++count) {
        EXPECT_NE(fetch(supervised.port(), "/pid"), "<refused>");
    }
    EXPECT_EQ(supervised.end(), 0);
    EXPECT_EQ(supervised.output().find("is lent"), std::string::npos) << supervised.output();
}

}  // namespace
}  // namespace trivet::app
