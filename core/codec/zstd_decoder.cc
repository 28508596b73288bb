// The custom allocator is part of the static library's interface alone.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
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
            head_size_ = 0;
            content_bytes_ = 0;
        }
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        const std::size_t result = ZSTD_decompressStream(context_, &out, &in);
        keep_head(input.substr(0, in.pos));
        content_bytes_ += out.pos;
        input.remove_prefix(in.pos);
        room = room.subspan(out.pos);
        if (result == 0) {
            return has_promised_size() ? DecodeResult::end : DecodeResult::malformed;
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
    void keep_head(std::string_view bytes) noexcept {
        const std::size_t kept = std::min(bytes.size(), sizeof head_ - head_size_);
        std::copy_n(bytes.data(), kept, head_ + head_size_);
        head_size_ += kept;
    }
    // Of a frame whose last block is empty the library looks at its size only when it has all of
    // the frame and room for it at once: what is taken would depend on how the content was cut.
    bool has_promised_size() const noexcept {
        const unsigned long long promised = ZSTD_getFrameContentSize(head_, head_size_);
        return promised == ZSTD_CONTENTSIZE_UNKNOWN || promised == content_bytes_;
    }

    ZSTD_DCtx* const context_;
    bool is_between_frames_ = true;
    std::size_t head_size_ = 0;
    unsigned long long content_bytes_ = 0;  // of this frame
    char head_[ZSTD_FRAMEHEADERSIZE_MAX];   // its first bytes
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
