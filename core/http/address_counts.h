#pragma once

#include <cstddef>
#include <cstdint>

#include "base/memory.h"
#include "io/peer_address.h"

namespace trivet::http {

// How many connections each client address has. One entry an address with connections; bounded by
// the connections there are. Owned by a server, loop thread only. Fails for want of memory.
class AddressCounts {
public:
    struct Entry {
        io::PeerAddress address;
        std::uint32_t count = 0;
        Entry* next = nullptr;
    };

    // Whoever chooses addresses must not know where they are filed: `seed` is random.
    AddressCounts(Memory& memory, std::uint64_t seed) noexcept : memory_(memory), seed_(seed) {}
    ~AddressCounts();
    AddressCounts(const AddressCounts&) = delete;
    AddressCounts& operator=(const AddressCounts&) = delete;

    // The entry with one more; nullptr when memory is out.
    Entry* enter(const io::PeerAddress& address) noexcept;
    void leave(Entry& entry) noexcept;
    std::size_t addresses() const noexcept { return size_; }

private:
    static constexpr std::size_t kBucketsMin = 64;

    std::size_t bucket_of(const io::PeerAddress& address, std::size_t buckets) const noexcept;
    bool grow() noexcept;

    Memory& memory_;
    const std::uint64_t seed_;
    Entry** buckets_ = nullptr;
    std::size_t bucket_count_ = 0;
    std::size_t size_ = 0;
};

}  // namespace trivet::http
