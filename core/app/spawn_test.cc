#include "app/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace trivet::app {
namespace {

// A command and its NULL-terminated arguments.
class Arguments {
public:
    Arguments(std::initializer_list<std::string> texts) : texts_(texts) {
        for (std::string& text : texts_) {
            pointers_.push_back(text.data());
        }
        pointers_.push_back(nullptr);
    }
    char* const* get() const { return pointers_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

sigset_t no_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    return set;
}

int wait_for(const Spawned& spawned) {
    siginfo_t info{};
    ::waitid(P_PIDFD, static_cast<id_t>(spawned.pidfd.get()), &info, WEXITED);
    return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

class SpawnTest : public ::testing::Test {
protected:
    SpawnTest() {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        reading_.reset(ends[0]);
        writing_.reset(ends[1]);
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        gift_ = {.slot = 1, .workers = 2, .listen_fd = writing_.get(), .control_fd = ends[1]};
        other_reading_.reset(ends[0]);
        other_.reset(ends[1]);
    }
    // What a shell script writes to the descriptor it is given as its listener.
    std::string said_by(const std::string& script) {
        return said_by(Arguments({"sh", "-c", script}), no_signals());
    }
    std::string said_by(const Arguments& arguments, const sigset_t& mask) {
        const auto command = Command::find(nullptr, arguments.get());
        EXPECT_TRUE(command.has_value());
        const auto spawned = command->start(gift_, mask);
        EXPECT_TRUE(spawned.has_value());
        writing_.reset(-1);
        std::string text;
        char bytes[4096];
        for (ssize_t size = 0; (size = ::read(reading_.get(), bytes, sizeof bytes)) > 0;) {
            text.append(bytes, static_cast<std::size_t>(size));
        }
        EXPECT_EQ(wait_for(*spawned), 0);
        return text;
    }

    Fd reading_;
    Fd writing_;
    Fd other_reading_;
    Fd other_;
    SpawnGift gift_;
};

TEST_F(SpawnTest, names_what_it_gives_in_the_environment) {
    ::setenv("TRIVET_WORKER", "stale", 1);
    ::setenv("TRIVET_WORKERS", "kept", 1);
    const std::string said =
        said_by("echo $TRIVET_WORKER $TRIVET_WORKERS >&" + std::to_string(gift_.listen_fd));
    ::unsetenv("TRIVET_WORKER");
    ::unsetenv("TRIVET_WORKERS");
    EXPECT_EQ(said, worker_variable(gift_) + " kept\n");
    EXPECT_EQ(worker_variable(gift_),
              "1:2:" + std::to_string(gift_.listen_fd) + ":" + std::to_string(gift_.control_fd));
}

TEST_F(SpawnTest, gives_both_descriptors_and_no_others) {
    const Fd hidden(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::string to = ">&" + std::to_string(gift_.listen_fd);
    const std::string said =
        said_by("test -e /proc/self/fd/" + std::to_string(gift_.control_fd) + " && echo control " +
                to + "; test -e /proc/self/fd/" + std::to_string(hidden.get()) +
                " && echo hidden " + to + "; true");
    EXPECT_EQ(said, "control\n");
    EXPECT_NE(::fcntl(other_.get(), F_GETFD) & FD_CLOEXEC, 0) << "here nothing has changed";
}

TEST_F(SpawnTest, restores_mask_and_handlers) {
    struct sigaction handled{};
    struct sigaction before{};
    handled.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &handled, &before);
    sigset_t mask;
    ::sigemptyset(&mask);
    ::sigaddset(&mask, SIGUSR2);
    // A program that touches neither itself.
    const std::string said = said_by(
        Arguments({"cp", "/proc/self/status", "/dev/fd/" + std::to_string(gift_.listen_fd)}), mask);
    ::sigaction(SIGUSR1, &before, nullptr);
    EXPECT_NE(said.find("SigBlk:\t0000000000000800"), std::string::npos) << said;
    EXPECT_NE(said.find("SigCgt:\t0000000000000000"), std::string::npos) << said;
    sigset_t now;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    EXPECT_EQ(::sigismember(&now, SIGUSR2), 0) << "the parent's own mask is as before";
}

TEST_F(SpawnTest, looks_names_up_in_the_path) {
    const auto path_of = [](const std::string& name) {
        const Arguments arguments({name});
        const auto command = Command::find(nullptr, arguments.get());
        return command ? command->path() : command.error().detail;
    };
    EXPECT_TRUE(path_of("sh").ends_with("/sh"));
    EXPECT_EQ(path_of("/bin/sh"), "/bin/sh");
    EXPECT_EQ(path_of("no-such-program"), "No such file or directory");
    EXPECT_EQ(path_of(""), "No such file or directory");
    const Arguments nothing({});
    EXPECT_EQ(Command::find(nullptr, nothing.get()).error().status, Status::argument);
    const Arguments named({"as-it-calls-itself"});
    EXPECT_EQ(Command::find("/bin/sh", named.get())->path(), "/bin/sh");
}

TEST_F(SpawnTest, tells_why_a_program_cannot_be_executed) {
    const auto error_of = [this](const std::string& path) {
        const Arguments arguments({path});
        const auto started = Command::find(nullptr, arguments.get())->start(gift_, no_signals());
        return started ? std::string() : started.error().detail;
    };
    EXPECT_EQ(error_of("/no/such/program"), "No such file or directory");
    EXPECT_EQ(error_of("/etc/passwd"), "Permission denied");
    EXPECT_EQ(error_of("/etc"), "Permission denied");
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST_F(SpawnTest, runs_scripts_that_name_no_interpreter) {
    const std::string path = ::testing::TempDir() + "trivet_script_" + std::to_string(::getpid());
    std::ofstream(path) << "exit $1\n";
    ::chmod(path.c_str(), 0700);
    const Arguments arguments({path, "7"});
    const auto spawned = Command::find(nullptr, arguments.get())->start(gift_, no_signals());
    ASSERT_TRUE(spawned.has_value()) << spawned.error().detail;
    EXPECT_EQ(wait_for(*spawned), 7);
    ::unlink(path.c_str());
}

TEST_F(SpawnTest, process_descriptors_tell_the_end_and_carry_signals) {
    const Arguments arguments({"sleep", "1000"});
    const auto spawned = Command::find(nullptr, arguments.get())->start(gift_, no_signals());
    ASSERT_TRUE(spawned.has_value());
    pollfd entry{spawned->pidfd.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 0);
    EXPECT_TRUE(signal_pidfd(spawned->pidfd.get(), SIGTERM));
    EXPECT_EQ(::poll(&entry, 1, 30'000), 1);
    EXPECT_EQ(wait_for(*spawned), -SIGTERM);
    EXPECT_FALSE(signal_pidfd(spawned->pidfd.get(), SIGTERM));
    EXPECT_FALSE(open_pidfd(-5).is_open());
}

TEST(SignalPause, blocks_every_signal_while_it_lives) {
    sigset_t set;
    {
        const SignalPause pause;
        ::pthread_sigmask(SIG_BLOCK, nullptr, &set);
        EXPECT_EQ(::sigismember(&set, SIGUSR1), 1);
    }
    ::pthread_sigmask(SIG_BLOCK, nullptr, &set);
    EXPECT_EQ(::sigismember(&set, SIGUSR1), 0);
}

}  // namespace
}  // namespace trivet::app
