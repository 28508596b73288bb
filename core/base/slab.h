#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/memory.h"

namespace trivet {

// Generation-checked slots of T in blocks that never move. Owned by one loop. A slot's generation
// changes when it is taken and when it is given back, so a number kept too long finds nothing; a
// slot whose generations are used up is retired, never reused. Live slots have odd generations. T
// has members `slot` and `generation` (uint32_t) that the slab writes, and is constructed once,
// with the argument given to take(). find() may be called from other threads than the loop's.
template <typename T>
class Slab {
public:
    static constexpr std::uint32_t kBlockSlots = 64;
    static constexpr std::uint32_t kBlocksMax = 4096;
    static constexpr std::uint32_t kSlotsMax = kBlockSlots * kBlocksMax;

    // `first_generation` should differ from that of every earlier slab behind the same handles.
    Slab(Memory& memory, std::uint32_t first_generation) noexcept
        : memory_(memory), first_generation_(first_generation & ~1u) {}
    ~Slab() {
        for (std::uint32_t index = 0; index < slots(); ++index) {
            at(index)->~T();
        }
        for (std::uint32_t block = 0; block < block_count(); ++block) {
            memory_.release(blocks_[block], sizeof(T) * kBlockSlots);
        }
        memory_.release(blocks_, sizeof(T*) * kBlocksMax);
        memory_.release(free_, sizeof(std::uint32_t) * free_capacity_);
    }
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

    template <typename Argument>
    T* take(Argument& argument) noexcept {
        T* item = nullptr;
        if (free_count_ > 0) {
            item = at(free_[--free_count_]);
        } else {
            if (!make_room()) {
                return nullptr;
            }
            const std::uint32_t slot = slots();
            item = new (at(slot)) T(argument);
            item->slot = slot;
            item->generation = first_generation_;
            slots_.store(slot + 1, std::memory_order_release);
        }
        advance(*item);
        ++live_;
        return item;
    }

    void give_back(T& item) noexcept {
        advance(item);
        --live_;
        if (item.generation == first_generation_) {
            return;
        }
        free_[free_count_++] = item.slot;
    }

    T* find(std::uint32_t slot, std::uint32_t generation) noexcept {
        if (slot >= slots_.load(std::memory_order_acquire) || (generation & 1u) == 0) {
            return nullptr;
        }
        T* item = at(slot);
        const std::atomic_ref<std::uint32_t> present(item->generation);
        return present.load(std::memory_order_acquire) == generation ? item : nullptr;
    }

    // Above every generation given out so far.
    std::uint32_t generation_end() noexcept {
        std::uint32_t furthest = 0;
        for (std::uint32_t index = 0; index < slots(); ++index) {
            const std::uint32_t used = at(index)->generation - first_generation_;
            furthest = used > furthest ? used : furthest;
        }
        return first_generation_ + furthest + 2;
    }
    std::uint32_t live() const noexcept { return live_; }
    std::uint32_t slots() const noexcept { return slots_.load(std::memory_order_relaxed); }
    // The item in a slot below slots(), live or not.
    T* at(std::uint32_t index) noexcept {
        return reinterpret_cast<T*>(blocks_[index / kBlockSlots]) + index % kBlockSlots;
    }

private:
    std::uint32_t block_count() const noexcept { return (slots_room_) / kBlockSlots; }

    static void advance(T& item) noexcept {
        std::atomic_ref<std::uint32_t>(item.generation)
            .store(item.generation + 1, std::memory_order_release);
    }

    bool make_room() noexcept {
        if (slots() < slots_room_) {
            return true;
        }
        if (slots_room_ >= kSlotsMax) {
            return false;
        }
        if (blocks_ == nullptr) {
            blocks_ = static_cast<void**>(memory_.allocate(sizeof(T*) * kBlocksMax));
            if (blocks_ == nullptr) {
                return false;
            }
        }
        // The free list always has room for every slot, so that giving back cannot fail.
        if (free_capacity_ < slots_room_ + kBlockSlots) {
            const std::uint32_t capacity = (slots_room_ + kBlockSlots) * 2;
            auto* bigger =
                static_cast<std::uint32_t*>(memory_.allocate(sizeof(std::uint32_t) * capacity));
            if (bigger == nullptr) {
                return false;
            }
            for (std::uint32_t index = 0; index < free_count_; ++index) {
                bigger[index] = free_[index];
            }
            memory_.release(free_, sizeof(std::uint32_t) * free_capacity_);
            free_ = bigger;
            free_capacity_ = capacity;
        }
        void* block = memory_.allocate(sizeof(T) * kBlockSlots);
        if (block == nullptr) {
            return false;
        }
        blocks_[slots_room_ / kBlockSlots] = block;
        slots_room_ += kBlockSlots;
        return true;
    }

    Memory& memory_;
    const std::uint32_t first_generation_;
    void** blocks_ = nullptr;
    std::uint32_t* free_ = nullptr;
    std::uint32_t free_count_ = 0;
    std::uint32_t free_capacity_ = 0;
    std::atomic<std::uint32_t> slots_{0};
    std::uint32_t slots_room_ = 0;
    std::uint32_t live_ = 0;
};

}  // namespace trivet
