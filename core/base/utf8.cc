#include "base/utf8.h"

namespace trivet {

std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t index) {
        return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
    };
    const auto is_tail = [&](std::size_t index) { return (byte(index) & 0xC0u) == 0x80u; };
    if (text.empty()) return 0;
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool is_good = first == 0xE0   ? byte(1) >= 0xA0
                             : first == 0xED ? byte(1) <= 0x9F
                                             : true;
        return is_good && is_tail(1) && is_tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool is_good = first == 0xF0   ? byte(1) >= 0x90
                             : first == 0xF4 ? byte(1) <= 0x8F
                                             : true;
        return is_good && is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace trivet
