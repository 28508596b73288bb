#include <utility>

#include "app/worker.h"
#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

// For how long the listener of a program that was in use stays open in a drain, so that a handshake
// whose last packet is still on its way becomes a connection and not a reset.
constexpr std::uint64_t kHandshakeGraceMs = 100;

}  // namespace

void Worker::request_drain() noexcept {
    drain_requests_.fetch_add(1, std::memory_order_seq_cst);
    loop_->wake();
}

void Worker::order_drain(bool is_forced) noexcept {
    drain_requests_.fetch_or(is_forced ? kOrdered | kForced : kOrdered, std::memory_order_seq_cst);
    loop_->wake();
}

void Worker::on_control_drain(bool is_forced) noexcept {
    if (!is_started_ && !is_forced) {
        // What waits at the listener is answered first, which needs a started app.
        is_drain_held_ = true;
        return;
    }
    app_.drain_all(is_forced);
}

bool Worker::owns_listener() const noexcept {
    if (!listener_.is_open() || is_activated_) {
        return false;
    }
    // Left behind by a supervisor that has died. One that this in its turn was given is no worker's
    // to close: those that supervisors make themselves are there to be shared.
    const bool is_orphan = control_.has_value() && !control_->is_open();
    return config_.listen_fd < 0 || (is_orphan && io::shares_port(listener_.get()));
}

void Worker::begin_drain() noexcept {
    state_ = WorkerState::draining;
    drain_end_ms_ = loop_->clock().now_ms() + app_.config().limits.shutdown_timeout_ms;
    // The listener of a supervisor, or of whoever started this process, goes on without this loop;
    // one of our own ends; of a Unix socket the file has gone by then.
    const bool is_own = unix_ != nullptr ? leave_unix() : owns_listener();
    if (is_own && unix_ == nullptr) {
        io::refuse_new_connections(listener_.get());
    }
    bool is_in_use = !server_.is_empty();
    // Subscribers have what was published before the drain was asked for.
    if (fan_out_.has_news()) {
        fan_out_.run();
    }
    server_.drain();
    if (is_shared_ && listener_.is_open()) {
        loop_->watch(listener_.get(), 0, *this);
        loop_->flush();  // before the number may be used again
        io::accept_pending(listener_.get(), server_);
    }
    const bool is_last_of_shared = leave_shared();
    for (std::size_t index = 0; index < others_.size(); ++index) {
        const int fd = others_.fd_at(index);
        take_backlog(fd, others_.listening_of(fd));
    }
    if (injection_ != nullptr) {
        injection_->close();
        injection_->accept(server_);
    }
    is_in_use = is_in_use || !server_.is_empty();
    handshakes_end_ms_ = loop_->clock().now_ms() + kHandshakeGraceMs;
    if (!is_own || !is_in_use || loop_->watch(listener_.get(), io::kRead, *this) != 0) {
        listener_.reset(-1);
    }
    if (!is_last_of_shared || !is_in_use) {
        others_.drop_all();
    }
    if (control_.has_value()) {
        control_->begin_drain();
    }
    app_.log().write(end_level(), "draining: no new connections, finishing what is in flight");
}

// True for the last loop at listeners of this process's own, which no one new connects to then.
bool Worker::leave_shared() noexcept {
    if (shared_count_ == 0 || std::exchange(has_left_shared_, true) ||
        !app_.shared_listeners().leave()) {
        return false;
    }
    for (std::size_t index = 0; index < others_.size(); ++index) {
        io::refuse_new_connections(others_.fd_at(index));
    }
    return true;
}

void Worker::end_listeners() noexcept {
    if (listener_.is_open()) {
        loop_->watch(listener_.get(), 0, *this);
        loop_->flush();  // before the number may be used again
        io::accept_pending(listener_.get(), server_);
        listener_.reset(-1);
    }
    for (std::size_t index = 0; index < others_.size(); ++index) {
        const int fd = others_.fd_at(index);
        take_backlog(fd, others_.listening_of(fd));
    }
    others_.drop_all();
}

void Worker::advance_drain() noexcept {
    const std::uint32_t requests = drain_requests_.load(std::memory_order_seq_cst);
    if (state_ == WorkerState::serving && requests > 0) {
        begin_drain();
    }
    if (state_ == WorkerState::draining) {
        const bool is_asked = (requests & kForced) != 0 || (requests & ~(kOrdered | kForced)) > 1;
        if (is_asked || is_forced_ || loop_->clock().now_ms() >= drain_end_ms_) {
            if (!is_forced_ && !server_.is_empty()) {
                app_.log().write(LogLevel::warn,
                                 is_asked ? "drain forced: closing all connections"
                                          : "shutdown_timeout_ms is over: closing all connections");
            }
            server_.abort();
            is_forced_ = true;
            drain_end_ms_ = io::Deadline::kNone;
        }
        if (has_listeners() && (is_forced_ || loop_->clock().now_ms() >= handshakes_end_ms_)) {
            end_listeners();
        }
        if (is_drained()) {
            state_ = WorkerState::drained;
            stop();
            Event event;
            event.kind = static_cast<std::uint32_t>(EventKind::drained);
            events_.end_with(event);
            loop_->flush();  // the last closings; nobody need turn again
            app_.log().write(end_level(), "drained");
        }
    }
    drains_done_ = requests;
}

}  // namespace trivet::app
