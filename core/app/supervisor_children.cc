#include <sys/random.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "app/banner.h"
#include "app/exit_cause.h"
#include "app/supervisor_core.h"

namespace trivet::app {
namespace {

std::string name_with_pid(std::uint32_t index, const Child& child) {
    const pid_t pid = child.worker_pid != 0 ? child.worker_pid : child.pid;
    return name_of(index) + " (pid " + std::to_string(pid) + ")";
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    [[maybe_unused]] const ssize_t size = ::getrandom(&number, sizeof number, GRND_NONBLOCK);
    return number;
}

// The text before the next newline; moves past it.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace

void Supervisor::forget(Child& child) noexcept {
    unwatch(child.pidfd);
    unwatch(child.control);
    child = Child{};
}

void Supervisor::kill(Child& child, int signal) noexcept {
    signal_pidfd(child.pidfd.get(), signal);
    if (child.worker_pidfd.is_open()) {
        signal_pidfd(child.worker_pidfd.get(), signal);
    }
}

void Supervisor::on_control(std::uint32_t index, std::uint32_t which) {
    Child& child = slots_[index].children[which];
    for (int count = 0; count < kMessagesPerTurn && child.control.is_open(); ++count) {
        ControlMessage message;
        Fd attached;
        pid_t sender = 0;
        switch (read_control(child.control.get(), message, attached, sender)) {
            case ControlRead::nothing:
                return;
            case ControlRead::message:
                act(index, which, message, sender);
                break;
            case ControlRead::end:
                unwatch(child.control);
                child.control.reset(-1);
                // Its loop has gone, and the process is expected to follow.
                child.deadline_ms = std::min(child.deadline_ms,
                                             now_ms_ + config_.shutdown_timeout_ms + kKillGraceMs);
                return;
        }
    }
}

void Supervisor::act(std::uint32_t index, std::uint32_t which, const ControlMessage& message,
                     pid_t sender) {
    Child& child = slots_[index].children[which];
    switch (static_cast<ControlKind>(message.kind)) {
        case ControlKind::ready:
            if (child.state == ChildState::starting) {
                on_ready(index, which, message, sender);
            }
            break;
        case ControlKind::pong:
            on_pong(child, (message.flags & kCannotAccept) == 0);
            break;
        case ControlKind::draining:
            child.has_drained = true;
            if (is_draining_) {
                on_drained(index, which);
            } else if (child.state == ChildState::ready) {
                on_own_drain(index, which);
            }
            break;
        case ControlKind::taken:
            if (is_draining_ && message.slot < slots_.size()) {
                close_listener(message.slot);
            }
            break;
        case ControlKind::refused:
            if (message.slot < slots_.size()) {
                on_refused(index, message.slot);
            }
            break;
        default:
            break;
    }
}

void Supervisor::on_ready(std::uint32_t index, std::uint32_t which, const ControlMessage& message,
                          pid_t sender) {
    Slot& slot = slots_[index];
    Child& child = slot.children[which];
    child.state = ChildState::ready;
    child.was_ready = true;
    child.ready_ms = now_ms_;
    child.deadline_ms = kNever;
    child.worker_pid = sender != 0 ? sender : child.pid;
    if (child.worker_pid != child.pid) {
        child.worker_pidfd = open_pidfd(child.worker_pid);
    }
    if (!has_been_ready_) {
        has_been_ready_ = true;
        write_banner(message.view());
        // Until now there was nobody to lend to; the others may be about to be ready as well.
        for (Slot& each : slots_) {
            each.lend_at_ms = kNever;
        }
    }
    log(LogLevel::info, name_of(index) + " ready, pid " + std::to_string(child.worker_pid));
    if (is_draining_) {
        drain_child(child, true);
    } else if (which != slot.current) {
        // It replaces the other one, which is to finish what it has.
        slot.current = which;
        replacing_ += index == replacing_ ? 1 : 0;
        forget_borrowed(index);
        drain_child(slot.other(), false);
    }
}

void Supervisor::write_banner(std::string_view text) {
    if (log_.is_on(LogLevel::info)) {
        Banner banner{.host = host_,
                      .port = port_,
                      .is_activated = is_activated_,
                      .workers = static_cast<std::uint32_t>(slots_.size())};
        banner.version = take_line(text);
        banner.runtime = take_line(text);
        banner.engine = take_line(text);
        banner.is_secured = take_line(text) == kSecuredMark.substr(1);
        log_.write_raw(format_banner(banner));
    }
}

// A worker drains that was not asked to: by a signal of its own, or because its program wants it.
void Supervisor::on_own_drain(std::uint32_t index, std::uint32_t which) {
    Slot& slot = slots_[index];
    Child& child = slot.children[which];
    child.state = ChildState::draining;
    child.deadline_ms = now_ms_ + config_.shutdown_timeout_ms + kKillGraceMs;
    if (which != slot.current || is_draining_) {
        return;
    }
    forget_borrowed(index);
    if (slot.other().state == ChildState::none) {
        const std::string what = name_with_pid(index, child) + " drains";
        slot.current ^= 1;
        plan_start(index, true, now_ms_ - child.ready_ms, what, "drained by itself");
    }
}

void Supervisor::on_process(std::uint32_t index, std::uint32_t which) {
    Child& child = slots_[index].children[which];
    if (child.state == ChildState::none) {
        return;
    }
    siginfo_t info{};
    if (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid == 0) {
        return;
    }
    on_control(index, which);  // what it still said
    on_end(index, which, exit_cause(info), info.si_code == CLD_EXITED && info.si_status == 0);
}

void Supervisor::on_end(std::uint32_t index, std::uint32_t which, const std::string& cause,
                        bool is_clean) {
    Slot& slot = slots_[index];
    Child& child = slot.children[which];
    const std::string name = name_with_pid(index, child);
    const ChildState state = child.state;
    const bool was_ready = child.was_ready;
    const std::uint64_t ready_for = was_ready ? now_ms_ - child.ready_ms : 0;
    const std::string why = child.is_late ? "not ready within start_timeout_ms (" +
                                                std::to_string(config_.start_timeout_ms) + " ms)"
                                          : cause;
    const bool is_current = which == slot.current;
    forget(child);
    if (is_current) {
        forget_borrowed(index);
    }
    if (is_draining_) {
        if (!is_clean && !has_killed_ && was_ready) {
            log(LogLevel::warn, name + " ended, " + why);
        }
        for (std::uint32_t each = 0; each < slots_.size(); ++each) {
            settle_backlog(each);
        }
    } else if (!is_current && was_ready) {
        log(is_clean ? LogLevel::info : LogLevel::warn,
            name + (is_clean ? " has drained" : " ended while it drained, " + why));
    } else if (!is_current) {
        stop_replacing(name, why);
    } else if (slot.other().state == ChildState::starting) {
        slot.current ^= 1;  // its replacement is already under way
    } else if (state == ChildState::draining) {
        plan_start(index, true, ready_for, name + " has drained", "drained by itself");
    } else {
        plan_start(index, was_ready, ready_for, name + " ended, " + why, why);
    }
}

void Supervisor::plan_start(std::uint32_t index, bool was_ready, std::uint64_t ready_ms,
                            const std::string& what, const std::string& cause) {
    Slot& slot = slots_[index];
    if (!slot.backoff.count_end(was_ready, ready_ms)) {
        slot.start_at_ms = now_ms_;
        log(LogLevel::warn, what + "; starting another one");
        return;
    }
    const std::uint64_t delay = slot.backoff.delay_ms(random_number());
    slot.start_at_ms = now_ms_ + delay;
    const std::uint32_t failures = slot.backoff.failures();
    char tail[64];
    std::snprintf(tail, sizeof tail, "; next start in %.1f s", static_cast<double>(delay) / 1e3);
    log(LogLevel::warn, name_of(index) + " failed " + std::to_string(failures) +
                            (failures == 1 ? " time in a row, " : " times in a row, ") + cause +
                            tail);
}

void Supervisor::run_child_deadlines(std::uint32_t index) {
    for (Child& child : slots_[index].children) {
        run_ping_deadlines(child);
        if (child.deadline_ms > now_ms_) {
            continue;
        }
        child.deadline_ms = kNever;
        if (child.state == ChildState::starting) {
            child.is_late = true;
        } else {
            has_killed_ = has_killed_ || is_draining_;
            log(LogLevel::warn, name_with_pid(index, child) + " did not end in time: killing it");
        }
        kill(child, SIGKILL);
    }
}

}  // namespace trivet::app
