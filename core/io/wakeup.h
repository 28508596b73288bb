#pragma once

#include <atomic>

#include "base/fd.h"

namespace trivet::io {

// Wakes a loop from any thread or signal handler: an eventfd that is written once per sleep.
class Wakeup {
public:
    // 0 or an errno.
    int open() noexcept;
    int fd() const noexcept { return fd_.get(); }
    void wake() noexcept;
    // The loop has seen the wake-up; reads the eventfd. Call before looking at what was handed
    // over.
    void acknowledge() noexcept;
    // As acknowledge(), when the eventfd was read already.
    void mark_seen() noexcept { is_pending_.store(false, std::memory_order_seq_cst); }

private:
    Fd fd_;
    std::atomic<bool> is_pending_{false};
};

}  // namespace trivet::io
