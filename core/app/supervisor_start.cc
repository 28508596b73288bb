#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/inherit.h"
#include "app/supervisor_core.h"

namespace trivet::app {
namespace {

Error system_error(const char* what) { return {Status::system, what, std::strerror(errno)}; }

void kill_and_wait(pid_t pid) {
    ::kill(pid, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
}

}  // namespace

void Supervisor::start_due(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (slot.start_at_ms > now_ms_ || slot.child().state != ChildState::none) {
        return;
    }
    slot.start_at_ms = kNever;
    if (start(index, slot.current) && slot.is_rescue) {
        send_control(slot.child().control.get(), ControlKind::drain);
    }
}

// True in the supervisor, when the process runs.
bool Supervisor::start(std::uint32_t index, std::uint32_t which) {
    Slot& slot = slots_[index];
    Child& child = slot.children[which];
    Fd theirs;
    auto spawned = open_control(child, theirs);
    if (spawned.has_value()) {
        const SpawnGift gift{index, static_cast<std::uint32_t>(slots_.size()), slot.listener.get(),
                             theirs.get(), shared_};
        spawned = command_.has_value() ? command_->start(gift, mask_) : fork_worker(gift);
        if (is_worker_) {
            theirs.release();  // named by the environment from now on
            return false;
        }
    }
    const std::uint32_t number = index * 2 + which;
    if (spawned.has_value() && (!watch(spawned->pidfd.get(), EPOLLIN, Source::process, number) ||
                                !watch(child.control.get(), EPOLLIN, Source::control, number))) {
        const Error error = system_error("epoll_ctl");
        kill_and_wait(spawned->pid);
        spawned = std::unexpected(error);
    }
    read_clock();
    if (!spawned.has_value()) {
        forget(child);
        on_failed_start(index, which, spawned.error());
        return false;
    }
    has_started_ = true;
    child.state = ChildState::starting;
    child.pid = spawned->pid;
    child.pidfd = std::move(spawned->pidfd);
    child.deadline_ms = now_ms_ + config_.start_timeout_ms;
    return true;
}

void Supervisor::on_failed_start(std::uint32_t index, std::uint32_t which, const Error& error) {
    const std::string why = error.message + ": " + error.detail;
    if (!has_started_) {
        start_error_ = error;
    } else if (which != slots_[index].current) {
        stop_replacing(name_of(index), why);
    } else if (!is_draining_) {
        plan_start(index, false, 0, {}, why);
    } else {
        log(LogLevel::warn, name_of(index) + " failed, " + why);
    }
}

// The supervisor's end goes to `child`. An empty process as a value, to be replaced.
std::expected<Spawned, Error> Supervisor::open_control(Child& child, Fd& theirs) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return std::unexpected(system_error("socketpair"));
    }
    child.control.reset(ends[0]);
    theirs.reset(ends[1]);
    // Before anything is sent: behind a wrapper, the worker is another process than was started.
    const int on = 1;
    if (::setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
        return std::unexpected(system_error("SO_PASSCRED"));
    }
    send_ticket_keys(child);
    return Spawned{};
}

// The first message that a worker finds. Who does not speak TLS leaves it.
void Supervisor::send_ticket_keys(const Child& child) {
    const tls::TicketKeys::State state = ticket_keys_.state(tls::TicketKeys::now_s());
    ControlMessage message;
    message.kind = static_cast<std::uint8_t>(ControlKind::ticket_keys);
    message.append({reinterpret_cast<const char*>(&state), sizeof state});
    send_control(child.control.get(), message);
}

std::expected<Spawned, Error> Supervisor::fork_worker(const SpawnGift& gift) {
    const auto tell = [this](ForkMoment moment) {
        fork_(static_cast<std::uint32_t>(moment), user_data_);
    };
    tell(ForkMoment::prepare);
    Spawned spawned;
    int error = 0;
    {
        const SignalPause pause;
        spawned.pid = ::fork();
        error = errno;
        if (spawned.pid == 0) {
            become_worker(gift);
        }
    }
    if (is_worker_) {
        return spawned;
    }
    if (spawned.pid > 0) {
        spawned.pidfd = open_pidfd(spawned.pid);
        error = errno;
    }
    tell(ForkMoment::parent);
    if (!spawned.pidfd.is_open()) {
        if (spawned.pid > 0) {
            kill_and_wait(spawned.pid);
        }
        return std::unexpected(
            Error{Status::system, spawned.pid < 0 ? "fork" : "pidfd_open", std::strerror(error)});
    }
    return spawned;
}

// Leaves nothing of the supervisor in a forked child but what the worker was given.
void Supervisor::become_worker(const SpawnGift& gift) {
    is_worker_ = true;
    epoll_.reset(-1);
    signals_.reset(-1);
    slots_[gift.slot].listener.release();
    slots_.clear();
    ::setenv(kWorkerVariable, worker_variable(gift).c_str(), 1);
    if (!shared_.empty()) {
        ::setenv(kSharedVariable, shared_variable(shared_).c_str(), 1);
        for (SharedListener& listener : shared_) {
            listener.fd.release();
        }
        shared_.clear();
    }
}

}  // namespace trivet::app
