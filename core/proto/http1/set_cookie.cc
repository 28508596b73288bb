#include "proto/http1/set_cookie.h"

#include <algorithm>
#include <charconv>

#include "base/http_date.h"
#include "proto/http1/field.h"

namespace trivet::http1 {
namespace {

constexpr std::string_view kDomain = "; Domain=";
constexpr std::string_view kPath = "; Path=";
constexpr std::string_view kExpires = "; Expires=";
constexpr std::string_view kMaxAge = "; Max-Age=";
constexpr std::string_view kSecure = "; Secure";
constexpr std::string_view kHttpOnly = "; HttpOnly";
constexpr std::string_view kPartitioned = "; Partitioned";

// Browsers refuse years before 1601, and a date has four digits for them.
constexpr std::int64_t kExpiresMin = -11'644'473'600;
constexpr std::int64_t kExpiresMax = 253'402'300'799;
constexpr std::size_t kDigitsMax = 20;

bool is_cookie_octet(char byte) noexcept {
    return byte > ' ' && byte < 0x7f && byte != '"' && byte != ',' && byte != ';' && byte != '\\';
}

bool is_valid_value(std::string_view value) noexcept {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
    }
    return std::ranges::all_of(value, is_cookie_octet);
}

bool is_letter_or_digit(char byte) noexcept {
    const int lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}

bool is_valid_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kDomainLabelBytesMax && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, [](char byte) {
               return byte == '-' || is_letter_or_digit(byte);
           });
}

// <subdomain> of RFC 1034 section 3.5 with the leading digits of RFC 1123 section 2.1.
bool is_valid_domain(std::string_view domain) noexcept {
    if (domain.size() > kDomainBytesMax) {
        return false;
    }
    for (;;) {
        const std::size_t dot = domain.find('.');
        if (!is_valid_label(domain.substr(0, dot))) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        domain.remove_prefix(dot + 1);
    }
}

// av-octets; another beginning or a space at the end would make browsers take another path.
bool is_valid_path(std::string_view path) noexcept {
    return path.front() == '/' && path.back() != ' ' && std::ranges::all_of(path, [](char byte) {
               return byte >= ' ' && byte < 0x7f && byte != ';';
           });
}

bool begins_with(std::string_view name, std::string_view prefix) noexcept {
    return field_name_equal(name.substr(0, prefix.size()), prefix);
}

bool keeps_prefix(const SetCookie& cookie) noexcept {
    const bool is_host = begins_with(cookie.name, "__Host-");
    const bool is_http =
        begins_with(cookie.name, "__Http-") || begins_with(cookie.name, "__Host-Http-");
    if (is_host && (!cookie.domain.empty() || cookie.path != "/")) {
        return false;
    }
    if (is_http && !cookie.is_http_only) {
        return false;
    }
    return cookie.is_secure || !(is_host || is_http || begins_with(cookie.name, "__Secure-"));
}

std::optional<SetCookieError> problem_of(const SetCookie& cookie) noexcept {
    if (!is_token(cookie.name)) {
        return SetCookieError::name;
    }
    if (!is_valid_value(cookie.value)) {
        return SetCookieError::value;
    }
    if (cookie.name.size() > kCookiePairBytesMax ||
        cookie.value.size() > kCookiePairBytesMax - cookie.name.size() ||
        cookie.path.size() > kCookieAttributeBytesMax) {
        return SetCookieError::size;
    }
    if (!cookie.domain.empty() && !is_valid_domain(cookie.domain)) {
        return SetCookieError::domain;
    }
    if (!cookie.path.empty() && !is_valid_path(cookie.path)) {
        return SetCookieError::path;
    }
    if (cookie.expires && (*cookie.expires < kExpiresMin || *cookie.expires > kExpiresMax)) {
        return SetCookieError::expires;
    }
    if (cookie.max_age_s && *cookie.max_age_s < 1) {
        return SetCookieError::max_age;
    }
    if (cookie.same_site == SameSite::none && !cookie.is_secure) {
        return SetCookieError::same_site;
    }
    if (cookie.is_partitioned && !cookie.is_secure) {
        return SetCookieError::partitioned;
    }
    return keeps_prefix(cookie) ? std::nullopt : std::optional(SetCookieError::prefix);
}

