// The start of worker processes.
#include <sys/resource.h>

#include "app/supervisor_harness_test.h"

namespace trivet::app {
namespace {

TEST(SupervisorStart, cannot_start_what_does_not_exist) {
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

TEST(SupervisorStart, goes_on_trying_when_the_program_has_gone) {
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

TEST(SupervisorStart, knows_its_workers_behind_a_wrapper) {
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

TEST(SupervisorStart, removes_the_variable_from_what_workers_start) {
    for (const bool forks : {false, true}) {
        Supervised supervised({.config = {.port = 0, .workers = 1}, .forks = forks});
        ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
        EXPECT_EQ(fetch(supervised.port(), "/variable"), "gone");
        EXPECT_EQ(supervised.end(), 0) << supervised.output();
    }
}

TEST(SupervisorStart, forks_without_exec_and_gives_workers_nothing_of_its_own) {
    Supervised supervised({.forks = true});
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    ::kill(supervised.worker(0), SIGKILL);
    ASSERT_TRUE(supervised.is_ready(3)) << supervised.output();
    // An executed worker has nothing but its own; a forked one has as much.
    Supervised executed;
    ASSERT_TRUE(executed.is_ready(2)) << executed.output();
    EXPECT_EQ(fetch(supervised.port(), "/descriptors"), fetch(executed.port(), "/descriptors"));
    EXPECT_EQ(executed.end(), 0) << executed.output();
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(SupervisorStart, says_beforehand_that_descriptors_will_not_do) {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit few{100, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    char name[] = "/bin/false";
    char* const command[] = {name, nullptr};
    const auto result =
        run_supervisor({.port = 0, .workers = 50, .command = command}, nullptr, nullptr);
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().status, Status::system);
    EXPECT_EQ(result.error().detail, "50 workers need 182, the limit (ulimit -n) is 100");
}

TEST(SupervisorStart, takes_its_settings_of_signals_back_for_its_workers) {
    Supervised supervised({.config = {.port = 0, .workers = 1}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    EXPECT_EQ(fetch(supervised.port(), "/mask"), "0");
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
    Supervised forked({.config = {.port = 0, .workers = 1}, .forks = true});
    ASSERT_TRUE(forked.is_ready(1)) << forked.output();
    EXPECT_EQ(fetch(forked.port(), "/mask"), "0");
    EXPECT_EQ(forked.end(), 0) << forked.output();
}

}  // namespace
}  // namespace trivet::app
