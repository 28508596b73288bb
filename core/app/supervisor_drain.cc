#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "app/supervisor_core.h"
#include "io/backlog.h"

namespace trivet::app {
namespace {

constexpr std::int32_t kNobody = -1;

std::string count_of_workers(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " worker" : " workers");
}

}  // namespace

void Supervisor::on_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            begin_replacing();
        } else {
            ask_for_end();
        }
    }
}

void Supervisor::on_stop_byte() {
    char byte = 0;
    const ssize_t size = ::read(config_.stop_fd, &byte, 1);
    if (size == 1) {
        ask_for_end();
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        // Nobody can write to it any more.
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, config_.stop_fd, nullptr);
    }
}

void Supervisor::ask_for_end() {
    ++end_requests_;
    if (end_requests_ == 1) {
        begin_drain();
    } else if (end_requests_ == 2) {
        force();
    }
}

// Nobody who has connected is cut off: new connections are kept out, each backlog is taken by a
// worker, its slot's or another one, and only when that worker says so the listener is closed.
void Supervisor::begin_drain() {
    is_draining_ = true;
    replacing_ = UINT32_MAX;
    drain_until_ms_ = now_ms_ + config_.shutdown_timeout_ms + kKillGraceMs;
    log(LogLevel::info, "draining " + count_of_workers(slots_.size()));
    socket_file_.remove();
    refuse_new(shared_);  // each worker takes what waits there; the last one has the last copy
    for (Slot& slot : slots_) {
        if (!is_activated_ && !io::is_unix_host(host_)) {
            io::refuse_new_connections(slot.listener.get());
        }
        slot.start_at_ms = kNever;
        slot.look_at_ms = kNever;
    }
    // First lend, then drain: a worker takes what it was lent before.
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        Slot& slot = slots_[index];
        if (!is_fit(index) && slot.lent_to == kNobody && io::has_backlog(slot.listener.get())) {
            lend(index);
        }
    }
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        drain_slot(index);
    }
}

void Supervisor::drain_slot(std::uint32_t index) {
    Slot& slot = slots_[index];
    const bool serves_backlog = (slot.lent_to == kNobody && io::has_backlog(slot.listener.get())) ||
                                std::ranges::any_of(shared_, [](const SharedListener& listener) {
                                    return io::has_backlog(listener.fd.get());
                                });
    drain_child(slot.child(), serves_backlog);
    drain_child(slot.other(), false);
    settle_backlog(index);
}

void Supervisor::drain_child(Child& child, bool serves_backlog) {
    switch (child.state) {
        case ChildState::none:
        case ChildState::draining:
            break;
        case ChildState::ready:
            send_control(child.control.get(), ControlKind::drain);
            child.state = ChildState::draining;
            child.deadline_ms =
                is_draining_ ? kNever : now_ms_ + config_.shutdown_timeout_ms + kKillGraceMs;
            break;
        case ChildState::starting:
            // What nobody waits for need not become ready.
            if (serves_backlog) {
                send_control(child.control.get(), ControlKind::drain);
            } else {
                kill(child, SIGTERM);
            }
            break;
    }
}

void Supervisor::force() noexcept {
    log(LogLevel::warn, "the end is forced: the workers close all connections");
    drain_until_ms_ = std::min(drain_until_ms_, now_ms_ + kKillGraceMs);
    for (Slot& slot : slots_) {
        for (Child& child : slot.children) {
            if (child.control.is_open()) {
                send_control(child.control.get(), ControlKind::force);
            }
        }
    }
}

void Supervisor::kill_the_rest() {
    drain_until_ms_ = kNever;
    std::size_t count = 0;
    for (Slot& slot : slots_) {
        slot.start_at_ms = kNever;
        slot.was_rescued = true;
        for (Child& child : slot.children) {
            if (child.state != ChildState::none) {
                kill(child, SIGKILL);
                ++count;
            }
        }
    }
    has_killed_ = has_killed_ || count > 0;
    log(LogLevel::warn, count_of_workers(count) + " did not end in time: killing");
}

void Supervisor::settle_backlog(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (!is_draining_ || !slot.listener.is_open() || slot.lent_to != kNobody) {
        return;
    }
    const Child& child = slot.child();
    if (child.state != ChildState::none && !child.has_drained && child.control.is_open()) {
        return;  // it will
    }
    // Whoever holds an inherited listener has it served when this process has ended.
    if (is_activated_ || !io::has_backlog(slot.listener.get())) {
        close_listener(index);
        return;
    }
    for (std::int32_t taker = choose_taker(index); taker != kNobody; taker = choose_taker(index)) {
        Slot& other = slots_[static_cast<std::size_t>(taker)];
        if (send_control(other.child().control.get(), ControlKind::lend, index,
                         slot.listener.get())) {
            slot.lent_to = taker;
            return;
        }
        other.refuses_until_ms = kNever;
    }
    if (slot.was_rescued || child.state != ChildState::none) {
        log(LogLevel::warn,
            "nobody is left to answer what waits for worker " + std::to_string(index));
        close_listener(index);
        return;
    }
    slot.was_rescued = true;
    slot.is_rescue = true;
    slot.start_at_ms = now_ms_;
}

// A worker that drains still takes a backlog, as long as its loop turns.
std::int32_t Supervisor::choose_taker(std::uint32_t index) noexcept {
    const auto count = static_cast<std::uint32_t>(slots_.size());
    for (std::uint32_t step = 1; step < count; ++step) {
        const std::uint32_t at = (index + step) % count;
        const Child& child = slots_[at].child();
        if (child.was_ready && child.state != ChildState::none && !child.is_blocked &&
            child.control.is_open() && slots_[at].refuses_until_ms <= now_ms_) {
            return static_cast<std::int32_t>(at);
        }
    }
    return kNobody;
}

void Supervisor::close_listener(std::uint32_t index) noexcept {
    Slot& slot = slots_[index];
    unwatch(slot.listener);
    slot.listener.reset(-1);
    slot.lent_to = kNobody;
}

// The worker has taken its own backlog and those it was lent before.
void Supervisor::on_drained(std::uint32_t index, std::uint32_t which) {
    if (which != slots_[index].current) {
        return;
    }
    for (std::uint32_t each = 0; each < slots_.size(); ++each) {
        if (each == index || slots_[each].lent_to == static_cast<std::int32_t>(index)) {
            close_listener(each);
        }
    }
}

void Supervisor::begin_replacing() {
    if (is_draining_) {
        return;
    }
    log(LogLevel::info, "replacing " + count_of_workers(slots_.size()) + " one by one");
    replacing_ = 0;
}

// Starts the next replacement when the one before is ready and what it replaced has ended.
void Supervisor::go_on_replacing() {
    while (replacing_ < slots_.size()) {
        Slot& slot = slots_[replacing_];
        if (slot.child().state != ChildState::ready) {
            // It is being started anew anyway, so there is nothing to replace.
            if (slot.other().state == ChildState::none) {
                ++replacing_;
                continue;
            }
            return;
        }
        if (slot.other().state != ChildState::none) {
            return;
        }
        start(replacing_, slot.current ^ 1);
        return;
    }
}

void Supervisor::stop_replacing(const std::string& name, const std::string& cause) {
    replacing_ = UINT32_MAX;
    log(LogLevel::warn, name + " was to replace another one and failed, " + cause +
                            "; the workers stay as they are");
}

}  // namespace trivet::app
