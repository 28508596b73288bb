#pragma once

#include <cstddef>
#include <ctime>

namespace trivet::http1 {

inline constexpr std::size_t kDateBytes = 29;

// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7, for years 0 to 9999.
void format_imf_fixdate(std::time_t time, char out[kDateBytes]) noexcept;

}  // namespace trivet::http1
