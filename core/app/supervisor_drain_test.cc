// The end of a supervisor and its workers, and replacing them all.
#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

TEST(SupervisorDrain, finishes_what_is_in_flight) {
    for (const bool forks : {false, true}) {
        Supervised supervised({.forks = forks});
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        const auto held = reach(supervised.port(), supervised.worker(0), "/later/500");
        ASSERT_NE(held, nullptr);
        supervised.signal(SIGTERM);
        held->read(2);
        EXPECT_EQ(held->body(), "late");
        held->finish();
        EXPECT_EQ(supervised.wait(), 0) << supervised.output();
        EXPECT_EQ(fetch(supervised.port(), "/pid"), "<refused>");
    }
}

TEST(SupervisorDrain, second_request_ends_what_is_in_flight) {
    Supervised supervised({.config = {.port = 0, .workers = 2, .stop_fd = 0}});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const auto held = reach(supervised.port(), supervised.worker(0), "/later/60000");
    ASSERT_NE(held, nullptr);
    supervised.stop();
    ASSERT_TRUE(supervised.says("draining 2 workers"));
    supervised.stop();
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
    held->read_to_end();
    EXPECT_EQ(held->responses(), 1u);
}

TEST(SupervisorDrain, a_signal_to_all_processes_forces_nothing) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    std::unique_ptr<Client> held[2];
    for (const std::size_t nth : {0u, 1u}) {
        held[nth] = reach(supervised.port(), supervised.worker(nth), "/later/500");
        ASSERT_NE(held[nth], nullptr);
    }
    // As a manager of services does; these test workers take no signals, so they ask themselves.
    EXPECT_EQ(fetch(supervised.port(), "/drain"), "draining");
    supervised.signal(SIGTERM);
    for (const auto& client : held) {
        client->read(2);
        EXPECT_EQ(client->body(), "late");
        client->finish();
    }
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST(SupervisorDrain, kills_what_does_not_end_and_says_so_by_its_exit_code) {
    Supervised supervised({.config = {.port = 0, .workers = 2, .shutdown_timeout_ms = 1}});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    stop_process(supervised.worker(0));
    supervised.signal(SIGTERM);
    EXPECT_EQ(supervised.wait(), 1) << supervised.output();
    EXPECT_NE(supervised.output().find("1 worker did not end in time: killing"), std::string::npos)
        << supervised.output();
}

TEST(SupervisorDrain, answers_what_waits_for_a_worker_that_is_stopped) {
    Supervised supervised({.config = {.port = 0, .workers = 2, .shutdown_timeout_ms = 1}});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    stop_process(supervised.worker(0));
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 20; ++count) {
        clients.push_back(std::make_unique<Client>(supervised.port()));
        ASSERT_TRUE(clients.back()->is_connected());
        clients.back()->send(get("/pid"));
    }
    ASSERT_TRUE(supervised.says("is lent to worker")) << supervised.output();
    supervised.signal(SIGTERM);
    for (const auto& client : clients) {
        client->read(1);
        EXPECT_EQ(client->body(), std::to_string(supervised.worker(1)));
    }
    EXPECT_EQ(supervised.wait(), 1) << "the one that was stopped was killed";
}

TEST(SupervisorDrain, answers_what_waits_for_a_worker_that_is_starting) {
    for (const std::uint32_t workers : {1u, 2u}) {
        const std::string marker =
            ::testing::TempDir() + "trivet_drain_" + std::to_string(::getpid());
        Supervised supervised(
            {.config = {.port = 0, .workers = workers}, .mode = "marked=" + marker + ":slow=1000"});
        ASSERT_TRUE(supervised.is_ready(workers)) << supervised.output();
        ::close(::open(marker.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        ::kill(supervised.worker(0), SIGKILL);
        ASSERT_TRUE(supervised.says("signal SIGKILL")) << supervised.output();
        std::vector<std::unique_ptr<Client>> clients;
        for (int count = 0; count < 10; ++count) {
            clients.push_back(std::make_unique<Client>(supervised.port()));
            ASSERT_TRUE(clients.back()->is_connected());
            clients.back()->send(get("/pid"));
        }
        supervised.signal(SIGTERM);
        for (const auto& client : clients) {
            client->read(1);
            EXPECT_EQ(client->status(), 200) << supervised.output();
            client->finish();
        }
        EXPECT_EQ(supervised.wait(), 0) << supervised.output();
        ::unlink(marker.c_str());
    }
}

TEST(SupervisorDrain, starts_a_worker_for_what_waits_when_there_is_none) {
    const std::string marker = ::testing::TempDir() + "trivet_rescue_" + std::to_string(::getpid());
    Supervised supervised(
        {.config = {.port = 0, .workers = 1}, .mode = "marked=" + marker + ":exit=3"});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    ::close(::open(marker.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.says("failed 5 times in a row")) << supervised.output();
    Client client(supervised.port());
    ASSERT_TRUE(client.is_connected());
    client.send(get("/pid"));
    ::unlink(marker.c_str());
    supervised.signal(SIGTERM);
    client.read(1);
    EXPECT_EQ(client.status(), 200) << supervised.output();
    client.finish();
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST(SupervisorDrain, does_not_wait_for_workers_that_are_starting_for_nobody) {
    Supervised supervised({.config = {.port = 0, .workers = 2}, .mode = "hang"});
    ASSERT_TRUE(supervised.says("hanging", 2));
    supervised.signal(SIGTERM);
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
}

TEST(SupervisorDrain, replaces_all_workers_at_a_hangup_and_cuts_nobody_off) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    const auto held = reach(supervised.port(), supervised.worker(0), "/later/1000");
    ASSERT_NE(held, nullptr);
    supervised.signal(SIGHUP);
    ASSERT_TRUE(supervised.is_ready(4)) << supervised.output();
    held->read(2);
    EXPECT_EQ(held->body(), "late");
    held->finish();
    ASSERT_TRUE(supervised.says(" has drained", 2)) << supervised.output();
    for (const std::size_t nth : {2u, 3u}) {
        EXPECT_NE(reach(supervised.port(), supervised.worker(nth), "/pid"), nullptr);
    }
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    EXPECT_EQ(supervised.count("failed"), 0u) << supervised.output();
}

TEST(SupervisorDrain, keeps_its_workers_when_a_replacement_fails) {
    const std::string marker =
        ::testing::TempDir() + "trivet_replace_" + std::to_string(::getpid());
    Supervised supervised({.mode = "marked=" + marker + ":exit=3"});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    ::close(::open(marker.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    supervised.signal(SIGHUP);
    ASSERT_TRUE(supervised.says("was to replace another one and failed, exit code 3"))
        << supervised.output();
    for (const std::size_t nth : {0u, 1u}) {
        EXPECT_NE(reach(supervised.port(), supervised.worker(nth), "/pid"), nullptr);
    }
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    ::unlink(marker.c_str());
}

}  // namespace
}  // namespace trivet::app
