#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

namespace trivet {

// Dates of HTTP, RFC 9110 section 5.6.7, in seconds since 1970.

inline constexpr std::size_t kImfFixdateBytes = 29;

// "Sun, 06 Nov 1994 08:49:37 GMT", for years 0 to 9999.
void format_imf_fixdate(std::time_t time, char out[kImfFixdateBytes]) noexcept;

// All of `text` as such a date, or in one of the two obsolete formats: "Sunday, 06-Nov-94 08:49:37
// GMT" and "Sun Nov  6 08:49:37 1994". Names as they are written here; whether the day of the week
// is that of the date is not looked at. Two digits mean the year that is within 50 years of `now`.
std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) noexcept;

}  // namespace trivet
