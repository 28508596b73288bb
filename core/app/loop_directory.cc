#include "app/loop_directory.h"

#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <mutex>

namespace trivet::app {
namespace {

struct Slot {
    std::atomic<Worker*> worker{nullptr};
    std::atomic<pthread_t> owner{};
    std::uint32_t next_generation = 0;  // 0: never used
};

struct Directory {
    std::mutex changing;
    Slot slots[kLoopsMax];
};

constinit Directory directory;

constexpr unsigned kMarkShift = 56;
constexpr unsigned kLoopShift = 50;
constexpr unsigned kSlotShift = 32;
constexpr std::uint64_t kLoopMask = (1u << 6) - 1;
constexpr std::uint64_t kSlotMask = (1u << 18) - 1;

}  // namespace

// Copies of the library lie at different addresses; 0 is kept for "no handle".
std::uint64_t handle_mark() noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&directory);
    const std::uint64_t folded =
        (address >> 12) ^ (address >> 20) ^ (address >> 28) ^ (address >> 36);
    return (folded & 0x7f) | 0x80;
}

std::uint32_t random_generation() noexcept {
    std::uint32_t value = 0;
    if (::getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value) {
        value = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&value) >> 4);
    }
    return value | 2u;
}

DirectoryEntry join_directory(Worker& worker) noexcept {
    const std::lock_guard guard(directory.changing);
    for (std::uint32_t index = 0; index < kLoopsMax; ++index) {
        Slot& slot = directory.slots[index];
        if (slot.worker.load(std::memory_order_relaxed) == nullptr) {
            if (slot.next_generation == 0) {
                slot.next_generation = random_generation();
            }
            slot.owner.store(::pthread_self(), std::memory_order_relaxed);
            slot.worker.store(&worker, std::memory_order_release);
            return {index, slot.next_generation & ~1u};
        }
    }
    return {};
}

void leave_directory(std::uint32_t index, std::uint32_t next_generation) noexcept {
    const std::lock_guard guard(directory.changing);
    Slot& slot = directory.slots[index];
    slot.next_generation = next_generation == 0 ? 2 : next_generation;
    slot.worker.store(nullptr, std::memory_order_release);
}

std::uint64_t make_handle(std::uint32_t loop, std::uint32_t slot,
                          std::uint32_t generation) noexcept {
    return (handle_mark() << kMarkShift) | (std::uint64_t{loop} << kLoopShift) |
           (std::uint64_t{slot} << kSlotShift) | generation;
}

bool split_handle(std::uint64_t handle, HandleParts& out) noexcept {
    if (handle >> kMarkShift != handle_mark()) {
        return false;
    }
    out.loop = static_cast<std::uint32_t>((handle >> kLoopShift) & kLoopMask);
    out.slot = static_cast<std::uint32_t>((handle >> kSlotShift) & kSlotMask);
    out.generation = static_cast<std::uint32_t>(handle);
    return true;
}

Worker* find_worker(std::uint32_t loop, bool& is_owner) noexcept {
    Slot& slot = directory.slots[loop];
    Worker* worker = slot.worker.load(std::memory_order_acquire);
    is_owner = worker != nullptr && slot.owner.load(std::memory_order_relaxed) == ::pthread_self();
    return worker;
}

}  // namespace trivet::app
