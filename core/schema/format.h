#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet::schema {

// RFC 3339, RFC 9562 (uuid), RFC 5321 (email), RFC 3986, RFC 1123 (hostname).
enum class Format : std::uint8_t { date_time, date, time, uuid, email, uri, ipv4, ipv6, hostname };

// nullopt: not one of them.
std::optional<Format> format_named(std::string_view name) noexcept;
bool has_format(std::string_view text, Format format) noexcept;

}  // namespace trivet::schema
