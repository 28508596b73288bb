#include <sys/epoll.h>

#include <algorithm>

#include "app/supervisor_core.h"
#include "io/backlog.h"

namespace trivet::app {
namespace {

constexpr std::int32_t kNobody = -1;

}  // namespace

// Whether the slot's own worker accepts.
bool Supervisor::is_fit(std::uint32_t index) noexcept {
    const Child& child = slots_[index].child();
    return child.state == ChildState::ready && !child.is_blocked && child.control.is_open();
}

std::int32_t Supervisor::acceptor(std::uint32_t index) noexcept {
    return is_fit(index) ? static_cast<std::int32_t>(index) : slots_[index].lent_to;
}

void Supervisor::settle_lending() {
    for (std::uint32_t index = 0; index < slots_.size() && !is_worker_; ++index) {
        settle_slot(index);
        arm(index);
    }
}

void Supervisor::settle_slot(std::uint32_t index) {
    Slot& slot = slots_[index];
    if (is_fit(index)) {
        slot.lend_at_ms = kNever;
        if (slot.lent_to != kNobody) {
            take_back(index, true);
        }
        return;
    }
    if (slot.lent_to != kNobody && !is_fit(static_cast<std::uint32_t>(slot.lent_to))) {
        take_back(index, false);
        slot.lend_at_ms = now_ms_;
    }
    if (slot.lent_to != kNobody || !has_been_ready_) {
        return;
    }
    if (slot.lend_at_ms == kNever) {
        // A blocked worker has already had its time.
        slot.lend_at_ms = slot.child().is_blocked ? now_ms_ : now_ms_ + kLendAfterMs;
    }
    if (slot.lend_at_ms <= now_ms_ && !lend(index)) {
        slot.lend_at_ms = next_willing_ms();
    }
}

// When somebody who refused may be asked again. In the past when there is nobody to ask: then the
// next worker that becomes fit is the occasion.
std::uint64_t Supervisor::next_willing_ms() noexcept {
    std::uint64_t next = kNever;
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        if (is_fit(index)) {
            next = std::min(next, slots_[index].refuses_until_ms);
        }
    }
    return next == kNever ? now_ms_ : next;
}

bool Supervisor::lend(std::uint32_t index) {
    for (;;) {
        const std::int32_t chosen = choose_borrower(index);
        if (chosen == kNobody) {
            return false;
        }
        const auto borrower = static_cast<std::uint32_t>(chosen);
        Child& child = slots_[borrower].child();
        if (send_control(child.control.get(), ControlKind::lend, index,
                         slots_[index].listener.get())) {
            slots_[index].lent_to = chosen;
            tell_lending(index, borrower);
            return true;
        }
        // Its queue is full: it has not read for long.
        child.is_blocked = true;
        child.ping_at_ms = now_ms_ + kPingAgainMs;
    }
}

// The one that serves the fewest others; behind the slot first, so that neighbours that fail
// together are spread.
std::int32_t Supervisor::choose_borrower(std::uint32_t index) {
    const auto count = static_cast<std::uint32_t>(slots_.size());
    std::ranges::fill(loads_, 0u);
    for (const Slot& slot : slots_) {
        if (slot.lent_to != kNobody) {
            ++loads_[static_cast<std::size_t>(slot.lent_to)];
        }
    }
    std::int32_t chosen = kNobody;
    for (std::uint32_t step = 1; step < count; ++step) {
        const std::uint32_t at = (index + step) % count;
        if (is_fit(at) && slots_[at].refuses_until_ms <= now_ms_ &&
            (chosen == kNobody || loads_[at] < loads_[static_cast<std::size_t>(chosen)])) {
            chosen = static_cast<std::int32_t>(at);
        }
    }
    return chosen;
}

void Supervisor::take_back(std::uint32_t index, bool is_back) {
    Slot& slot = slots_[index];
    Child& borrower = slots_[static_cast<std::size_t>(slot.lent_to)].child();
    slot.lent_to = kNobody;
    if (borrower.control.is_open()) {
        send_control(borrower.control.get(), ControlKind::give_back, index);
    }
    if (is_back && slot.is_lend_told) {
        slot.is_lend_told = false;
        log(LogLevel::info, name_of(index) + " accepts for itself again");
    }
}

