#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "app/error.h"
#include "app/shared_listeners.h"
#include "base/fd.h"

namespace trivet::app {

// A process that was started.
struct Spawned {
    pid_t pid = 0;
    Fd pidfd;  // readable once it has ended
};

// What a worker is given.
struct SpawnGift {
    std::uint32_t slot = 0;
    std::uint32_t workers = 0;
    int listen_fd = -1;
    int control_fd = -1;
    std::span<const SharedListener> shared = {};
};

// The value of TRIVET_WORKER for a worker.
std::string worker_variable(const SpawnGift& gift);

// A command that is found once and started many times. All that needs memory or locks is done
// before the fork, so that a process with threads may use it. Owned by the supervisor.
class Command {
public:
    // `program` is executed, or what the first argument names when it is nullptr. `arguments` ends
    // with nullptr and outlives the command. The environment is the present one.
    static std::expected<Command, Error> find(const char* program, char* const* arguments);

    // Starts the command with the descriptors of `gift` inherited under their numbers, named by
    // TRIVET_WORKER and TRIVET_WORKER_LISTENERS, `mask` as its signal mask and no signal handler
    // left. The error names what failed, exec included.
    std::expected<Spawned, Error> start(const SpawnGift& gift, const sigset_t& mask) const;

    const std::string& path() const noexcept { return path_; }

private:
    Command() = default;

    std::string path_;
    char* const* arguments_ = nullptr;
    std::vector<std::string> environment_;      // without those two
    std::vector<const char*> shell_arguments_;  // for a script that names no interpreter
};

// Every signal blocked while it lives, so that no handler of the parent runs in a child.
class SignalPause {
public:
    SignalPause() noexcept;
    ~SignalPause();
    SignalPause(const SignalPause&) = delete;
    SignalPause& operator=(const SignalPause&) = delete;

private:
    sigset_t before_;
};

// A descriptor that turns readable when the child ends; -1 and errno where it cannot be had.
Fd open_pidfd(pid_t pid) noexcept;
// Sends a signal to the process of a descriptor; false when it has ended.
bool signal_pidfd(int pidfd, int signal) noexcept;

}  // namespace trivet::app
