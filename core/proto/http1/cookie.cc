#include "proto/http1/cookie.h"

#include <cstddef>

#include "base/ascii.h"

namespace trivet::http1 {

bool CookieCursor::next(Cookie& cookie) noexcept {
    while (!rest_.empty()) {
        const std::size_t semicolon = rest_.find(';');
        const std::string_view pair = rest_.substr(0, semicolon);
        rest_ =
            semicolon == std::string_view::npos ? std::string_view{} : rest_.substr(semicolon + 1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        const std::string_view name = trimmed(pair.substr(0, equals));
        if (name.empty()) {
            continue;
        }
        std::string_view value = trimmed(pair.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        cookie = {name, value};
        return true;
    }
    return false;
}

std::expected<CookieList, Status> parse_cookies(std::span<const std::string_view> field_values,
                                                Arena& arena) noexcept {
    CookieList list;
    Cookie cookie;
    std::size_t count = 0;
    for (const std::string_view field_value : field_values) {
        for (CookieCursor cursor(field_value); cursor.next(cookie);) {
            ++count;
        }
    }
    list.is_truncated = count > kCookiesMax;
    count = list.is_truncated ? kCookiesMax : count;
    if (count == 0) {
        return list;
    }
    auto* items = arena.allocate_array<Cookie>(count);
    if (items == nullptr) {
        return std::unexpected(Status::memory);
    }
    std::size_t used = 0;
    for (const std::string_view field_value : field_values) {
        for (CookieCursor cursor(field_value); used < count && cursor.next(cookie);) {
            items[used++] = cookie;
        }
    }
    list.items = {items, used};
    return list;
}

}  // namespace trivet::http1
