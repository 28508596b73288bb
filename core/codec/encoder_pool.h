#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/encoder.h"

namespace trivet::codec {

// The encoders of one loop. Of each coding the one that was given back last waits for the next
// content; all share a budget, beyond which there are none. Owned by a server; loop thread only.
// Those that were not given back end with it.
class EncoderPool {
public:
    EncoderPool(Memory& memory, std::size_t bytes_max) noexcept : memory_(memory, bytes_max) {}
    ~EncoderPool();
    EncoderPool(const EncoderPool&) = delete;
    EncoderPool& operator=(const EncoderPool&) = delete;

    // One that has begun a content. nullptr: memory is out.
    Encoder* take(Coding coding, int level, std::uint64_t size) noexcept;
    void give_back(Encoder& encoder) noexcept;
    // What is taken of memory, idle encoders among it.
    std::size_t bytes() const noexcept { return memory_.bytes(); }

private:
    void end(Encoder& encoder) noexcept;

    EncoderMemory memory_;
    List<Encoder, EncoderTag> taken_;
    std::array<Encoder*, 4> idle_{};  // by coding
};

}  // namespace trivet::codec
