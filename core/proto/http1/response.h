#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "proto/http1/field.h"

namespace trivet::http1 {

// What the engine itself says in a response head. Views must be valid field values already.
struct ResponseHead {
    std::uint16_t status = 200;         // 100 to 599
    std::uint8_t request_version = 11;  // 10 or 11
    bool keep_alive = true;
    bool has_body_length = true;  // false for 1xx and 204, and for 304 without a known length
    std::uint64_t content_length = 0;
    std::string_view content_type;  // empty: none
    std::string_view date;          // 29 bytes of IMF-fixdate; empty: none
};

// Room that write_response_head needs at most.
std::size_t response_head_size_max(const ResponseHead& head,
                                   std::span<const HeaderView> extra) noexcept;

// Writes status line, Date, Content-Type, Content-Length, Connection (only "close", or "keep-alive"
// to an HTTP/1.0 client), the extra fields and the empty line; gives the end. `out` has room for
// response_head_size_max() bytes.
char* write_response_head(char* out, const ResponseHead& head,
                          std::span<const HeaderView> extra) noexcept;

// The interim response to Expect: 100-continue, RFC 9110 section 10.1.1.
inline constexpr std::string_view kContinueResponse = "HTTP/1.1 100 Continue\r\n\r\n";

// RFC 9110 section 15 and the IANA registry; empty for a status without a name.
std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace trivet::http1
