#include "realtime/event_log.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "proto/http1/chunked.h"

namespace trivet::realtime {
namespace {

constexpr std::uint32_t kEntriesMin = 16;

}  // namespace

void Segment::release(std::uint32_t count) noexcept {
    if (references.fetch_sub(count, std::memory_order_acq_rel) == count) {
        memory->release(this, sizeof(Segment) + capacity);
    }
}

EventLog::~EventLog() {
    while (count_ > 0) {
        evict();
    }
    if (last_ != nullptr) {
        last_->release(1);
    }
    memory_.release(entries_, sizeof(Entry) * capacity_);
    memory_.release(buckets_, sizeof(std::uint64_t) * capacity_);
}

Status EventLog::push(const sse::Event& event, std::size_t size, std::uint64_t key) noexcept {
    char head[http1::kChunkHeadBytesMax];
    const auto head_size = static_cast<std::size_t>(http1::write_chunk_head(head, size) - head);
    const std::size_t framed = head_size + size + http1::kChunkEnd.size();
    // All that may fail comes first, so that nobody loses an event to one that is not taken.
    if (framed > UINT32_MAX || (!must_evict(framed) && !make_room())) {
        return Status::memory;
    }
    Segment* segment = segment_for(framed);
    if (segment == nullptr) {
        return Status::memory;
    }
    while (must_evict(framed)) {
        evict();
    }
    if (segment != last_) {
        Segment* before = last_;
        last_ = segment;
        if (before != nullptr) {
            let_go(*before);
        }
    }
    char* const room = segment->bytes() + segment->used;
    std::memcpy(room, head, head_size);
    char* const end = sse::write_event(room + head_size, event);
    std::memcpy(end, http1::kChunkEnd.data(), http1::kChunkEnd.size());
    const std::size_t id_at = head_size + sse::comment_size(event) + sse::kIdField.size();
    if (key != 0) {
        supersede(key);
    }
    Entry& added = entry(end_);
    added = {.segment = segment,
             .offset = offset_,
             .key = key,
             .older = 0,
             .at = segment->used,
             .size = static_cast<std::uint32_t>(framed),
             .id_at = static_cast<std::uint32_t>(id_at),
             .id_size = static_cast<std::uint32_t>(event.id ? event.id->size() : 0),
             .head_size = static_cast<std::uint8_t>(head_size),
             .is_superseded = false};
    if (key != 0) {
        enter_key(added, end_);
    }
    segment->used += static_cast<std::uint32_t>(framed);
    ++segment->events;
    offset_ += framed;
    ++end_;
    ++count_;
    return Status::ok;
}

// Whether the oldest event has no place beside so many more bytes.
bool EventLog::must_evict(std::uint64_t more_bytes) const noexcept {
    const std::uint64_t whole = bytes() + more_bytes;
    return count_ > 0 && (whole > limits_.bytes_max ||
                          (count_ >= limits_.events_max &&
                           (whole > limits_.queue_bytes || count_ >= kQueueEventsMax)));
}

// For one more entry. False when memory is out.
bool EventLog::make_room() noexcept {
    if (count_ < capacity_) {
        return true;
    }
    const std::uint32_t capacity = capacity_ == 0 ? kEntriesMin : capacity_ * 2;
    auto* entries = static_cast<Entry*>(memory_.allocate(sizeof(Entry) * capacity));
    auto* buckets = static_cast<std::uint64_t*>(memory_.allocate(sizeof(std::uint64_t) * capacity));
    if (entries == nullptr || buckets == nullptr) {
        memory_.release(entries, sizeof(Entry) * capacity);
        memory_.release(buckets, sizeof(std::uint64_t) * capacity);
        return false;
    }
    std::fill_n(buckets, capacity, 0);
    Entry* const old_entries = entries_;
    std::uint64_t* const old_buckets = buckets_;
    const std::uint32_t old_capacity = capacity_;
    entries_ = entries;
    buckets_ = buckets;
    capacity_ = capacity;
    for (std::uint64_t position = begin(); position != end_; ++position) {
        Entry& moved = entry(position);
        moved = old_entries[position & (old_capacity - 1)];
        if (moved.key != 0) {
            enter_key(moved, position);
        }
    }
    memory_.release(old_entries, sizeof(Entry) * old_capacity);
    memory_.release(old_buckets, sizeof(std::uint64_t) * old_capacity);
    return true;
}

// The last one, when it has room, or a new one; nullptr when memory is out.
Segment* EventLog::segment_for(std::size_t size) noexcept {
    if (last_ != nullptr && last_->capacity - last_->used >= size) {
        return last_;
    }
    const std::size_t capacity = std::max<std::size_t>(size, next_segment_bytes_);
    void* room = memory_.allocate(sizeof(Segment) + capacity);
    if (room == nullptr) {
        return nullptr;
    }
    next_segment_bytes_ = std::min(next_segment_bytes_ * 2, kSegmentBytesMax);
    return new (room) Segment{.memory = &memory_,
                              .references = 1,
                              .capacity = static_cast<std::uint32_t>(capacity),
                              .used = 0,
                              .events = 0};
}

// The log keeps a segment as long as an event lies in it or may be added to it.
void EventLog::let_go(Segment& segment) noexcept {
    if (segment.events == 0 && &segment != last_) {
        segment.release(1);
    }
}

void EventLog::evict() noexcept {
    Segment& segment = *entry(begin()).segment;
    --segment.events;
    --count_;
    let_go(segment);
}

void EventLog::supersede(std::uint64_t key) noexcept {
    std::uint64_t place = buckets_[key & (capacity_ - 1)];
    while (place > begin()) {
        Entry& found = entry(place - 1);
        if (found.key == key) {
            found.is_superseded = true;
            return;  // those before it are already
        }
        place = found.older;
    }
}

void EventLog::enter_key(Entry& entry, std::uint64_t position) noexcept {
    std::uint64_t& bucket = buckets_[entry.key & (capacity_ - 1)];
    entry.older = bucket;
    bucket = position + 1;
}

EventLog::Run EventLog::run(std::uint64_t position, bool is_framed,
                            bool skips_superseded) const noexcept {
    while (skips_superseded && position != end_ && entry(position).is_superseded) {
        ++position;
    }
    if (position == end_) {
        return {.segment = nullptr, .bytes = {}, .next = end_, .events = 0};
    }
    const Entry& first = entry(position);
    const char* const start = first.segment->bytes() + first.at;
    first.segment->retain(1);
    if (!is_framed) {
        const std::size_t frame = first.head_size + http1::kChunkEnd.size();
        return {.segment = first.segment,
                .bytes = {start + first.head_size, first.size - frame},
                .next = position + 1,
                .events = 1};
    }
    std::size_t size = 0;
    std::uint64_t next = position;
    while (next != end_ && entry(next).segment == first.segment &&
           !(skips_superseded && entry(next).is_superseded)) {
        size += entry(next).size;
        ++next;
    }
    return {.segment = first.segment,
            .bytes = {start, size},
            .next = next,
            .events = static_cast<std::uint32_t>(next - position)};
}

std::uint64_t EventLog::within(std::uint64_t position, std::uint64_t bytes) const noexcept {
    std::uint64_t high = end_;
    while (position < high) {
        const std::uint64_t middle = position + (high - position) / 2;
        if (offset_ - offset_of(middle) <= bytes) {
            high = middle;
        } else {
            position = middle + 1;
        }
    }
    return position;
}

std::optional<std::uint64_t> EventLog::after(std::string_view id) const noexcept {
    if (id.empty()) {
        return std::nullopt;
    }
    for (std::uint64_t position = end_; position != history_begin(); --position) {
        const Entry& candidate = entry(position - 1);
        const char* const start = candidate.segment->bytes() + candidate.at;
        if (std::string_view(start + candidate.id_at, candidate.id_size) == id) {
            return position;
        }
    }
    return std::nullopt;
}

}  // namespace trivet::realtime
