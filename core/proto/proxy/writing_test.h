#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trivet::proxy {

// What a proxy would send, for tests.
inline std::string two_bytes(std::size_t number) {
    return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}

inline std::string four_bytes(std::uint32_t number) {
    return two_bytes(number >> 16) + two_bytes(number & 0xffff);
}

inline std::string entry(int type, std::string_view value) {
    return static_cast<char>(type) + two_bytes(value.size()) + std::string(value);
}

inline std::string binary_header(int command, int family, std::string_view rest) {
    std::string text("\r\n\r\n\0\r\nQUIT\n", 12);
    text += static_cast<char>(command);
    text += static_cast<char>(family);
    return text + two_bytes(rest.size()) + std::string(rest);
}

// The plainest CRC-32C, bit by bit.
inline std::uint32_t plain_crc32c(std::string_view text) {
    std::uint32_t remainder = 0xffffffff;
    for (const char byte : text) {
        for (int bit = 0; bit < 8; ++bit) {
            const bool is_set = ((remainder ^ static_cast<unsigned char>(byte) >> bit) & 1) != 0;
            remainder = remainder >> 1 ^ (is_set ? 0x82f63b78u : 0u);
        }
    }
    return ~remainder;
}

// With the right checksum as the last entry.
inline std::string with_checksum(int command, int family, std::string_view rest) {
    std::string text = binary_header(command, family, std::string(rest) + entry(3, four_bytes(0)));
    const std::string checksum = four_bytes(plain_crc32c(text));
    return text.replace(text.size() - 4, 4, checksum);
}

}  // namespace trivet::proxy
