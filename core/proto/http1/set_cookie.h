#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace trivet::http1 {

enum class SameSite : std::uint8_t { lax, strict, none };

// A cookie to set, by reference. What nobody says is as safe as it can be: not for scripts, not
// with requests that other sites cause, and over TLS alone. Browsers take Secure cookies of plain
// HTTP from loopback addresses (Safari not even those), so a service without TLS in front must say
// `is_secure = false`.
struct SetCookie {
    std::string_view name;                // a token
    std::string_view value;               // cookie-octets, perhaps between two double quotes
    std::string_view domain;              // a host name; empty: this host alone, without subdomains
    std::string_view path = "/";          // empty: the folder of the request's path
    std::optional<std::int64_t> expires;  // seconds since 1970; 0 removes the cookie
    std::optional<std::int64_t> max_age_s;  // at least 1; beats `expires` in browsers
    bool is_secure = true;
    bool is_http_only = true;
    SameSite same_site = SameSite::lax;
    bool is_partitioned = false;
};

// Browsers ignore cookies whose name and value together, and attributes whose value, are longer.
inline constexpr std::size_t kCookiePairBytesMax = 4096;
inline constexpr std::size_t kCookieAttributeBytesMax = 1024;
inline constexpr std::size_t kDomainBytesMax = 253;  // RFC 1035, as text
inline constexpr std::size_t kDomainLabelBytesMax = 63;

enum class SetCookieError : std::uint8_t {
    name,
    value,
    size,
    domain,
    path,
    expires,
    max_age,
    same_site,    // SameSite=None without Secure
    partitioned,  // Partitioned without Secure
    prefix,       // __Secure-, __Host-, __Http- or __Host-Http- promises what is not so
};
std::string_view message(SetCookieError error) noexcept;

// Bytes of the Set-Cookie field's value, exactly; or why no browser could take it. RFC 6265bis
// section 4.1.
std::expected<std::size_t, SetCookieError> set_cookie_size(const SetCookie& cookie) noexcept;

// Writes the field's value and gives its end. `cookie` passed set_cookie_size, and `out` has room
// for as much as that said.
char* write_set_cookie(char* out, const SetCookie& cookie) noexcept;

}  // namespace trivet::http1
