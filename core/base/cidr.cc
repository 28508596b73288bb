#include "base/cidr.h"

#include <algorithm>

#include "base/number.h"

namespace trivet {
namespace {

constexpr std::uint32_t kIpv4Bits = 32;
constexpr std::uint32_t kIpv6Bits = 128;

// The first `bits` of 64, of which there may be more than there are.
std::uint64_t mask_of(std::uint32_t bits) noexcept {
    if (bits == 0) {
        return 0;
    }
    return bits >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> bits);
}

}  // namespace

std::string_view message(CidrError error) noexcept {
    switch (error) {
        case CidrError::address:
            return "not an IPv4 or IPv6 address, perhaps with a slash and a number of bits";
        case CidrError::prefix:
            return "the number behind the slash is 0 to 32 for IPv4, 0 to 128 for IPv6";
        case CidrError::host_bits:
            return "bits behind the prefix are set: write the first address of the block";
        case CidrError::full:
            return "too many blocks of addresses";
    }
    return {};
}

std::expected<Cidr, CidrError> Cidr::parse(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    const std::string_view address_text = text.substr(0, slash);
    const auto address = IpAddress::parse(address_text);
    if (!address) {
        return std::unexpected(CidrError::address);
    }
    // Whoever writes an IPv4 address with colons counts the bits of IPv6.
    const bool has_colon = address_text.find(':') != std::string_view::npos;
    const std::uint32_t bits_max = has_colon ? kIpv6Bits : kIpv4Bits;
    std::uint32_t bits = bits_max;
    if (slash != std::string_view::npos) {
        const auto number = parse_decimal(text.substr(slash + 1), bits_max);
        if (!number) {
            return std::unexpected(CidrError::prefix);
        }
        bits = *number;
    }
    bits += kIpv6Bits - bits_max;
    Cidr block;
    block.base_ = *address;
    block.high_mask_ = mask_of(bits);
    block.low_mask_ = mask_of(bits < 64 ? 0 : bits - 64);
    if ((address->high() & ~block.high_mask_) != 0 || (address->low() & ~block.low_mask_) != 0) {
        return std::unexpected(CidrError::host_bits);
    }
    return block;
}

std::expected<void, CidrError> CidrList::add(std::string_view text) noexcept {
    const auto block = Cidr::parse(text);
    if (!block) {
        return std::unexpected(block.error());
    }
    if (size_ == blocks_.size()) {
        return std::unexpected(CidrError::full);
    }
    blocks_[size_++] = *block;
    return {};
}

bool CidrList::contains(const IpAddress& address) const noexcept {
    return std::ranges::any_of(blocks(),
                               [&address](const Cidr& block) { return block.contains(address); });
}

}  // namespace trivet
