#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trivet {

inline constexpr std::size_t kHexBytes = 16;  // of one number

namespace detail {

// Four bits of each byte as the digit that stands for them, all eight at once.
constexpr std::uint64_t digits_of(std::uint64_t nibbles) noexcept {
    const std::uint64_t above_nine =
        (nibbles + 0x0606'0606'0606'0606u) >> 4 & 0x0101'0101'0101'0101u;
    return nibbles + 0x3030'3030'3030'3030u + above_nine * ('a' - '0' - 10);
}

}  // namespace detail

// Writes 16 lower-case digits and gives the end: the lower four bits of each byte, the lowest byte
// first, then the upper ones. For numbers that are random anyway.
inline char* write_hex(char* out, std::uint64_t number) noexcept {
    constexpr std::uint64_t kLow = 0x0f0f'0f0f'0f0f'0f0fu;
    const std::uint64_t low = detail::digits_of(number & kLow);
    const std::uint64_t high = detail::digits_of(number >> 4 & kLow);
    std::memcpy(out, &low, sizeof low);
    std::memcpy(out + sizeof low, &high, sizeof high);
    return out + kHexBytes;
}

// Whether there are only digits and the letters a to f, in lower case.
inline bool is_lower_hex(std::string_view text) noexcept {
    constexpr std::uint64_t kTop = 0x8080'8080'8080'8080u;
    constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101u;
    std::uint64_t good = kTop;
    while (!text.empty()) {
        std::uint64_t word = kOnes * '0';
        const std::size_t size = text.size() < sizeof word ? text.size() : sizeof word;
        std::memcpy(&word, text.data(), size);
        text.remove_prefix(size);
        // The top bit of a byte's sum says whether the byte is as large as what is taken off.
        const std::uint64_t low = word & ~kTop;
        const auto from = [low](char least) {
            return low + kOnes * (0x80u - static_cast<unsigned char>(least));
        };
        const std::uint64_t digits = from('0') & ~from('9' + 1);
        const std::uint64_t letters = from('a') & ~from('f' + 1);
        good &= (digits | letters) & ~word;
    }
    return good == kTop;
}

}  // namespace trivet
