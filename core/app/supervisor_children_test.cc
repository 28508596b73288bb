// Start and end of worker processes.
#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

class Marker {
public:
    Marker() : path_(::testing::TempDir() + "trivet_marker_" + std::to_string(::getpid())) {}
    ~Marker() { ::unlink(path_.c_str()); }
    void set() const { ::close(::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

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

TEST(SupervisorChildren, cannot_start_what_does_not_exist) {
    Supervised supervised({.command = {"/nowhere/to/be/found"}});
    EXPECT_EQ(supervised.wait(), 60);
    EXPECT_EQ(supervised.output(),
              "TRIVET_E_SYSTEM: cannot start '/nowhere/to/be/found' (No such file or directory)\n");
    Supervised named({.command = {"trivet-nowhere"}});
    EXPECT_EQ(named.wait(), 60);
    EXPECT_EQ(named.output(),
              "TRIVET_E_SYSTEM: cannot find the command 'trivet-nowhere' "
              "(No such file or directory)\n");
}

TEST(SupervisorChildren, goes_on_trying_when_the_program_has_gone) {
    const Marker script;
    {
        const int fd = ::open(script.path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
        const std::string text = "#!/bin/sh\nexec " + std::string("\"$1\"\n");
        ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        ::close(fd);
    }
    char own[4096];
    const ssize_t size = ::readlink("/proc/self/exe", own, sizeof own);
    ASSERT_GT(size, 0);
    Supervised supervised({.config = {.port = 0, .workers = 1},
                           .command = {script.path(), std::string(own, own + size)}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    ::unlink(script.path().c_str());
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.says("failed 2 times in a row, cannot start '" + script.path() +
                                "': No such file or directory"))
        << supervised.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, knows_its_workers_behind_a_wrapper) {
    char own[4096];
    const ssize_t size = ::readlink("/proc/self/exe", own, sizeof own);
    ASSERT_GT(size, 0);
    Supervised supervised(
        {.config = {.port = 0, .workers = 1},
         .command = {"sh", "-c", "\"$0\"; exit $?", std::string(own, own + size)}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    EXPECT_EQ(fetch(supervised.port(), "/pid"), std::to_string(supervised.worker(0)));
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, removes_the_variable_from_what_workers_start) {
    for (const bool forks : {false, true}) {
        Supervised supervised({.config = {.port = 0, .workers = 1}, .forks = forks});
        ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
        EXPECT_EQ(fetch(supervised.port(), "/variable"), "gone");
        EXPECT_EQ(supervised.end(), 0) << supervised.output();
    }
}

TEST(SupervisorChildren, forks_without_exec_and_gives_workers_nothing_of_its_own) {
    Supervised supervised({.forks = true});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.is_ready(3)) << supervised.output();
    EXPECT_EQ(::getpgid(supervised.worker(2)), ::getpgrp());
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorChildren, workers_drain_when_their_supervisor_is_killed) {
    for (const bool forks : {false, true}) {
        Supervised supervised({.forks = forks});
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        const auto held = reach(supervised.port(), supervised.worker(0), "/later/200");
        ASSERT_NE(held, nullptr);
        supervised.signal(SIGKILL);
        EXPECT_EQ(supervised.wait(), -1) << "and the last worker has closed its output";
        held->read(2);
        EXPECT_EQ(held->body(), "late");
    }
}

}  // namespace
}  // namespace trivet::app
