#include "net/handshakes.h"

#include <utility>

namespace trivet::net {

void Handshakes::stop() noexcept {
    if (!thread_.is_running()) {
        return;
    }
    {
        const std::lock_guard guard(mutex_);
        is_ending_ = true;
    }
    awaited_.notify_one();
    thread_.join();
}

bool Handshakes::add(HandshakeStep& step) noexcept {
    const auto body = [](void* self) { static_cast<Handshakes*>(self)->run(); };
    if (!thread_.is_running() && !thread_.start(body, this)) {
        return false;
    }
    {
        const std::lock_guard guard(mutex_);
        waiting_.push_back(step);
    }
    ++under_way_;
    awaited_.notify_one();
    return true;
}

void Handshakes::run() noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
        awaited_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
        if (is_ending_) {
            return;
        }
        HandshakeStep& step = *waiting_.pop_front();
        lock.unlock();
        step.outcome = step.session->handshake(step.input);
        lock.lock();
        made_.push_back(step);
        if (!std::exchange(is_told_, true)) {
            loop_.wake();
        }
    }
}

void Handshakes::collect() noexcept {
    if (under_way_ == 0) {
        return;
    }
    List<HandshakeStep, HandshakeTag> made;
    {
        const std::lock_guard guard(mutex_);
        made.splice(made_);
        is_told_ = false;
    }
    while (HandshakeStep* const step = made.pop_front()) {
        --under_way_;
        step->on_step(step->outcome);
    }
}

}  // namespace trivet::net
