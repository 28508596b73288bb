// Custom allocators and the hint of a size are part of the static library's interface alone.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <new>

#include "codec/encoder.h"

// As in zstd_decoder.cc: hidden, they are nobody else's.
// NOLINTBEGIN(readability-identifier-naming): the names are zstd's
extern "C" {
struct ZSTD_Trace_s;
unsigned long long ZSTD_trace_compress_begin(const ZSTD_CCtx* /*context*/) { return 0; }
void ZSTD_trace_compress_end(unsigned long long /*trace*/, const ZSTD_Trace_s* /*what*/) {}
}
// NOLINTEND(readability-identifier-naming)

namespace trivet::codec {
namespace {

// Of tables: a quarter of the entries that the library would take for such a window.
constexpr int kTableLog = 15;

ZSTD_EndDirective directive_of(Flush flush) noexcept {
    switch (flush) {
        case Flush::none:
            return ZSTD_e_continue;
        case Flush::all:
            return ZSTD_e_flush;
        case Flush::end:
            break;
    }
    return ZSTD_e_end;
}

class ZstdEncoder final : public Encoder {
public:
    explicit ZstdEncoder(EncoderMemory& memory) noexcept : Encoder(Coding::zstd), memory_(memory) {}

    bool begin(int level, std::uint64_t size) noexcept override {
        is_failed_ = false;
        if (context_ == nullptr) {
            context_ = ZSTD_createCCtx_advanced(
                {[](void* opaque, std::size_t bytes) {
                     return static_cast<EncoderMemory*>(opaque)->allocate(bytes);
                 },
                 [](void* opaque, void* block) {
                     static_cast<EncoderMemory*>(opaque)->release(block);
                 },
                 &memory_});
            if (context_ == nullptr) {
                return false;
            }
        }
        constexpr int kHint = 1 << kEncoderWindowLog;  // tables for what a window holds
        ZSTD_CCtx_reset(context_, ZSTD_reset_session_and_parameters);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, kEncoderWindowLog);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_srcSizeHint, kHint);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_hashLog, kTableLog);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_chainLog, kTableLog);
        if (size != kUnknownSize) {
            ZSTD_CCtx_setPledgedSrcSize(context_, size);
        }
        return true;
    }

    EncodeResult encode(std::string_view& input, std::span<char>& room,
                        Flush flush) noexcept override {
        if (context_ == nullptr || is_failed_) {
            return EncodeResult::failed;
        }
        for (;;) {
            ZSTD_inBuffer in{input.data(), input.size(), 0};
            ZSTD_outBuffer out{room.data(), room.size(), 0};
            const std::size_t left = ZSTD_compressStream2(context_, &out, &in, directive_of(flush));
            if (ZSTD_isError(left) != 0) {
                is_failed_ = true;
                return EncodeResult::failed;
            }
            input.remove_prefix(in.pos);
            room = room.subspan(out.pos);
            if (input.empty() && (left == 0 || flush == Flush::none)) {
                return EncodeResult::done;
            }
            if (room.empty()) {
                return EncodeResult::full;
            }
        }
    }

    void close() noexcept override {
        ZSTD_freeCCtx(context_);
        context_ = nullptr;
    }

private:
    EncoderMemory& memory_;
    ZSTD_CCtx* context_ = nullptr;
    bool is_failed_ = false;
};

}  // namespace

Encoder* make_zstd_encoder(EncoderMemory& memory) noexcept {
    void* const block = memory.allocate(sizeof(ZstdEncoder));
    return block != nullptr ? new (block) ZstdEncoder(memory) : nullptr;
}

}  // namespace trivet::codec
