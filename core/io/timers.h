#pragma once

#include <cstdint>

#include "base/memory.h"
#include "base/slab.h"

namespace trivet::io {

// Timers of one loop: a binary heap by due time (then by start order) over generation-checked
// slots. Loop thread only. start() fails with nullptr when memory is out.
class Timers {
public:
    using Callback = void (*)(void* user_data);
    struct Timer {
        explicit Timer(Memory&) {}
        std::uint32_t slot = 0;
        std::uint32_t generation = 0;
        std::uint64_t due_ms = 0;
        std::uint64_t order = 0;
        std::uint32_t heap_index = 0;
        Callback callback = nullptr;
        void* user_data = nullptr;
        Callback drop = nullptr;
    };

    Timers(Memory& memory, std::uint32_t first_generation) noexcept
        : memory_(memory), slab_(memory, first_generation) {}
    ~Timers();
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    Timer* start(std::uint64_t due_ms, Callback callback, void* user_data, Callback drop) noexcept;
    // False when the timer has ended already.
    bool cancel(std::uint32_t slot, std::uint32_t generation) noexcept;
    // Calls back what is due at `now_ms`; timers started meanwhile wait for the next call.
    void run(std::uint64_t now_ms) noexcept;
    bool empty() const noexcept { return count_ == 0; }
    // Due time of the first timer; only when not empty.
    std::uint64_t next_ms() const noexcept { return heap_[0]->due_ms; }

private:
    static bool is_before(const Timer& a, const Timer& b) noexcept {
        return a.due_ms != b.due_ms ? a.due_ms < b.due_ms : a.order < b.order;
    }
    void place(std::uint32_t index, Timer* timer) noexcept;
    void sift_up(std::uint32_t index) noexcept;
    void sift_down(std::uint32_t index) noexcept;
    void remove(Timer& timer) noexcept;

    Memory& memory_;
    Slab<Timer> slab_;
    Timer** heap_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t capacity_ = 0;
    std::uint64_t next_order_ = 0;
};

}  // namespace trivet::io
