#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "owned_fd.h"

namespace trivet::cli {

// What to start, and with what.
struct ChildPlan {
    std::vector<std::string> command;                              // found in PATH
    std::string folder;                                            // where it runs
    std::vector<std::pair<std::string, std::string>> environment;  // beside the present one
    int listen_fd = -1;  // handed over as systemd does (LISTEN_FDS), -1: none
};

// A process with a process group of its own, whose output comes through pipes, and which ends when
// this process does. The process that is started by it directly: of what that one starts in its
// turn, only what stays in the group is ended with it. One thread, the one that started it; it must
// live as long (the kernel tells a child of its parent's end by that thread).
class Child {
public:
    static std::expected<Child, std::string> start(const ChildPlan& plan);

    Child(Child&&) = default;
    Child& operator=(Child&&) = delete;
    // Kills what is left.
    ~Child();

    // Nonblocking; what they give ends when nobody of the group has them open any more.
    int out() const { return out_.get(); }
    int err() const { return err_.get(); }
    // Readable once the process has ended.
    int end() const { return pidfd_.get(); }
    pid_t pid() const { return pid_; }

    // To the whole group.
    void signal(int number) const;
    // When the process has ended: what it ended of, "exit code 1" or "killed by SIGSEGV". The rest
    // of its group is killed.
    std::optional<std::string> ended();
    bool is_alive() const { return is_alive_; }
    // Whether it ended with exit code 0.
    bool has_succeeded() const { return has_succeeded_; }

private:
    Child() = default;

    pid_t pid_ = 0;
    bool is_alive_ = false;
    bool has_succeeded_ = false;
    OwnedFd pidfd_;
    OwnedFd out_;
    OwnedFd err_;
};

}  // namespace trivet::cli
