#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/memory.h"
#include "base/status_gen.h"
#include "proto/sse/event.h"

namespace trivet::realtime {

// Memory in which events lie one behind the other, as they are sent. Whoever has a reference may
// read what was pushed before, on any thread; the last one to let go frees it.
struct Segment {
    Memory* memory;
    std::atomic<std::uint32_t> references;
    std::uint32_t capacity;
    std::uint32_t used;    // the log's
    std::uint32_t events;  // of the log that lie in it

    char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
    void retain(std::uint32_t count) noexcept {
        references.fetch_add(count, std::memory_order_relaxed);
    }
    void release(std::uint32_t count) noexcept;
};

struct LogLimits {
    std::uint32_t events_max = 256;
    std::uint64_t bytes_max = 256 * 1024;  // framing included
    std::uint64_t queue_bytes = 0;         // kept for who is behind, however many events they are
};

// Events beyond events_max that still wait for somebody are kept up to so many in all.
inline constexpr std::uint32_t kQueueEventsMax = 65'536;

// The last events of a hub, each encoded once, with the frame of a chunk around it. Every event has
// a position, counted from 0, and an offset, the bytes of all before it. Those from
// history_begin() on are for whoever comes back; older ones stay as long as they lie within
// queue_bytes of the end. The oldest leaves when a limit would be passed. Not thread-safe but for
// the segments: its hub has a lock. Fails for want of memory, unchanged.
class EventLog {
public:
    static constexpr std::uint32_t kSegmentBytesMin = 1024;
    static constexpr std::uint32_t kSegmentBytesMax = 16 * 1024;  // but for a larger event

    // Bytes to send and the position behind them; empty when there are none.
    struct Run {
        Segment* segment = nullptr;  // a reference that is the caller's
        std::string_view bytes;
        std::uint64_t next = 0;
        std::uint32_t events = 0;
    };

    EventLog(Memory& memory, const LogLimits& limits) noexcept : memory_(memory), limits_(limits) {}
    ~EventLog();
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    // Encodes an event behind all others; `size` is what event_size said. A `key` that is not 0
    // supersedes the event that had it before.
    Status push(const sse::Event& event, std::size_t size, std::uint64_t key) noexcept;

    std::uint64_t begin() const noexcept { return end_ - count_; }
    std::uint64_t end() const noexcept { return end_; }
    std::uint64_t offset() const noexcept { return offset_; }  // behind the last event
    std::uint64_t offset_of(std::uint64_t position) const noexcept {
        return position == end_ ? offset_ : entry(position).offset;
    }
    std::uint64_t history_begin() const noexcept {
        return count_ > limits_.events_max ? end_ - limits_.events_max : begin();
    }
    // Bytes of the events that are here.
    std::uint64_t bytes() const noexcept { return offset_ - offset_of(begin()); }
    bool is_superseded(std::uint64_t position) const noexcept {
        return entry(position).is_superseded;
    }
    std::uint64_t size_of(std::uint64_t position) const noexcept { return entry(position).size; }

    // Events from a position (begin() to end()) on that lie together. Without frames it is one.
    // `skips_superseded`: it ends before one that is, and does not begin with one.
    Run run(std::uint64_t position, bool is_framed, bool skips_superseded) const noexcept;
    // The first position from `position` on behind which no more than `bytes` lie.
    std::uint64_t within(std::uint64_t position, std::uint64_t bytes) const noexcept;
    // Position behind the latest event of the history with this id; nullopt when there is none.
    std::optional<std::uint64_t> after(std::string_view id) const noexcept;

private:
    struct Entry {
        Segment* segment;
        std::uint64_t offset;
        std::uint64_t key;
        std::uint64_t older;  // position + 1 of the one before it in its bucket; 0: none
        std::uint32_t at;     // in the segment
        std::uint32_t size;   // framed
        std::uint32_t id_at;  // from `at`
        std::uint32_t id_size;
        std::uint8_t head_size;
        bool is_superseded;
    };

    Entry& entry(std::uint64_t position) const noexcept {
        return entries_[position & (capacity_ - 1)];
    }
    bool must_evict(std::uint64_t more_bytes) const noexcept;
    bool make_room() noexcept;
    Segment* segment_for(std::size_t size) noexcept;
    void let_go(Segment& segment) noexcept;
    void evict() noexcept;
    void supersede(std::uint64_t key) noexcept;
    void enter_key(Entry& entry, std::uint64_t position) noexcept;

    Memory& memory_;
    const LogLimits limits_;
    Entry* entries_ = nullptr;
    std::uint64_t* buckets_ = nullptr;  // position + 1 of the latest event; as many as entries
    std::uint32_t capacity_ = 0;        // a power of two
    std::uint32_t count_ = 0;
    std::uint32_t next_segment_bytes_ = kSegmentBytesMin;
    Segment* last_ = nullptr;
    std::uint64_t end_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace trivet::realtime
