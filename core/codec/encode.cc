#include "codec/encode.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdlib>

namespace trivet::codec {

std::string deflated(std::string_view text, int window_bits) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        std::abort();
    }
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));  // NOLINT
    stream.avail_in = static_cast<unsigned>(text.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        std::abort();
    }
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string brotli(std::string_view text, int window_bits) {
    std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
    std::string out(size, '\0');
    if (BrotliEncoderCompress(5, window_bits, BROTLI_MODE_GENERIC, text.size(),
                              reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(out.data())) != BROTLI_TRUE) {
        std::abort();
    }
    out.resize(size);
    return out;
}

std::string zstd(std::string_view text, int window_log) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
    // Two calls, for one alone would know the size after all.
    ZSTD_outBuffer room{out.data(), out.size(), 0};
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    if (ZSTD_isError(ZSTD_compressStream2(context, &room, &in, ZSTD_e_continue)) != 0 ||
        ZSTD_compressStream2(context, &room, &in, ZSTD_e_end) != 0) {
        std::abort();
    }
    out.resize(room.pos);
    ZSTD_freeCCtx(context);
    return out;
}

std::string encoded(Coding coding, std::string_view text) {
    switch (coding) {
        case Coding::gzip:
            return deflated(text, 15 + 16);
        case Coding::deflate:
            return deflated(text, 15);
        case Coding::brotli:
            return brotli(text, BROTLI_DEFAULT_WINDOW);
        case Coding::zstd:
            break;
    }
    return zstd(text, 0);
}

}  // namespace trivet::codec
