#pragma once

#include <cstddef>
#include <string_view>

#include "route/pattern.h"

namespace trivet::route {

// Whether every escape of a raw path is well-formed and none is %00.
bool has_valid_escapes(std::string_view path) noexcept;

// Decodes a raw segment whose escapes are valid into `room`; false when the decoded text is longer.
bool decode_segment(std::string_view raw, char* room, std::size_t room_size,
                    std::string_view& decoded) noexcept;

// Whether decoded text is an integer of 64 bits: digits with an optional minus sign, at most
// kLiteralBytesMax of them.
bool is_integer(std::string_view text) noexcept;

// Whether decoded text is a UUID: 8-4-4-4-12 hexadecimal digits of either case. RFC 9562 section 4.
bool is_uuid(std::string_view text) noexcept;

}  // namespace trivet::route