void Supervisor::tell_lending(std::uint32_t index, std::uint32_t borrower) {
    Slot& slot = slots_[index];
    slot.is_lend_told =
        slot.is_lend_told || slot.lend_told_ms == 0 || now_ms_ - slot.lend_told_ms >= kLendLogMs;
    if (!slot.is_lend_told) {
        ++slot.lends_untold;
        return;
    }
    std::string line = name_of(index);
    line += slot.child().state == ChildState::ready ? " does not respond" : " is not ready";
    line += ": its listener is lent to " + name_of(borrower);
    if (slot.lends_untold > 0) {
        line += ", as " + std::to_string(slot.lends_untold) + " times since it was last told";
    }
    log(LogLevel::info, line);
    slot.lend_told_ms = now_ms_;
    slot.lends_untold = 0;
}

void Supervisor::forget_borrowed(std::uint32_t index) noexcept {
    for (Slot& slot : slots_) {
        if (slot.lent_to == static_cast<std::int32_t>(index)) {
            slot.lent_to = kNobody;
            slot.lend_at_ms = now_ms_;
        }
    }
}

void Supervisor::on_refused(std::uint32_t borrower, std::uint32_t index) {
    slots_[borrower].refuses_until_ms = now_ms_ + kRefusalMs;
    Slot& slot = slots_[index];
    if (slot.lent_to != static_cast<std::int32_t>(borrower)) {
        return;
    }
    slot.lent_to = kNobody;
    slot.lend_at_ms = now_ms_ + kLendAfterMs;
    if (is_draining_) {
        settle_backlog(index);
    }
}

// Wakes the supervisor at the next connection that waits at the listener, once: a worker that
// accepts costs it two glances in kLookAgainMs, and nothing when nobody connects.
void Supervisor::arm(std::uint32_t index) noexcept {
    Slot& slot = slots_[index];
    const std::int32_t serving = acceptor(index);
    if (slot.is_armed || slot.look_at_ms != kNever || serving == kNobody ||
        slots_[static_cast<std::size_t>(serving)].child().owes_pong) {
        return;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = event_data(Source::listener, index);
    slot.is_armed = ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, slot.listener.get(), &event) == 0;
}

void Supervisor::on_backlog(std::uint32_t index) {
    Slot& slot = slots_[index];
    slot.is_armed = false;
    if (!is_draining_) {
        slot.looks = 0;
        slot.look_at_ms = now_ms_ + kLookAgainMs;
    }
}

void Supervisor::look_again(std::uint32_t index) {
    Slot& slot = slots_[index];
    slot.look_at_ms = kNever;
    const std::int32_t serving = acceptor(index);
    if (is_draining_ || serving == kNobody || !io::has_backlog(slot.listener.get())) {
        return;
    }
    if (++slot.looks < kLooks) {
        slot.look_at_ms = now_ms_ + kLookAgainMs;
    } else {
        ping(slots_[static_cast<std::size_t>(serving)].child());
    }
}

void Supervisor::ping(Child& child) noexcept {
    child.ping_at_ms = kNever;
    if (child.owes_pong) {
        return;
    }
    if (!send_control(child.control.get(), ControlKind::ping)) {
        child.is_blocked = true;
        child.ping_at_ms = now_ms_ + kPingAgainMs;
        return;
    }
    child.owes_pong = true;
    child.pong_until_ms = now_ms_ + kPongMs;
}

void Supervisor::on_pong(Child& child, bool can_accept) noexcept {
    child.owes_pong = false;
    child.pong_until_ms = kNever;
    child.is_blocked = !can_accept;
    child.ping_at_ms = can_accept ? kNever : now_ms_ + kPingAgainMs;
}

void Supervisor::run_ping_deadlines(Child& child) noexcept {
    if (child.pong_until_ms <= now_ms_) {
        child.pong_until_ms = kNever;
        child.is_blocked = true;  // until the answer comes
    }
    if (child.ping_at_ms <= now_ms_) {
        ping(child);
    }
}

}  // namespace trivet::app
