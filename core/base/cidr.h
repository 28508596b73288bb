#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "base/ip_address.h"

namespace trivet {

enum class CidrError : std::uint8_t {
    address,    // not an address in front of the slash
    prefix,     // not a number of bits that such an address has
    host_bits,  // bits behind the prefix are set: 10.1.2.3/8 means one address or millions
    full,       // a list has kCidrsMax blocks
};
std::string_view message(CidrError error) noexcept;

// A block of addresses, RFC 4632 and RFC 4291 section 2.3. A block of IPv6, even ::/0, holds no
// IPv4 address: whoever writes one thinks of IPv6. Blocks within ::ffff:0:0/96 are blocks of IPv4.
class Cidr {
public:
    // The block of ::/128.
    constexpr Cidr() noexcept = default;

    // "10.0.0.0/8", "2001:db8::/32", or an address alone: the block of that one.
    static std::expected<Cidr, CidrError> parse(std::string_view text) noexcept;

    bool contains(const IpAddress& address) const noexcept {
        return address.is_ipv4() == base_.is_ipv4() &&
               ((address.high() ^ base_.high()) & high_mask_) == 0 &&
               ((address.low() ^ base_.low()) & low_mask_) == 0;
    }

    constexpr bool operator==(const Cidr&) const noexcept = default;

private:
    IpAddress base_;
    std::uint64_t high_mask_ = ~std::uint64_t{0};
    std::uint64_t low_mask_ = ~std::uint64_t{0};
};

// Most blocks of a list; the networks that publish theirs have fewer.
inline constexpr std::size_t kCidrsMax = 256;

// Blocks of addresses, such as those of proxies that are trusted. A value: made at start, then read
// by all threads. Searched in order, which for so few is as fast as a tree.
class CidrList {
public:
    // Adds a block. A list with an error is unchanged.
    std::expected<void, CidrError> add(std::string_view text) noexcept;

    bool contains(const IpAddress& address) const noexcept;
    std::size_t size() const noexcept { return size_; }
    std::span<const Cidr> blocks() const noexcept { return {blocks_.data(), size_}; }

private:
    std::array<Cidr, kCidrsMax> blocks_{};
    std::size_t size_ = 0;
};

}  // namespace trivet
