#include <zlib.h>

#include <climits>
#include <new>

#include "codec/encoder.h"

namespace trivet::codec {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // 32 KiB, in gzip's format
constexpr int kMemoryLevel = 8;

int flush_of(Flush flush) noexcept {
    switch (flush) {
        case Flush::none:
            return Z_NO_FLUSH;
        case Flush::all:
            return Z_SYNC_FLUSH;
        case Flush::end:
            break;
    }
    return Z_FINISH;
}

class GzipEncoder final : public Encoder {
public:
    explicit GzipEncoder(EncoderMemory& memory) noexcept : Encoder(Coding::gzip) {
        stream_.zalloc = [](void* opaque, unsigned count, unsigned size) -> void* {
            return static_cast<EncoderMemory*>(opaque)->allocate(std::size_t{count} * size);
        };
        stream_.zfree = [](void* opaque, void* block) {
            static_cast<EncoderMemory*>(opaque)->release(block);
        };
        stream_.opaque = &memory;
    }

    bool begin(int level, std::uint64_t) noexcept override {
        if (level == level_) {
            return deflateReset(&stream_) == Z_OK;
        }
        close();
        if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            return false;
        }
        level_ = level;
        return true;
    }

    EncodeResult encode(std::string_view& input, std::span<char>& room,
                        Flush flush) noexcept override {
        if (level_ == kNoLevel) {
            return EncodeResult::failed;
        }
        // zlib never writes to its input, its type only does not say so.
        stream_.next_in =
            reinterpret_cast<unsigned char*>(const_cast<char*>(input.data()));  // NOLINT
        stream_.avail_in = clamp(input.size());
        stream_.next_out = reinterpret_cast<unsigned char*>(room.data());
        stream_.avail_out = clamp(room.size());
        const unsigned input_before = stream_.avail_in;
        const unsigned room_before = stream_.avail_out;
        const bool is_all = input_before == input.size();
        const int result = deflate(&stream_, is_all ? flush_of(flush) : Z_NO_FLUSH);
        input.remove_prefix(input_before - stream_.avail_in);
        room = room.subspan(room_before - stream_.avail_out);
        // Z_BUF_ERROR: there was nothing to do, which is right after a flush that just fitted.
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return EncodeResult::failed;
        }
        if (room.empty()) {
            return result == Z_STREAM_END ? EncodeResult::done : EncodeResult::full;
        }
        const bool is_done = input.empty() && (flush != Flush::end || result == Z_STREAM_END);
        return is_done ? EncodeResult::done : encode_rest(input, room, flush, result);
    }

    void close() noexcept override {
        if (level_ != kNoLevel) {
            deflateEnd(&stream_);
            level_ = kNoLevel;
        }
    }

private:
    static constexpr int kNoLevel = -1;

    static unsigned clamp(std::size_t size) noexcept {
        return size < UINT_MAX ? static_cast<unsigned>(size) : UINT_MAX;
    }
    // More than one call can take. After an end there is no more.
    EncodeResult encode_rest(std::string_view& input, std::span<char>& room, Flush flush,
                             int result) noexcept {
        return result == Z_OK && !input.empty() ? encode(input, room, flush) : EncodeResult::failed;
    }

    z_stream stream_{};
    int level_ = kNoLevel;
};

}  // namespace

Encoder* make_gzip_encoder(EncoderMemory& memory) noexcept {
    void* const block = memory.allocate(sizeof(GzipEncoder));
    return block != nullptr ? new (block) GzipEncoder(memory) : nullptr;
}

}  // namespace trivet::codec