std::string_view same_site_attribute(SameSite same_site) noexcept {
    switch (same_site) {
        case SameSite::strict:
            return "; SameSite=Strict";
        case SameSite::lax:
            return "; SameSite=Lax";
        case SameSite::none:
            return "; SameSite=None";
    }
    return {};
}

std::size_t digit_count(std::int64_t number) noexcept {
    std::size_t count = 1;
    for (; number >= 10; number /= 10) {
        ++count;
    }
    return count;
}

}  // namespace

std::string_view message(SetCookieError error) noexcept {
    switch (error) {
        case SetCookieError::name:
            return "a cookie's name is a token: letters, digits and !#$%&'*+-.^_`|~";
        case SetCookieError::value:
            return "a cookie's value is printable ASCII without space, comma, semicolon, backslash "
                   "and double quote; encode anything else";
        case SetCookieError::size:
            return "a cookie's name and value have at most 4096 bytes together, its path 1024";
        case SetCookieError::domain:
            return "a cookie's domain is a host name: labels of letters, digits and hyphens, "
                   "without a dot at either end";
        case SetCookieError::path:
            return "a cookie's path begins with / and holds no control character, no semicolon and "
                   "no space at its end";
        case SetCookieError::expires:
            return "a cookie expires within the years 1601 to 9999";
        case SetCookieError::max_age:
            return "a cookie's Max-Age is at least 1; to remove it, let it expire at 0";
        case SetCookieError::same_site:
            return "SameSite=None needs Secure";
        case SetCookieError::partitioned:
            return "Partitioned needs Secure";
        case SetCookieError::prefix:
            return "the prefix of the cookie's name promises attributes that it does not have";
    }
    return {};
}

std::expected<std::size_t, SetCookieError> set_cookie_size(const SetCookie& cookie) noexcept {
    if (const auto problem = problem_of(cookie)) {
        return std::unexpected(*problem);
    }
    std::size_t size = cookie.name.size() + 1 + cookie.value.size();
    size += cookie.domain.empty() ? 0 : kDomain.size() + cookie.domain.size();
    size += cookie.path.empty() ? 0 : kPath.size() + cookie.path.size();
    size += cookie.expires ? kExpires.size() + kImfFixdateBytes : 0;
    size += cookie.max_age_s ? kMaxAge.size() + digit_count(*cookie.max_age_s) : 0;
    size += cookie.is_secure ? kSecure.size() : 0;
    size += cookie.is_http_only ? kHttpOnly.size() : 0;
    size += same_site_attribute(cookie.same_site).size();
    size += cookie.is_partitioned ? kPartitioned.size() : 0;
    return size;
}

char* write_set_cookie(char* out, const SetCookie& cookie) noexcept {
    out = append(append(append(out, cookie.name), "="), cookie.value);
    if (!cookie.domain.empty()) {
        out = append(append(out, kDomain), cookie.domain);
    }
    if (!cookie.path.empty()) {
        out = append(append(out, kPath), cookie.path);
    }
    if (cookie.expires) {
        out = append(out, kExpires);
        format_imf_fixdate(*cookie.expires, out);
        out += kImfFixdateBytes;
    }
    if (cookie.max_age_s) {
        out = append(out, kMaxAge);
        out = std::to_chars(out, out + kDigitsMax, *cookie.max_age_s).ptr;
    }
    if (cookie.is_secure) {
        out = append(out, kSecure);
    }
    if (cookie.is_http_only) {
        out = append(out, kHttpOnly);
    }
    out = append(out, same_site_attribute(cookie.same_site));
    return cookie.is_partitioned ? append(out, kPartitioned) : out;
}

}  // namespace trivet::http1
