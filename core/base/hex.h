#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace trivet {

namespace detail {

struct HexPairs {
    std::array<char, 512> digits{};
    constexpr HexPairs() {
        constexpr char kDigits[] = "0123456789abcdef";
        for (unsigned byte = 0; byte < 256; ++byte) {
            digits[byte * 2] = kDigits[byte >> 4];
            digits[byte * 2 + 1] = kDigits[byte & 15];
        }
    }
};
inline constexpr HexPairs kHexPairs;

}  // namespace detail

inline constexpr std::size_t kHexBytes = 16;  // of one number

// Writes 16 lower-case digits, those of the lowest byte first, and gives the end. For numbers that
// are random anyway.
inline char* write_hex(char* out, std::uint64_t number) noexcept {
    for (unsigned byte = 0; byte < sizeof number; ++byte) {
        std::memcpy(out + byte * 2, &detail::kHexPairs.digits[(number >> (byte * 8) & 255) * 2], 2);
    }
    return out + kHexBytes;
}

}  // namespace trivet
