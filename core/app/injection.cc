#include "app/injection.h"

#include <cerrno>
#include <utility>

#include "io/socket.h"

namespace trivet::app {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;

}  // namespace

Status Injection::connect(Fd& client) noexcept {
    const std::lock_guard guard(guard_);
    if (is_closed_) {
        return Status::state;
    }
    if (count_ == kWaitingMax) {
        return Status::limit;
    }
    Fd served;
    const int error = io::connect_pair(served, client);
    if (error != 0) {
        errno = error;
        return Status::system;
    }
    waiting_[count_] = std::move(served);
    ++count_;
    has_waiting_.store(true, std::memory_order_seq_cst);
    return Status::ok;
}

Status Injection::advance(std::uint64_t milliseconds) noexcept {
    std::uint64_t before = forward_ms_.load(std::memory_order_relaxed);
    do {
        if (milliseconds > kForwardMsMax - before) {
            return Status::limit;
        }
    } while (!forward_ms_.compare_exchange_weak(before, before + milliseconds,
                                                std::memory_order_seq_cst));
    return Status::ok;
}

void Injection::apply(io::Clock& clock) noexcept {
    const std::uint64_t forward_ms = forward_ms_.load(std::memory_order_seq_cst);
    if (forward_ms != applied_ms_) {
        applied_ms_ = forward_ms;
        clock.put_forward(forward_ms * kNsPerMs);
    }
}

void Injection::accept(io::AcceptHandler& handler) noexcept {
    const std::lock_guard guard(guard_);
    for (std::size_t index = 0; index < count_; ++index) {
        handler.on_accept(waiting_[index].release());
    }
    count_ = 0;
    has_waiting_.store(false, std::memory_order_seq_cst);
}

void Injection::close() noexcept {
    const std::lock_guard guard(guard_);
    is_closed_ = true;
}

}  // namespace trivet::app
