#include "net/handshakes.h"

#include <csignal>
#include <utility>

namespace trivet::net {

void Handshakes::stop() noexcept {
    if (!has_thread_) {
        return;
    }
    {
        const std::lock_guard guard(mutex_);
        is_ending_ = true;
    }
    awaited_.notify_one();
    pthread_join(thread_, nullptr);
    has_thread_ = false;
}

bool Handshakes::start() noexcept {
    // Signals are the program's: none is handled on a thread that it does not know.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto body = [](void* self) -> void* {
        static_cast<Handshakes*>(self)->run();
        return nullptr;
    };
    has_thread_ = pthread_create(&thread_, nullptr, body, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return has_thread_;
}

bool Handshakes::add(HandshakeStep& step) noexcept {
    if (!has_thread_ && !start()) {
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
