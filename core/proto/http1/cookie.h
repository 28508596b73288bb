#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/status_gen.h"
#include "base/str.h"

namespace trivet::http1 {

// A cookie by reference into its field's value, laid out like the ABI's trivet_param.
struct Cookie {
    Str name;
    Str value;
};

// Most cookies of one request that are listed.
inline constexpr std::size_t kCookiesMax = 1000;

// Walks the pairs of Cookie field values, RFC 6265 section 5.4 seen from the server: pairs without
// '=' or with an empty name are skipped, white space around names and values is dropped, one pair
// of double quotes around a value is removed, nothing is decoded.
class CookieCursor {
public:
    explicit CookieCursor(std::string_view field_value) noexcept : rest_(field_value) {}
    // False at the end.
    bool next(Cookie& cookie) noexcept;

private:
    std::string_view rest_;
};

struct CookieList {
    std::span<const Cookie> items;
    bool is_truncated = false;  // there were more than kCookiesMax
};

// All cookies of a request's Cookie field values in order; the array lives in the arena.
// Fails with Status::memory.
std::expected<CookieList, Status> parse_cookies(std::span<const std::string_view> field_values,
                                                Arena& arena) noexcept;

}  // namespace trivet::http1
