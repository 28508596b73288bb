#include "app/exit_cause.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace trivet::app {
namespace {

template <typename Action>
std::string cause_of(Action action) {
    const pid_t child = ::fork();
    if (child == 0) {
        action();
        ::_exit(0);
    }
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED);
    return exit_cause(info);
}

TEST(ExitCause, tells_exit_codes_and_signals) {
    EXPECT_EQ(cause_of([] {}), "exit code 0");
    EXPECT_EQ(cause_of([] { ::_exit(3); }), "exit code 3");
    EXPECT_EQ(cause_of([] { ::raise(SIGKILL); }), "signal SIGKILL");
    EXPECT_EQ(cause_of([] {
                  ::signal(SIGTERM, SIG_DFL);
                  ::raise(SIGTERM);
              }),
              "signal SIGTERM");
    EXPECT_EQ(cause_of([] { ::raise(SIGRTMIN); }), "signal " + std::to_string(SIGRTMIN));
}

TEST(ExitCause, admits_what_it_does_not_know) {
    EXPECT_EQ(exit_cause(siginfo_t{}), "an unknown cause");
}

}  // namespace
}  // namespace trivet::app
