#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet {

// The number that all of `text` is, in decimal digits without a sign and without zeros in front (in
// which others may see octal). nullopt for anything else and beyond `max`.
constexpr std::optional<std::uint32_t> parse_decimal(std::string_view text,
                                                     std::uint32_t max) noexcept {
    constexpr std::size_t kDigitsMax = 10;  // of 32 bits
    if (text.empty() || text.size() > kDigitsMax || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    for (const char byte : text) {
        if (byte < '0' || byte > '9') {
            return std::nullopt;
        }
        number = number * 10 + static_cast<std::uint64_t>(byte - '0');
    }
    if (number > max) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(number);
}

inline constexpr std::uint32_t kPortMax = 65535;

constexpr std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    const auto port = parse_decimal(text, kPortMax);
    return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
}

}  // namespace trivet
