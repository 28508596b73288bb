#include "app/post_queue.h"

#include <cstdlib>
#include <cstring>

namespace trivet::app {
namespace {

constexpr std::size_t kAlign = 8;

}  // namespace

std::size_t record_size(const ReplyRecord& record, std::size_t available) noexcept {
    if (available < sizeof(ReplyRecord)) {
        return 0;
    }
    const std::size_t room = available - sizeof(ReplyRecord);
    if (record.headers_bytes > room || record.body_bytes > room - record.headers_bytes) {
        return 0;
    }
    const std::size_t size =
        sizeof(ReplyRecord) + record.headers_bytes + static_cast<std::size_t>(record.body_bytes);
    const std::size_t padded = (size + kAlign - 1) / kAlign * kAlign;
    return padded <= available ? padded : 0;
}

bool are_fields_well_formed(const ReplyRecord& record, const char* fields) noexcept {
    std::size_t left = record.headers_bytes;
    for (std::uint64_t part = 0; part < std::uint64_t{record.header_count} * 2; ++part) {
        std::uint32_t size = 0;
        if (left < sizeof size) {
            return false;
        }
        std::memcpy(&size, fields, sizeof size);
        fields += sizeof size;
        left -= sizeof size;
        if (left < size) {
            return false;
        }
        fields += size;
        left -= size;
    }
    return left == 0;
}

PostQueue::~PostQueue() {
    for (Batch* batch = take_all(); batch != nullptr;) {
        Batch* next = batch->next;
        release(batch);
        batch = next;
    }
}

Status PostQueue::push(const void* records, std::size_t size) noexcept {
    const char* at = static_cast<const char*>(records);
    if (at == nullptr || reinterpret_cast<std::uintptr_t>(at) % kAlign != 0) {
        return Status::argument;
    }
    for (std::size_t left = size; left > 0;) {
        ReplyRecord record;
        if (left < sizeof record) {
            return Status::argument;
        }
        std::memcpy(&record, at, sizeof record);
        const std::size_t taken = record_size(record, left);
        if (taken == 0 || record.kind >= kPostKinds ||
            !are_fields_well_formed(record, at + sizeof record)) {
            return Status::argument;
        }
        at += taken;
        left -= taken;
    }
    const std::size_t waiting = waiting_bytes_.fetch_add(size, std::memory_order_relaxed);
    const bool is_full = waiting != 0 && waiting + size > kWaitingBytesMax;
    auto* batch = is_full ? nullptr : static_cast<Batch*>(std::malloc(sizeof(Batch) + size));
    if (batch == nullptr) {
        waiting_bytes_.fetch_sub(size, std::memory_order_relaxed);
        return is_full ? Status::limit : Status::memory;
    }
    batch->size = size;
    std::memcpy(batch->records(), records, size);
    batch->next = head_.load(std::memory_order_relaxed);
    while (!head_.compare_exchange_weak(batch->next, batch, std::memory_order_seq_cst,
                                        std::memory_order_relaxed)) {
    }
    return Status::ok;
}

PostQueue::Batch* PostQueue::take_all() noexcept {
    Batch* newest = head_.exchange(nullptr, std::memory_order_seq_cst);
    Batch* oldest = nullptr;
    while (newest != nullptr) {
        waiting_bytes_.fetch_sub(newest->size, std::memory_order_relaxed);
        Batch* next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

void PostQueue::release(Batch* batch) noexcept { std::free(batch); }

}  // namespace trivet::app
