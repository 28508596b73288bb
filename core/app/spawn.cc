#include "app/spawn.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "app/inherit.h"

namespace trivet::app {
namespace {

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr const char* kShell = "/bin/sh";
constexpr int kExecFailed = 127;

Error failure(const std::string& what, int error) {
    return {Status::system, what, std::strerror(error)};
}

bool is_program(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

// As execvp looks a name up; empty and an errno when there is no such program.
std::string look_up(std::string_view name, int& error) {
    error = name.empty() ? ENOENT : 0;
    if (name.find('/') != std::string_view::npos || name.empty()) {
        return std::string(name);
    }
    const char* variable = std::getenv("PATH");
    std::string_view places(variable != nullptr ? variable : kDefaultPath);
    for (;;) {
        const std::size_t colon = places.find(':');
        std::string path(places.substr(0, colon));
        path += path.empty() ? "./" : "/";
        path += name;
        if (is_program(path)) {
            return path;
        }
        if (colon == std::string_view::npos) {
            error = ENOENT;
            return {};
        }
        places.remove_prefix(colon + 1);
    }
}

struct ChildPlan {
    const char* path;
    char* const* arguments;
    char* const* shell_arguments;
    char* const* environment;
    int listen_fd;
    int control_fd;
    std::span<const SharedListener> shared;
    int failure_fd;
    const sigset_t* mask;
};

// In the child, where only async-signal-safe calls are allowed: another thread may have held any
// lock when it was forked.
[[noreturn]] void become(const ChildPlan& plan) noexcept {
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action{};
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN &&
            action.sa_handler != SIG_DFL) {
            action = {};
            action.sa_handler = SIG_DFL;
            ::sigaction(number, &action, nullptr);
        }
    }
    ::fcntl(plan.listen_fd, F_SETFD, 0);
    ::fcntl(plan.control_fd, F_SETFD, 0);
    for (const SharedListener& listener : plan.shared) {
        ::fcntl(listener.fd.get(), F_SETFD, 0);
    }
    ::pthread_sigmask(SIG_SETMASK, plan.mask, nullptr);
    ::execve(plan.path, plan.arguments, plan.environment);
    if (errno == ENOEXEC) {
        ::execve(kShell, plan.shell_arguments, plan.environment);
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(plan.failure_fd, &error, sizeof error);
    ::_exit(kExecFailed);
}

// 0 when the child has become its program, else why it could not.
int await_exec(int fd) {
    int error = 0;
    ssize_t size = 0;
    do {
        size = ::read(fd, &error, sizeof error);
    } while (size < 0 && errno == EINTR);
    return size == sizeof error ? error : 0;
}

}  // namespace

std::string worker_variable(const SpawnGift& gift) {
    return std::to_string(gift.slot) + ":" + std::to_string(gift.workers) + ":" +
           std::to_string(gift.listen_fd) + ":" + std::to_string(gift.control_fd);
}

std::expected<Command, Error> Command::find(const char* program, char* const* arguments) {
    if (arguments == nullptr || arguments[0] == nullptr) {
        return std::unexpected(Error{Status::argument, "the command is empty", {}});
    }
    Command command;
    command.arguments_ = arguments;
    int error = 0;
    const std::string name(program != nullptr ? program : arguments[0]);
    command.path_ = look_up(name, error);
    if (error != 0) {
        return std::unexpected(failure("cannot find the command '" + name + "'", error));
    }
    const auto names = [](const char* entry, std::string_view variable) {
        return std::strncmp(entry, variable.data(), variable.size()) == 0 &&
               entry[variable.size()] == '=';
    };
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        if (!names(*entry, kWorkerVariable) && !names(*entry, kSharedVariable)) {
            command.environment_.emplace_back(*entry);
        }
    }
    std::size_t count = 0;
    while (arguments[count] != nullptr) {
        ++count;
    }
    command.shell_arguments_ = {kShell, nullptr};
    command.shell_arguments_.insert(command.shell_arguments_.end(), arguments + 1,
                                    arguments + count);
    command.shell_arguments_.push_back(nullptr);
    return command;
}

std::expected<Spawned, Error> Command::start(const SpawnGift& gift, const sigset_t& mask) const {
    const std::string what = "cannot start '" + path_ + "'";
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return std::unexpected(failure(what, errno));
    }
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    const std::string variable = std::string(kWorkerVariable) + "=" + worker_variable(gift);
    std::vector<const char*> environment;
    environment.reserve(environment_.size() + 3);
    for (const std::string& entry : environment_) {
        environment.push_back(entry.c_str());
    }
    environment.push_back(variable.c_str());
    const std::string listeners = std::string(kSharedVariable) + "=" + shared_variable(gift.shared);
    if (!gift.shared.empty()) {
        environment.push_back(listeners.c_str());
    }
    environment.push_back(nullptr);
    std::vector<const char*> shell_arguments = shell_arguments_;
    shell_arguments[1] = path_.c_str();
    const ChildPlan plan{path_.c_str(),
                         arguments_,
                         const_cast<char* const*>(shell_arguments.data()),
                         const_cast<char* const*>(environment.data()),
                         gift.listen_fd,
                         gift.control_fd,
                         gift.shared,
                         writing.get(),
                         &mask};
    Spawned spawned;
    int fork_error = 0;
    {
        const SignalPause pause;
        spawned.pid = ::fork();
        fork_error = errno;
        if (spawned.pid == 0) {
            become(plan);
        }
    }
    if (spawned.pid < 0) {
        return std::unexpected(failure("cannot fork", fork_error));
    }
    spawned.pidfd = open_pidfd(spawned.pid);
    const int pidfd_error = errno;
    writing.reset(-1);
    const int exec_error = await_exec(reading.get());
    if (!spawned.pidfd.is_open() || exec_error != 0) {
        if (!spawned.pidfd.is_open()) {
            ::kill(spawned.pid, SIGKILL);
        }
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(spawned.pid), &info, WEXITED);
        return std::unexpected(exec_error != 0 ? failure(what, exec_error)
                                               : failure("pidfd_open", pidfd_error));
    }
    return spawned;
}

SignalPause::SignalPause() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalPause::~SignalPause() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Fd open_pidfd(pid_t pid) noexcept {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool signal_pidfd(int pidfd, int signal) noexcept {
    return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

}  // namespace trivet::app
