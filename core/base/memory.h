#pragma once

#include <atomic>
#include <cstddef>

namespace trivet {

// The source of all memory that is taken after start. Owned by a loop; used on its thread, and on
// the one that handles a request for what that request decodes. Never throws: a failed allocation
// is nullptr and the caller's to handle. Tests install a hook that fails the n-th allocation.
class Memory {
public:
    // Returns true when the allocation shall fail.
    using FailureHook = bool (*)(void* context, std::size_t size);

    Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    // `size` bytes aligned to 16, or nullptr.
    void* allocate(std::size_t size) noexcept;
    // Gives back a block of the size it was allocated with; nullptr is fine.
    void release(void* block, std::size_t size) noexcept;

    void set_failure_hook(FailureHook hook, void* context) noexcept;
    std::size_t bytes_in_use() const noexcept {
        return bytes_in_use_.load(std::memory_order_relaxed);
    }

private:
    FailureHook hook_ = nullptr;
    void* hook_context_ = nullptr;
    std::atomic<std::size_t> bytes_in_use_{0};
};

}  // namespace trivet
