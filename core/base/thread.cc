#include "base/thread.h"

#include <csignal>

namespace trivet {

void* Thread::run(void* self) noexcept {
    const auto& thread = *static_cast<Thread*>(self);
    thread.body_(thread.argument_);
    return nullptr;
}

bool Thread::start(void (*body)(void*), void* argument) noexcept {
    body_ = body;
    argument_ = argument;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // a thread begins with its parent's mask
    is_running_ = pthread_create(&id_, nullptr, &Thread::run, this) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return is_running_;
}

void Thread::join() noexcept {
    if (is_running_) {
        pthread_join(id_, nullptr);
        is_running_ = false;
    }
}

}  // namespace trivet
