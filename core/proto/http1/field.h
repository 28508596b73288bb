#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/ascii.h"
#include "base/str.h"

namespace trivet::http1 {

inline constexpr std::string_view kLineEnd = "\r\n";

// A header field by reference, laid out like the ABI's trivet_header.
struct HeaderView {
    Str name;
    Str value;
};

// Bytes that write_fields writes.
std::size_t fields_size(std::span<const HeaderView> fields) noexcept;
// Writes a line for each field, names and values as they are, and gives the end.
char* write_fields(char* out, std::span<const HeaderView> fields) noexcept;

// ASCII case-insensitive, RFC 9110 section 5.1.
bool field_name_equal(std::string_view a, std::string_view b) noexcept;
using trivet::is_token;
bool is_valid_field_name(std::string_view name) noexcept;
// No control bytes but HTAB, so no CR, LF or NUL, RFC 9110 section 5.5. May be empty.
bool is_valid_field_value(std::string_view value) noexcept;
bool is_method_token(std::string_view method) noexcept;

}  // namespace trivet::http1
