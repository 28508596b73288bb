#pragma once

#include <cstddef>
#include <string_view>

namespace trivet {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none. Unicode
// table 3-7.
std::size_t utf8_length(std::string_view text) noexcept;

// Whether all of `text` is well-formed UTF-8. Empty text is.
bool is_utf8(std::string_view text) noexcept;

}  // namespace trivet
