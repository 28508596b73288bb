#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/memory.h"
#include "base/status_gen.h"

namespace trivet::sse {

struct RingLimits {
    std::uint32_t events_max = 256;
    std::size_t bytes_max = 64 * 1024;  // ids and encoded events together
};

// The last events of a stream, encoded, for clients that come back with Last-Event-ID. Owned by its
// hub, on its thread. Every event has a position, counted from 0; the oldest leaves when a limit
// would be passed. A replay never has a hole: an event that cannot be kept (too large, memory out)
// empties the ring, so that earlier ids are unknown from then on.
class Ring {
public:
    struct Entry {
        std::string_view id;     // empty: none, and nothing finds it
        std::string_view bytes;  // as write_event wrote them
    };

    Ring(Memory& memory, const RingLimits& limits) noexcept : memory_(memory), limits_(limits) {}
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    // Copies the event behind all others. Fails, emptied: Status::limit when it alone is more than
    // the ring may hold, Status::memory. Its position is used up nevertheless.
    Status push(std::string_view id, std::string_view bytes) noexcept;

    // Position of the first event behind the latest one with this id, which may be end(). nullopt:
    // no such id is here, so what the client has missed is no longer known.
    std::optional<std::uint64_t> after(std::string_view id) const noexcept;

    // The event at a position from begin() to before end(); nullopt when it has left or not come.
    // Views live until the next push.
    std::optional<Entry> at(std::uint64_t position) const noexcept;

    std::uint64_t begin() const noexcept { return end_ - count_; }
    std::uint64_t end() const noexcept { return end_; }
    std::size_t bytes() const noexcept { return bytes_; }

private:
    struct Slot {
        char* block;  // the id, then the event
        std::size_t id_size;
        std::size_t size;
    };

    Slot& slot(std::uint64_t position) const noexcept {
        return slots_[position % limits_.events_max];
    }
    void evict() noexcept;
    void clear() noexcept;

    Memory& memory_;
    const RingLimits limits_;
    Slot* slots_ = nullptr;
    std::uint64_t end_ = 0;
    std::uint32_t count_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace trivet::sse
