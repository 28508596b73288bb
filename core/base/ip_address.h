#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet {

// An IPv4 or IPv6 address by value. An IPv4 address is kept as the IPv6 address that it is mapped
// to (::ffff:0:0/96), so that one peer has one value, whichever socket it came through.
class IpAddress {
public:
    // The longest text: eight groups of four digits.
    static constexpr std::size_t kTextBytesMax = 39;

    // The unspecified address of IPv6, ::.
    constexpr IpAddress() noexcept = default;
    // Both in the host's byte order: 127.0.0.1 is 0x7f000001.
    static constexpr IpAddress of_ipv4(std::uint32_t address) noexcept {
        return {0, kMapped | address};
    }
    static constexpr IpAddress of_ipv6(std::uint64_t high, std::uint64_t low) noexcept {
        return {high, low};
    }

    // All of `text` as an address, as strictly as inet_pton: four decimal numbers without zeros in
    // front, or RFC 4291 section 2.2. No zone, no brackets, no port, no octal, no fewer parts.
    static std::optional<IpAddress> parse(std::string_view text) noexcept;

    constexpr bool is_ipv4() const noexcept { return high_ == 0 && low_ >> 32 == 0xffff; }
    // 127.0.0.0/8 and ::1.
    constexpr bool is_loopback() const noexcept {
        return is_ipv4() ? (low_ >> 24 & 0xff) == 127 : high_ == 0 && low_ == 1;
    }
    // The 128 bits.
    constexpr std::uint64_t high() const noexcept { return high_; }
    constexpr std::uint64_t low() const noexcept { return low_; }

    // Writes the one text that RFC 5952 has for the address, of IPv4 the four numbers; gives the
    // end. `out` has room for kTextBytesMax.
    char* write(char* out) const noexcept;

    constexpr auto operator<=>(const IpAddress&) const noexcept = default;

private:
    static constexpr std::uint64_t kMapped = std::uint64_t{0xffff} << 32;

    constexpr IpAddress(std::uint64_t high, std::uint64_t low) noexcept : high_(high), low_(low) {}

    std::uint64_t high_ = 0;
    std::uint64_t low_ = 0;
};

}  // namespace trivet
