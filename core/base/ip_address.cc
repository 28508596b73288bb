#include "base/ip_address.h"

#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/number.h"

namespace trivet {
namespace {

constexpr std::size_t kGroups = 8;
using Groups = std::array<std::uint16_t, kGroups>;

std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        const auto number = parse_decimal(text.substr(0, dot), 255);
        if (dot == std::string_view::npos || !number) {
            return std::nullopt;
        }
        address = address << 8 | *number;
        text.remove_prefix(part < 3 ? dot + 1 : dot);
    }
    return address;
}

std::optional<std::uint16_t> parse_group(std::string_view text) noexcept {
    constexpr std::size_t kDigitsMax = 4;
    if (text.empty() || text.size() > kDigitsMax) {
        return std::nullopt;
    }
    unsigned group = 0;
    for (const char byte : text) {
        const int digit = hex_value(byte);
        if (digit == kNoHex) {
            return std::nullopt;
        }
        group = group << 4 | static_cast<unsigned>(digit);
    }
    return static_cast<std::uint16_t>(group);
}

// The groups of an address, of which one place may stand for any number of zeros.
class GroupReader {
public:
    bool read(std::string_view text) noexcept {
        if (text.starts_with("::")) {
            gap_ = 0;
            text.remove_prefix(2);
        }
        while (!text.empty()) {
            const std::size_t colon = text.find(':');
            if (!take(text.substr(0, colon), colon == std::string_view::npos)) {
                return false;
            }
            if (colon == std::string_view::npos) {
                break;
            }
            text.remove_prefix(colon + 1);
            if (text.empty()) {
                return false;
            }
            if (text.front() == ':') {
                if (gap_ != kNoGap) {
                    return false;
                }
                gap_ = count_;
                text.remove_prefix(1);
            }
        }
        return gap_ == kNoGap ? count_ == kGroups : count_ < kGroups;
    }

    std::uint64_t half(std::size_t begin) const noexcept {
        std::uint64_t bits = 0;
        for (std::size_t index = begin; index < begin + kGroups / 2; ++index) {
            bits = bits << 16 | group(index);
        }
        return bits;
    }

private:
    static constexpr std::size_t kNoGap = kGroups + 1;

    bool take(std::string_view part, bool is_last) noexcept {
        if (is_last && part.find('.') != std::string_view::npos) {
            const auto address = parse_ipv4(part);
            return address && add(static_cast<std::uint16_t>(*address >> 16)) &&
                   add(static_cast<std::uint16_t>(*address));
        }
        const auto group = parse_group(part);
        return group && add(*group);
    }

    bool add(std::uint16_t group) noexcept {
        if (count_ == kGroups) {
            return false;
        }
        groups_[count_++] = group;
        return true;
    }

    std::uint16_t group(std::size_t index) const noexcept {
        const std::size_t zeros = kGroups - count_;
        if (index < gap_) {
            return groups_[index];
        }
        return index < gap_ + zeros ? std::uint16_t{0} : groups_[index - zeros];
    }

    Groups groups_{};
    std::size_t count_ = 0;
    std::size_t gap_ = kNoGap;
};

char* write_ipv4(char* out, std::uint32_t address) noexcept {
    constexpr std::ptrdiff_t kOctetBytesMax = 3;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out = std::to_chars(out, out + kOctetBytesMax, address >> shift & 0xff).ptr;
        if (shift > 0) {
            *out++ = '.';
        }
    }
    return out;
}

struct Run {
    std::size_t begin = kGroups;
    std::size_t size = 1;  // a zero alone is written as it is
};

// Of the longest runs of zeros the first, RFC 5952 section 4.2.3.
Run longest_zeros(const Groups& groups) noexcept {
    Run longest;
    for (std::size_t begin = 0; begin < kGroups;) {
        std::size_t end = begin;
        while (end < kGroups && groups[end] == 0) {
            ++end;
        }
        if (end - begin > longest.size) {
            longest = {begin, end - begin};
        }
        begin = end + 1;
    }
    return longest;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    if (text.find(':') == std::string_view::npos) {
        const auto address = parse_ipv4(text);
        return address ? std::optional(of_ipv4(*address)) : std::nullopt;
    }
    GroupReader groups;
    if (!groups.read(text)) {
        return std::nullopt;
    }
    return of_ipv6(groups.half(0), groups.half(kGroups / 2));
}

char* IpAddress::write(char* out) const noexcept {
    if (is_ipv4()) {
        return write_ipv4(out, static_cast<std::uint32_t>(low_));
    }
    constexpr std::ptrdiff_t kGroupBytesMax = 4;
    Groups groups{};
    for (std::size_t index = 0; index < kGroups; ++index) {
        const std::uint64_t half = index < kGroups / 2 ? high_ : low_;
        groups[index] = static_cast<std::uint16_t>(half >> (48 - index % 4 * 16));
    }
    const Run zeros = longest_zeros(groups);
    for (std::size_t index = 0; index < kGroups;) {
        if (index == zeros.begin) {
            *out++ = ':';
            *out++ = ':';
            index += zeros.size;
            continue;
        }
        if (index != 0 && index != zeros.begin + zeros.size) {
            *out++ = ':';
        }
        out = std::to_chars(out, out + kGroupBytesMax, groups[index], 16).ptr;
        ++index;
    }
    return out;
}

}  // namespace trivet
