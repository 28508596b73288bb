#include "io/off_loop.h"

#include <csignal>
#include <new>
#include <utility>

namespace trivet::io {

void OffLoop::stop() noexcept {
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

void OffLoop::disown() noexcept {
    if (!has_thread_) {
        return;
    }
    has_thread_ = false;
    // As they were, they know of a thread that waits or holds them, and their end would wait for
    // it.
    new (&mutex_) std::mutex;
    new (&awaited_) std::condition_variable;
}

bool OffLoop::start() noexcept {
    // Signals are the program's: none is handled on a thread that it does not know.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const auto body = [](void* self) -> void* {
        static_cast<OffLoop*>(self)->run();
        return nullptr;
    };
    has_thread_ = pthread_create(&thread_, nullptr, body, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return has_thread_;
}

bool OffLoop::add(OffLoopTask& task) noexcept {
    if (is_ending_ || (!has_thread_ && !start())) {
        return false;
    }
    {
        const std::lock_guard guard(mutex_);
        waiting_.push_back(task);
    }
    ++under_way_;
    awaited_.notify_one();
    return true;
}

void OffLoop::run() noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
        awaited_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
        if (is_ending_) {
            return;
        }
        OffLoopTask& task = *waiting_.pop_front();
        lock.unlock();
        task.run();
        lock.lock();
        done_.push_back(task);
        if (!std::exchange(is_told_, true)) {
            loop_.wake();
        }
    }
}

void OffLoop::collect() noexcept {
    if (under_way_ == 0) {
        return;
    }
    List<OffLoopTask, OffLoopTag> done;
    {
        const std::lock_guard guard(mutex_);
        done.splice(done_);
        is_told_ = false;
    }
    while (OffLoopTask* const task = done.pop_front()) {
        --under_way_;
        task->on_done();
    }
}

}  // namespace trivet::io
