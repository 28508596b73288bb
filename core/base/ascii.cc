#include "base/ascii.h"

#include <array>
#include <cstddef>

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

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t at = 0; at < a.size(); ++at) {
        // Most bytes are the same; of those that are not, letters may differ in their case.
        if (a[at] != b[at] && lower(a[at]) != lower(b[at])) {
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
