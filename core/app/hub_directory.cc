#include "app/hub_directory.h"

#include <atomic>
#include <mutex>
#include <new>

#include "app/loop_directory.h"

namespace trivet::app {
namespace {

constexpr std::uint32_t kBlockSlots = 256;
constexpr std::uint32_t kBlocks = kHubsMax / kBlockSlots;
constexpr std::uint32_t kGuards = 16;
constexpr unsigned kMarkShift = 56;
constexpr unsigned kSlotShift = 32;
constexpr std::uint64_t kSlotMask = (1u << 24) - 1;

// Odd generations are those of open hubs.
struct Slot {
    realtime::EventHub* hub = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;  // slot + 1; 0: none
};

// Blocks are made when they are needed first and kept: who looks a hub up must find a slot.
struct Hubs {
    std::mutex changing;         // of which slots are taken
    std::mutex guards[kGuards];  // of the slots, by number
    std::atomic<Slot*> blocks[kBlocks]{};
    std::uint32_t slots = 0;
    std::uint32_t first_free = 0;  // slot + 1
};

constinit Hubs hubs;

std::mutex& guard_of(std::uint32_t slot) noexcept { return hubs.guards[slot % kGuards]; }

Slot* slot_at(std::uint32_t slot) noexcept {
    Slot* const block =
        slot < kHubsMax ? hubs.blocks[slot / kBlockSlots].load(std::memory_order_acquire) : nullptr;
    return block == nullptr ? nullptr : block + slot % kBlockSlots;
}

HubHandle handle_of(std::uint32_t slot, std::uint32_t generation) noexcept {
    return (handle_mark() << kMarkShift) | (std::uint64_t{slot} << kSlotShift) | generation;
}

bool split(HubHandle handle, std::uint32_t& slot, std::uint32_t& generation) noexcept {
    slot = static_cast<std::uint32_t>((handle >> kSlotShift) & kSlotMask);
    generation = static_cast<std::uint32_t>(handle);
    return handle >> kMarkShift == handle_mark();
}

// Under `changing`. limit or memory when there is none.
Status take_slot(std::uint32_t& slot) noexcept {
    if (hubs.first_free != 0) {
        slot = hubs.first_free - 1;
        hubs.first_free = slot_at(slot)->next_free;
        return Status::ok;
    }
    if (hubs.slots == kHubsMax) {
        return Status::limit;
    }
    if (hubs.slots % kBlockSlots == 0) {
        auto* const block = new (std::nothrow) Slot[kBlockSlots];
        if (block == nullptr) {
            return Status::memory;
        }
        const std::uint32_t first = random_generation();
        for (std::uint32_t index = 0; index < kBlockSlots; ++index) {
            block[index].generation = first & ~1u;
        }
        hubs.blocks[hubs.slots / kBlockSlots].store(block, std::memory_order_release);
    }
    slot = hubs.slots++;
    return Status::ok;
}

// The directory's reference to the hub of a slot; nullptr when it is none of this generation.
realtime::EventHub* empty_slot(std::uint32_t number, std::uint32_t generation) noexcept {
    const std::lock_guard changing(hubs.changing);
    Slot* const slot = slot_at(number);
    if (slot == nullptr) {
        return nullptr;
    }
    const std::lock_guard guard(guard_of(number));
    if (slot->hub == nullptr || slot->generation != generation) {
        return nullptr;
    }
    realtime::EventHub* const hub = slot->hub;
    slot->hub = nullptr;
    ++slot->generation;
    slot->next_free = hubs.first_free;
    hubs.first_free = number + 1;
    return hub;
}

}  // namespace

Status open_hub(const realtime::HubConfig& config, const void* owner, HubHandle& handle) noexcept {
    auto* const hub = new (std::nothrow) realtime::EventHub(config, owner);
    if (hub == nullptr) {
        return Status::memory;
    }
    const std::lock_guard changing(hubs.changing);
    std::uint32_t number = 0;
    const Status taken = take_slot(number);
    if (taken != Status::ok) {
        hub->release();
        return taken;
    }
    Slot& slot = *slot_at(number);
    const std::lock_guard guard(guard_of(number));
    slot.hub = hub;
    ++slot.generation;
    handle = handle_of(number, slot.generation);
    return Status::ok;
}

HubReference find_hub(HubHandle handle) noexcept {
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
    Slot* const slot = split(handle, number, generation) ? slot_at(number) : nullptr;
    if (slot == nullptr) {
        return HubReference(nullptr);
    }
    const std::lock_guard guard(guard_of(number));
    if (slot->hub == nullptr || slot->generation != generation) {
        return HubReference(nullptr);
    }
    slot->hub->retain();
    return HubReference(slot->hub);
}

Status close_hub(HubHandle handle) noexcept {
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
    const HubReference hub(split(handle, number, generation) ? empty_slot(number, generation)
                                                             : nullptr);
    if (!hub) {
        return Status::stale;
    }
    hub->close();
    return Status::ok;
}

void close_hubs_of(const void* owner) noexcept {
    for (std::uint32_t number = 0; slot_at(number) != nullptr; ++number) {
        HubHandle handle = 0;
        {
            const std::lock_guard guard(guard_of(number));
            const Slot& slot = *slot_at(number);
            if (slot.hub != nullptr && slot.hub->owner() == owner) {
                handle = handle_of(number, slot.generation);
            }
        }
        if (handle != 0) {
            close_hub(handle);
        }
    }
}

}  // namespace trivet::app
