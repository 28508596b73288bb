#include "base/memory.h"

#include <cstdlib>

namespace trivet {

void* Memory::allocate(std::size_t size) noexcept {
    if (hook_ != nullptr && hook_(hook_context_, size)) {
        return nullptr;
    }
    void* block = std::malloc(size);
    if (block != nullptr) {
        bytes_in_use_.fetch_add(size, std::memory_order_relaxed);
    }
    return block;
}

void Memory::release(void* block, std::size_t size) noexcept {
    if (block != nullptr) {
        bytes_in_use_.fetch_sub(size, std::memory_order_relaxed);
        std::free(block);
    }
}

void Memory::set_failure_hook(FailureHook hook, void* context) noexcept {
    hook_ = hook;
    hook_context_ = context;
}

}  // namespace trivet
