#include "http/address_counts.h"

#include <algorithm>
#include <new>

namespace trivet::http {
namespace {

// splitmix64's finish: every bit of the input moves every bit of the output.
std::uint64_t mix(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
}

}  // namespace

AddressCounts::~AddressCounts() {
    for (std::size_t index = 0; index < bucket_count_; ++index) {
        while (Entry* entry = buckets_[index]) {
            buckets_[index] = entry->next;
            memory_.release(entry, sizeof(Entry));
        }
    }
    memory_.release(buckets_, bucket_count_ * sizeof(Entry*));
}

std::size_t AddressCounts::bucket_of(const io::PeerAddress& address,
                                     std::size_t buckets) const noexcept {
    const std::uint64_t hash = mix(mix(address.high ^ seed_) + address.low);
    return static_cast<std::size_t>(hash) & (buckets - 1);
}

AddressCounts::Entry* AddressCounts::enter(const io::PeerAddress& address) noexcept {
    if (size_ >= bucket_count_ && !grow()) {
        return nullptr;
    }
    Entry*& first = buckets_[bucket_of(address, bucket_count_)];
    for (Entry* entry = first; entry != nullptr; entry = entry->next) {
        if (entry->address == address) {
            ++entry->count;
            return entry;
        }
    }
    void* room = memory_.allocate(sizeof(Entry));
    if (room == nullptr) {
        return nullptr;
    }
    first = new (room) Entry{.address = address, .count = 1, .next = first};
    ++size_;
    return first;
}

void AddressCounts::leave(Entry& entry) noexcept {
    if (--entry.count > 0) {
        return;
    }
    Entry** at = &buckets_[bucket_of(entry.address, bucket_count_)];
    while (*at != &entry) {
        at = &(*at)->next;
    }
    *at = entry.next;
    memory_.release(&entry, sizeof(Entry));
    --size_;
}

bool AddressCounts::grow() noexcept {
    const std::size_t count = std::max(kBucketsMin, bucket_count_ * 2);
    auto** bigger = static_cast<Entry**>(memory_.allocate(count * sizeof(Entry*)));
    if (bigger == nullptr) {
        return false;
    }
    std::fill_n(bigger, count, nullptr);
    for (std::size_t index = 0; index < bucket_count_; ++index) {
        while (Entry* entry = buckets_[index]) {
            buckets_[index] = entry->next;
            Entry*& first = bigger[bucket_of(entry->address, count)];
            entry->next = first;
            first = entry;
        }
    }
    memory_.release(buckets_, bucket_count_ * sizeof(Entry*));
    buckets_ = bigger;
    bucket_count_ = count;
    return true;
}

}  // namespace trivet::http
