#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace trivet::cli {
namespace {

constexpr int kFirstListener = 3;
constexpr int kExecFailed = 127;

struct Pipe {
    OwnedFd reading;
    OwnedFd writing;
};

bool make_pipe(Pipe& pipe) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    pipe.reading.reset(ends[0]);
    pipe.writing.reset(ends[1]);
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

// In the new process. There are no threads, so everything is allowed.
[[noreturn]] void become(const ChildPlan& plan, pid_t parent, int out, int err) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(kExecFailed);
    }
    for (int number = 1; number < NSIG; ++number) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);
    }
    for (const auto& [name, value] : plan.environment) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (plan.listen_fd >= 0) {
        ::dup2(plan.listen_fd, kFirstListener);
        ::fcntl(kFirstListener, F_SETFD, 0);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_FDNAMES", "http", 1);
    }
    if (!plan.folder.empty() && ::chdir(plan.folder.c_str()) != 0) {
        std::fprintf(stderr, "cannot enter %s: %s\n", plan.folder.c_str(), std::strerror(errno));
        ::_exit(kExecFailed);
    }
    std::vector<char*> arguments;
    arguments.reserve(plan.command.size() + 1);
    for (const std::string& word : plan.command) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    std::fprintf(stderr, "cannot execute %s: %s\n", arguments[0], std::strerror(errno));
    ::_exit(kExecFailed);
}

std::string cause_of(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) {
        return "exit code " + std::to_string(info.si_status);
    }
    const char* name = ::sigabbrev_np(info.si_status);
    std::string cause = "killed by ";
    cause +=
        name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(info.si_status);
    return info.si_code == CLD_DUMPED ? cause + " (core dumped)" : cause;
}

}  // namespace

std::expected<Child, std::string> Child::start(const ChildPlan& plan) {
    const auto failed = [](const char* what) {
        return std::unexpected(std::string(what) + ": " + std::strerror(errno));
    };
    Pipe out;
    Pipe err;
    if (!make_pipe(out) || !make_pipe(err)) {
        return failed("cannot make a pipe");
    }
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    Child child;
    child.pid_ = ::fork();
    if (child.pid_ < 0) {
        return failed("cannot fork");
    }
    if (child.pid_ == 0) {
        become(plan, parent, out.writing.get(), err.writing.get());
    }
    // Here as well, so that the group is there for a signal that is sent at once.
    ::setpgid(child.pid_, child.pid_);
    child.is_alive_ = true;
    child.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
    if (!child.pidfd_.is_open()) {
        return failed("pidfd_open");
    }
    child.out_ = std::move(out.reading);
    child.err_ = std::move(err.reading);
    return child;
}

Child::~Child() {
    // One that was moved from has no descriptor left.
    if (is_alive_ && pidfd_.is_open()) {
        signal(SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    }
}

void Child::signal(int number) const {
    if (is_alive_) {
        ::kill(-pid_, number);
    }
}

std::optional<std::string> Child::ended() {
    siginfo_t info{};
    if (!is_alive_ ||
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0) {
        return {};
    }
    // As long as it is not waited for, its number is nobody else's.
    signal(SIGKILL);
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    is_alive_ = false;
    has_succeeded_ = info.si_code == CLD_EXITED && info.si_status == 0;
    return cause_of(info);
}

}  // namespace trivet::cli
