#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "codec/inflate.h"

namespace trivet::codec {

enum class DecodeResult : std::uint8_t {
    progress,  // more input or more room is needed
    end,       // a member, frame or stream is complete
    malformed,
    window,  // it asks for a larger window than is allowed
    memory,
};

// One library behind one interface. Lives in a block of the DecoderMemory it was made with.
class Decoder {
public:
    // Takes from the front of `input`, writes to the front of `room` and moves both on.
    virtual DecodeResult decode(std::string_view& input, std::span<char>& room) noexcept = 0;
    // After `end`, before further input; false when nothing may follow.
    virtual bool restart() noexcept = 0;
    // Gives back everything but the object itself.
    virtual void close() noexcept = 0;

protected:
    ~Decoder() = default;
};

// nullptr: memory is out.
Decoder* make_zlib_decoder(DecoderMemory& memory, bool is_gzip) noexcept;
Decoder* make_brotli_decoder(DecoderMemory& memory) noexcept;
Decoder* make_zstd_decoder(DecoderMemory& memory) noexcept;

}  // namespace trivet::codec
