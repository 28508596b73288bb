#include "proto/proxy/crc32c.h"

#include <array>

namespace trivet::proxy {
namespace {

constexpr std::array<std::uint32_t, 256> make_remainders() {
    constexpr std::uint32_t kPolynomial = 0x82f63b78;  // its lowest power in the highest bit
    std::array<std::uint32_t, 256> remainders{};
    for (std::uint32_t byte = 0; byte < remainders.size(); ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit) {
            remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? kPolynomial : 0);
        }
        remainders[byte] = remainder;
    }
    return remainders;
}

constexpr std::array<std::uint32_t, 256> kRemainders = make_remainders();

}  // namespace

std::uint32_t crc32c(std::string_view text, std::uint32_t before) noexcept {
    std::uint32_t remainder = ~before;
    for (const char byte : text) {
        remainder =
            remainder >> 8 ^ kRemainders[(remainder ^ static_cast<unsigned char>(byte)) & 0xff];
    }
    return ~remainder;
}

}  // namespace trivet::proxy
