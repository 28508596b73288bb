#include "proto/http1/chunked.h"

#include <algorithm>
#include <charconv>

namespace trivet::http1 {
namespace {

// RFC 9110 section 6.5.1 names the kinds, RFC 7230 section 4.1.2 their fields.
constexpr std::string_view kForbidden[] = {
    "Age",
    "Authentication-Info",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Cookie",
    "Date",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "Keep-Alive",
    "Location",
    "Max-Forwards",
    "Pragma",
    "Range",
    "Retry-After",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Upgrade",
    "Transfer-Encoding",
    "Vary",
    "Warning",
    "Via",
    "WWW-Authenticate",
};
constexpr std::string_view kForbiddenPrefixes[] = {"Content-", "If-", "Proxy-"};

// RFC 9530 section 2: known only once all content was.
constexpr std::string_view kContentDigest = "Content-Digest";

constexpr std::string_view kLastHead = "0\r\n";

}  // namespace

char* write_chunk_head(char* out, std::uint64_t size) noexcept {
    if (size == 0) {
        return out;
    }
    out = std::to_chars(out, out + kChunkHeadBytesMax - kLineEnd.size(), size, 16).ptr;
    return append(out, kLineEnd);
}

bool is_trailer_field_allowed(std::string_view name) noexcept {
    const auto is_name = [name](std::string_view other) { return field_name_equal(name, other); };
    const auto begins = [name](std::string_view prefix) {
        return field_name_equal(name.substr(0, prefix.size()), prefix);
    };
    return is_token(name) && std::ranges::none_of(kForbidden, is_name) &&
           (std::ranges::none_of(kForbiddenPrefixes, begins) || is_name(kContentDigest));
}

std::size_t last_chunk_size(std::span<const HeaderView> trailers) noexcept {
    return kLastChunk.size() + fields_size(trailers);
}

char* write_last_chunk(char* out, std::span<const HeaderView> trailers) noexcept {
    return append(write_fields(append(out, kLastHead), trailers), kLineEnd);
}

}  // namespace trivet::http1
