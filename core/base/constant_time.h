#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace trivet {

// Whether two texts are equal, in a time that depends on their lengths alone: how much of a secret
// was guessed right cannot be measured.
inline bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    std::uint64_t difference = 0;
    std::size_t at = 0;
    for (; at + sizeof difference <= a.size(); at += sizeof difference) {
        std::uint64_t left = 0;
        std::uint64_t right = 0;
        std::memcpy(&left, a.data() + at, sizeof left);
        std::memcpy(&right, b.data() + at, sizeof right);
        difference |= left ^ right;
    }
    for (; at < a.size(); ++at) {
        difference |= static_cast<unsigned char>(a[at] ^ b[at]);
    }
    // The compiler must not turn the loop into one that stops early.
    asm volatile("" : "+r"(difference));
    return difference == 0;
}

}  // namespace trivet
