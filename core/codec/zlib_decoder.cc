#include <zlib.h>

#include <climits>
#include <new>

#include "codec/decoder.h"

namespace trivet::codec {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzipOnly = 16;

class ZlibDecoder final : public Decoder {
public:
    // False when memory is out.
    bool open(DecoderMemory& memory, bool is_gzip) noexcept {
        is_gzip_ = is_gzip;
        stream_.zalloc = [](void* opaque, unsigned count, unsigned size) -> void* {
            return static_cast<DecoderMemory*>(opaque)->allocate(std::size_t{count} * size);
        };
        stream_.zfree = [](void* opaque, void* block) {
            static_cast<DecoderMemory*>(opaque)->release(block);
        };
        stream_.opaque = &memory;
        return inflateInit2(&stream_, is_gzip ? kWindowBits + kGzipOnly : kWindowBits) == Z_OK;
    }

    DecodeResult decode(std::string_view& input, std::span<char>& room) noexcept override {
        // zlib never writes to its input, its type only does not say so.
        stream_.next_in =
            reinterpret_cast<unsigned char*>(const_cast<char*>(input.data()));  // NOLINT
        stream_.avail_in = clamp(input.size());
        stream_.next_out = reinterpret_cast<unsigned char*>(room.data());
        stream_.avail_out = clamp(room.size());
        const unsigned input_before = stream_.avail_in;
        const unsigned room_before = stream_.avail_out;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        input.remove_prefix(input_before - stream_.avail_in);
        room = room.subspan(room_before - stream_.avail_out);
        switch (result) {
            case Z_OK:
            case Z_BUF_ERROR:  // nothing could be done with so little input or room
                return DecodeResult::progress;
            case Z_STREAM_END:
                return DecodeResult::end;
            case Z_MEM_ERROR:
                return DecodeResult::memory;
            default:
                return DecodeResult::malformed;
        }
    }

    // RFC 1952 section 2.2: a gzip file is a row of members.
    bool restart() noexcept override { return is_gzip_ && inflateReset(&stream_) == Z_OK; }

    void close() noexcept override { inflateEnd(&stream_); }

private:
    static unsigned clamp(std::size_t size) noexcept {
        return size < UINT_MAX ? static_cast<unsigned>(size) : UINT_MAX;
    }

    z_stream stream_{};
    bool is_gzip_ = false;
};

}  // namespace

Decoder* make_zlib_decoder(DecoderMemory& memory, bool is_gzip) noexcept {
    void* const block = memory.allocate(sizeof(ZlibDecoder));
    if (block == nullptr) {
        return nullptr;
    }
    auto* const decoder = new (block) ZlibDecoder;
    if (!decoder->open(memory, is_gzip)) {
        memory.release(block);
        return nullptr;
    }
    return decoder;
}

}  // namespace trivet::codec
