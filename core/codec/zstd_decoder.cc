// The custom allocator is part of the static library's interface alone.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "codec/decoder.h"

// The library calls these where somebody defines them, which would be whoever has a zstd of its
// own beside ours. Defined here, and hidden with the rest, they are nobody else's.
// NOLINTBEGIN(readability-identifier-naming): the names are zstd's
extern "C" {
struct ZSTD_Trace_s;
unsigned long long ZSTD_trace_decompress_begin(const ZSTD_DCtx* /*context*/) { return 0; }
void ZSTD_trace_decompress_end(unsigned long long /*trace*/, const ZSTD_Trace_s* /*what*/) {}
}
// NOLINTEND(readability-identifier-naming)

namespace trivet::codec {
namespace {

// RFC 9659: a content coding's window has at most 8 MiB.
constexpr int kWindowLogMax = 23;

// The library also reads the formats from before RFC 8878, with memory and windows that nobody
// bounds. Frames of the RFC and skippable ones begin with other bytes.
bool is_frame_start(char byte) noexcept {
    const auto code = static_cast<unsigned char>(byte);
    return code == 0x28 || (code & 0xf0u) == 0x50;
}

class ZstdDecoder final : public Decoder {
public:
    explicit ZstdDecoder(ZSTD_DCtx* context) noexcept : context_(context) {}

    DecodeResult decode(std::string_view& input, std::span<char>& room) noexcept override {
        if (is_between_frames_ && !input.empty()) {
            if (!is_frame_start(input.front())) {
                return DecodeResult::malformed;
            }
            is_between_frames_ = false;
        }
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        const std::size_t result = ZSTD_decompressStream(context_, &out, &in);
        input.remove_prefix(in.pos);
        room = room.subspan(out.pos);
        if (result == 0) {
            return DecodeResult::end;
        }
        if (!ZSTD_isError(result)) {
            return DecodeResult::progress;
        }
        switch (ZSTD_getErrorCode(result)) {
            case ZSTD_error_memory_allocation:
                return DecodeResult::memory;
            case ZSTD_error_frameParameter_windowTooLarge:
                return DecodeResult::window;
            default:
                return DecodeResult::malformed;
        }
    }

    // RFC 8878 section 3: content is a row of frames; the context begins the next one by itself.
    bool restart() noexcept override {
        is_between_frames_ = true;
        return true;
    }

    void close() noexcept override { ZSTD_freeDCtx(context_); }

private:
    ZSTD_DCtx* const context_;
    bool is_between_frames_ = true;
};

}  // namespace

Decoder* make_zstd_decoder(DecoderMemory& memory) noexcept {
    void* const block = memory.allocate(sizeof(ZstdDecoder));
    if (block == nullptr) {
        return nullptr;
    }
    ZSTD_DCtx* const context = ZSTD_createDCtx_advanced(
        {[](void* opaque, std::size_t size) {
             return static_cast<DecoderMemory*>(opaque)->allocate(size);
         },
         [](void* opaque, void* address) { static_cast<DecoderMemory*>(opaque)->release(address); },
         &memory});
    if (context == nullptr) {
        memory.release(block);
        return nullptr;
    }
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kWindowLogMax);
    return new (block) ZstdDecoder(context);
}

}  // namespace trivet::codec
