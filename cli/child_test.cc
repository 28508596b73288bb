#include "child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

namespace trivet::cli {
namespace {

std::string read_all(int fd) {
    std::string text;
    for (;;) {
        pollfd entry{fd, POLLIN, 0};
        if (::poll(&entry, 1, 30'000) != 1) return text + "<nothing came>";
        char bytes[4096];
        const ssize_t size = ::read(fd, bytes, sizeof bytes);
        if (size <= 0) return text;
        text.append(bytes, static_cast<std::size_t>(size));
    }
}

std::string cause_of_end(Child& child) {
    pollfd entry{child.end(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 30'000), 1);
    return child.ended().value_or("<running>");
}

Child run(ChildPlan plan) {
    auto child = Child::start(plan);
    EXPECT_TRUE(child.has_value()) << child.error();
    return std::move(*child);
}

Child shell(const std::string& script) { return run({{"/bin/sh", "-c", script}, "", {}, -1}); }

TEST(Child, gives_its_output_and_how_it_ended) {
    Child child = shell("echo out; echo err >&2; exit 3");
    EXPECT_EQ(read_all(child.out()), "out\n");
    EXPECT_EQ(read_all(child.err()), "err\n");
    EXPECT_EQ(cause_of_end(child), "exit code 3");
    EXPECT_FALSE(child.has_succeeded());
    EXPECT_FALSE(child.ended().has_value()) << "once";
    Child good = shell("exit 0");
    EXPECT_EQ(cause_of_end(good), "exit code 0");
    EXPECT_TRUE(good.has_succeeded());
}

TEST(Child, names_the_signal_that_ended_it) {
    Child child = shell("kill -SEGV $$");
    EXPECT_EQ(cause_of_end(child).find("killed by SIGSEGV"), 0u);
}

TEST(Child, runs_in_its_folder_with_its_environment_and_nothing_to_read) {
    const std::string folder = std::filesystem::canonical(::testing::TempDir()).string();
    Child child = run(
        {{"sh", "-c", "pwd; echo $A; cat; echo ${LISTEN_FDS:-none}"}, folder, {{"A", "b"}}, -1});
    EXPECT_EQ(read_all(child.out()), folder + "\nb\nnone\n");
    EXPECT_EQ(cause_of_end(child), "exit code 0");
}

TEST(Child, is_given_a_listener_as_systemd_does) {
    const OwnedFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Child child =
        run({{"sh", "-c", "test $LISTEN_PID = $$ && echo $LISTEN_FDS; readlink /proc/$$/fd/3"},
             "",
             {},
             listener.get()});
    EXPECT_EQ(read_all(child.out()).find("1\nsocket:["), 0u);
}

TEST(Child, says_why_it_cannot_be_executed) {
    Child child = run({{"./no-such-program"}, "", {}, -1});
    EXPECT_EQ(read_all(child.err()),
              "cannot execute ./no-such-program: No such file or directory\n");
    EXPECT_EQ(cause_of_end(child), "exit code 127");
}

TEST(Child, is_signalled_with_all_that_it_started) {
    // The inner one would go on for long, and holds the pipe.
    Child child = shell("sleep 1000 & wait");
    child.signal(SIGTERM);
    EXPECT_EQ(cause_of_end(child), "killed by SIGTERM");
    EXPECT_EQ(read_all(child.out()), "") << "nobody has the pipe any more";
}

TEST(Child, takes_what_it_left_behind_with_it) {
    Child child = shell("sleep 1000 & exit 0");
    EXPECT_EQ(cause_of_end(child), "exit code 0");
    EXPECT_EQ(read_all(child.out()), "");
}

TEST(Child, does_not_outlive_its_owner) {
    OwnedFd out;
    {
        Child child = shell("trap '' TERM; echo ready; exec sleep 1000");
        char byte = 0;
        pollfd entry{child.out(), POLLIN, 0};
        ASSERT_EQ(::poll(&entry, 1, 30'000), 1);
        ASSERT_EQ(::read(child.out(), &byte, 1), 1);
        out.reset(::dup(child.out()));
    }
    EXPECT_EQ(read_all(out.get()), "eady\n");
}

}  // namespace
}  // namespace trivet::cli
