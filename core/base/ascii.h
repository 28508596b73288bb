#pragma once

#include <string_view>

namespace trivet {

// ASCII letters compare without case, all other bytes as they are.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// A token of the Internet's message formats, RFC 9110 section 5.6.2: one byte or more.
bool is_token(std::string_view text) noexcept;
bool is_token_byte(char byte) noexcept;

// Without the spaces and tabs at either end.
std::string_view trimmed(std::string_view text) noexcept;

inline constexpr int kNoHex = -1;
// 0 to 15, or kNoHex.
int hex_value(char byte) noexcept;

}  // namespace trivet
