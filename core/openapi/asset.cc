#include "openapi/asset.h"

#include "base/memory.h"
#include "codec/inflate.h"

namespace trivet::openapi {

std::string_view unpack(const Asset& asset, std::span<char> room) noexcept {
    // The window that the assets were packed with, and what the decoder needs besides.
    constexpr std::size_t kDecoderBytesMax = std::size_t{24} << 20;
    Memory memory;
    codec::DecoderMemory decoder_memory(memory, kDecoderBytesMax);
    codec::Inflater inflater(decoder_memory, codec::Coding::brotli,
                             {.output_bytes_max = asset.bytes, .ratio_max = UINT32_MAX});
    std::string_view input = asset.packed;
    std::size_t written = 0;
    while (written < room.size()) {
        const auto more = inflater.next(input, room.subspan(written));
        if (!more || *more == 0) {
            break;
        }
        written += *more;
    }
    return written == asset.bytes ? std::string_view(room.data(), written) : std::string_view();
}

}  // namespace trivet::openapi
