#include "codec/encoder.h"

namespace trivet::codec {

// Measured on 10 KB of JSON (docs/PERFORMANCE.md): beyond these the bytes saved cost much more.
LevelRange level_range(Coding coding) noexcept {
    switch (coding) {
        case Coding::gzip:
            return {.low = 1, .high = 9, .usual = 5};
        case Coding::brotli:
            return {.low = 1, .high = 9, .usual = 4};
        case Coding::zstd:
            return {.low = 1, .high = 9, .usual = 3};
        case Coding::deflate:
            break;
    }
    return {};
}

std::string_view name_of(Coding coding) noexcept {
    switch (coding) {
        case Coding::gzip:
            return "gzip";
        case Coding::deflate:
            return "deflate";
        case Coding::brotli:
            return "br";
        case Coding::zstd:
            return "zstd";
    }
    return {};
}

Encoder* make_encoder(EncoderMemory& memory, Coding coding) noexcept {
    switch (coding) {
        case Coding::gzip:
            return make_gzip_encoder(memory);
        case Coding::brotli:
            return make_brotli_encoder(memory);
        case Coding::zstd:
            return make_zstd_encoder(memory);
        case Coding::deflate:
            break;
    }
    return nullptr;
}

}  // namespace trivet::codec
