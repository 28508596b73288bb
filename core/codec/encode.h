#pragma once

#include <string>
#include <string_view>

#include "codec/inflate.h"

namespace trivet::codec {

// Encoders for tests: what a client would send.
std::string encoded(Coding coding, std::string_view text);

// zlib's: 15 for its own format, 31 for gzip, -15 for neither.
std::string deflated(std::string_view text, int window_bits);
std::string brotli(std::string_view text, int window_bits);
// Without the size of the content, as one that streams writes it; window_log 0: the usual one.
std::string zstd(std::string_view text, int window_log);

}  // namespace trivet::codec
