#pragma once

#include <array>
#include <cstddef>

#include "base/memory.h"

namespace trivet::codec {

// Memory of the encoders of one loop, within a budget that they share, and for libraries that give
// no size with what they release. Large blocks are kept for the next encoder: one that is made for
// each answer would spend more on fresh pages than on encoding. Loop thread only.
class EncoderMemory {
public:
    static constexpr std::size_t kKeptBlocksMax = 16;
    static constexpr std::size_t kKeptBytesMax = 4 << 20;
    static constexpr std::size_t kKeptBlockBytesMin = 16 * 1024;  // smaller ones malloc keeps

    EncoderMemory(Memory& memory, std::size_t bytes_max) noexcept
        : memory_(memory), bytes_max_(bytes_max) {}
    ~EncoderMemory() { drop_kept(); }
    EncoderMemory(const EncoderMemory&) = delete;
    EncoderMemory& operator=(const EncoderMemory&) = delete;

    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    // Gives back what is kept.
    void drop_kept() noexcept;

    // Of all blocks, those that are kept among them.
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t kept_bytes() const noexcept { return kept_bytes_; }

private:
    struct Block {
        std::size_t size;  // this header included, which keeps what follows aligned
    };
    static constexpr std::size_t kHeadBytes = 16;
    static_assert(sizeof(Block) <= kHeadBytes);

    Block* take_kept(std::size_t size) noexcept;
    bool has_room(std::size_t size) const noexcept { return size <= bytes_max_ - bytes_; }
    void give_back(Block* block) noexcept;

    Memory& memory_;
    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t kept_bytes_ = 0;
    std::size_t kept_count_ = 0;
    std::array<Block*, kKeptBlocksMax> kept_{};
};

}  // namespace trivet::codec
