#include "base/ascii.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace trivet {
namespace {

constexpr std::array<bool, 256> make_token_bytes() {
    std::array<bool, 256> bytes{};
    for (const char byte : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "abcdefghijklmnopqrstuvwxyz")) {
        bytes[static_cast<unsigned char>(byte)] = true;
    }
    return bytes;
}

constexpr std::array<bool, 256> kTokenBytes = make_token_bytes();

unsigned lower(char byte) noexcept {
    const auto value = static_cast<unsigned char>(byte);
    return value >= 'A' && value <= 'Z' ? value | 0x20u : value;
}

template <typename Word>
Word load(std::string_view text, std::size_t at) noexcept {
    Word word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
}

std::uint64_t both(std::uint64_t low, std::uint64_t high) noexcept { return high << 32 | low; }

// Eight bytes at once. Most are the same; of those that are not, letters may differ in their case.
bool are_alike(std::uint64_t a, std::uint64_t b) noexcept {
    constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101u;
    constexpr std::uint64_t kTop = 0x80 * kOnes;
    const std::uint64_t difference = a ^ b;
    if (difference == 0) {
        return true;
    }
    if ((difference & ~(0x20 * kOnes)) != 0) {
        return false;
    }
    // The top bit of a byte's sum says whether the byte is as large as what is taken off.
    const std::uint64_t low = (a | 0x20 * kOnes) & ~kTop;
    const std::uint64_t letters =
        (low + (0x80 - 'a') * kOnes) & ~(low + (0x80 - 'z' - 1) * kOnes) & ~a;
    return (difference << 2 & ~letters & kTop) == 0;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const std::size_t size = a.size();
    if (size != b.size()) {
        return false;
    }
    if (size >= sizeof(std::uint64_t)) {
        for (std::size_t at = 0; at + sizeof(std::uint64_t) < size; at += sizeof(std::uint64_t)) {
            if (!are_alike(load<std::uint64_t>(a, at), load<std::uint64_t>(b, at))) {
                return false;
            }
        }
        const std::size_t last = size - sizeof(std::uint64_t);
        return are_alike(load<std::uint64_t>(a, last), load<std::uint64_t>(b, last));
    }
    if (size >= sizeof(std::uint32_t)) {
        const std::size_t last = size - sizeof(std::uint32_t);
        return are_alike(both(load<std::uint32_t>(a, 0), load<std::uint32_t>(a, last)),
                         both(load<std::uint32_t>(b, 0), load<std::uint32_t>(b, last)));
    }
    for (std::size_t at = 0; at < size; ++at) {
        if (lower(a[at]) != lower(b[at])) {
            return false;
        }
    }
    return true;
}

bool is_token_byte(char byte) noexcept { return kTokenBytes[static_cast<unsigned char>(byte)]; }

bool is_token(std::string_view text) noexcept {
    for (const char byte : text) {
        if (!is_token_byte(byte)) {
            return false;
        }
    }
    return !text.empty();
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

int hex_value(char byte) noexcept {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    const int lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : kNoHex;
}

}  // namespace trivet
