// The first four bytes choose a cookie's attributes and where the rest is cut into its name, value,
// domain and path. A cookie that can be set says to a browser what it was told to, and comes back
// as it was. The same bytes are read as a Cookie field too.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/memory.h"
#include "check.h"
#include "proto/http1/cookie.h"
#include "proto/http1/field.h"
#include "proto/http1/set_cookie.h"

namespace trivet::http1 {
namespace {

using fuzz::check;

struct BrowserCookie {
    std::string_view name;
    std::string_view value;
    std::vector<std::pair<std::string_view, std::string_view>> attributes;
};

std::pair<std::string_view, std::string_view> split(std::string_view text, char byte) {
    const std::size_t at = text.find(byte);
    return at == std::string_view::npos ? std::pair{text, std::string_view{}}
                                        : std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos
               ? std::string_view{}
               : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// RFC 6265bis section 5.6, what a browser makes of a field's value.
BrowserCookie browser_reads(std::string_view field) {
    BrowserCookie cookie;
    auto [pair, rest] = split(field, ';');
    const auto [name, value] = split(pair, '=');
    cookie.name = trim(name);
    cookie.value = trim(value);
    while (!rest.empty()) {
        const auto [attribute, behind] = split(rest, ';');
        const auto [attribute_name, attribute_value] = split(attribute, '=');
        cookie.attributes.emplace_back(trim(attribute_name), trim(attribute_value));
        rest = behind;
    }
    return cookie;
}

void check_comes_back(const SetCookie& cookie) {
    const std::string field =
        "before=1; " + std::string(cookie.name) + "=" + std::string(cookie.value) + "; behind=2";
    Memory memory;
    Arena arena(memory);
    const std::string_view values[] = {field};
    const auto list = parse_cookies(values, arena);
    check(list && list->items.size() == 3, "one cookie comes back as one");
    std::string_view value = cookie.value;
    if (value.starts_with('"')) {
        value = value.substr(1, value.size() - 2);
    }
    check(std::string_view(list->items[1].name) == cookie.name, "its name comes back");
    check(std::string_view(list->items[1].value) == value, "its value comes back");
}

void check_set_cookie(const SetCookie& cookie) {
    const auto size = set_cookie_size(cookie);
    if (!size) {
        check(!message(size.error()).empty(), "a refusal has words");
        return;
    }
    std::vector<char> room(*size);
    check(write_set_cookie(room.data(), cookie) == room.data() + *size, "the size is exact");
    const std::string_view field(room.data(), room.size());
    check(is_valid_field_value(field), "a field's value has no controls");
    const BrowserCookie read = browser_reads(field);
    check(read.name == cookie.name && read.value == cookie.value, "the pair reads back");
    std::size_t expected = 1;  // SameSite
    for (const auto& [name, value] : read.attributes) {
        if (name == "Domain") {
            check(value == cookie.domain && !value.empty(), "the domain reads back");
        } else if (name == "Path") {
            check(value == cookie.path && value.starts_with('/'), "the path reads back");
        } else if (name == "Max-Age") {
            check(value == std::to_string(*cookie.max_age_s), "the age reads back");
        } else if (name == "Expires") {
            check(value.size() == 29 && value.ends_with(" GMT"), "a date is one");
        } else if (name == "SameSite") {
            check(value == "Strict" || value == "Lax" || value == "None", "SameSite is known");
            check(value != "None" || cookie.is_secure, "None is secure");
        } else {
            check(value.empty(), "a flag has no value");
            check((name == "Secure" && cookie.is_secure) ||
                      (name == "HttpOnly" && cookie.is_http_only) ||
                      (name == "Partitioned" && cookie.is_partitioned),
                  "an attribute is one that was asked for");
        }
    }
    expected += (cookie.domain.empty() ? 0 : 1) + (cookie.path.empty() ? 0 : 1) +
                (cookie.max_age_s ? 1 : 0) + (cookie.expires ? 1 : 0) + (cookie.is_secure ? 1 : 0) +
                (cookie.is_http_only ? 1 : 0) + (cookie.is_partitioned ? 1 : 0);
    check(read.attributes.size() == expected, "every attribute once and no other");
    check_comes_back(cookie);
}

void check_cookie_field(std::string_view field) {
    Cookie cookie;
    std::size_t count = 0;
    for (CookieCursor cursor(field); cursor.next(cookie); ++count) {
        const std::string_view name = cookie.name;
        const std::string_view value = cookie.value;
        check(!name.empty() && name.find_first_of("=;") == std::string_view::npos, "a name is one");
        check(!value.contains(';'), "a value ends at the semicolon");
        check(name.data() >= field.data() && name.data() < field.data() + field.size(),
              "a name is within the field");
    }
    Memory memory;
    Arena arena(memory);
    const std::string_view values[] = {field};
    const auto list = parse_cookies(values, arena);
    check(list && list->items.size() == std::min(count, kCookiesMax), "all are listed");
}

}  // namespace
}  // namespace trivet::http1

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using trivet::http1::SameSite;
    if (size < 4 || size > 8192) {
        return 0;
    }
    std::string_view rest(reinterpret_cast<const char*>(data) + 4, size - 4);
    trivet::http1::check_cookie_field(rest);
    const auto take = [&rest](std::size_t count) {
        const std::string_view piece = rest.substr(0, count);
        rest.remove_prefix(piece.size());
        return piece;
    };
    const std::uint8_t flags = data[0];
    trivet::http1::SetCookie cookie{.name = take(data[1] & 31u),
                                    .domain = take(data[2] & 63u),
                                    .is_secure = (flags & 1) == 0,
                                    .is_http_only = (flags & 2) == 0,
                                    .same_site = static_cast<SameSite>((data[1] >> 5) % 3),
                                    .is_partitioned = (flags & 4) != 0};
    if ((flags & 8) != 0) {
        cookie.path = take(data[3] & 63u);
    }
    if ((flags & 16) != 0) {
        cookie.expires = (std::int64_t{data[2]} - 64) * 1'234'567'890;
    }
    if ((flags & 32) != 0) {
        cookie.max_age_s = std::int64_t{data[3]} - 2;
    }
    cookie.value = rest;
    trivet::http1::check_set_cookie(cookie);
    return 0;
}
