#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace trivet::proxy {

// The number in the first `Bytes` bytes, of which `text` has so many.
template <std::size_t Bytes>
std::uint64_t big_endian(std::string_view text) noexcept {
    static_assert(Bytes <= sizeof(std::uint64_t));
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < Bytes; ++index) {
        number = number << 8 | static_cast<unsigned char>(text[index]);
    }
    return number;
}

}  // namespace trivet::proxy
