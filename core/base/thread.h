#pragma once

#include <pthread.h>

namespace trivet {

// A thread of the engine's own beside the program's: no signal is handled on it.
class Thread {
public:
    Thread() = default;
    ~Thread() { join(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    // Runs `body(argument)`. False when no thread can be had. Once, until it is joined.
    bool start(void (*body)(void* argument), void* argument) noexcept;
    // Waits for its end; whoever calls it has told it to come to that.
    void join() noexcept;
    bool is_running() const noexcept { return is_running_; }

private:
    static void* run(void* self) noexcept;

    void (*body_)(void*) = nullptr;
    void* argument_ = nullptr;
    pthread_t id_{};
    bool is_running_ = false;
};

}  // namespace trivet
