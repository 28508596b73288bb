#include "base/authority.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace trivet {
namespace {

constexpr std::uint8_t kNameByte = 1;  // of a reg-name, apart from percent escapes
constexpr std::uint8_t kDigit = 2;
constexpr std::uint8_t kHexDigit = 4;

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    const auto mark = [&classes](std::string_view bytes, int bits) {
        for (const char byte : bytes) {
            auto& entry = classes[static_cast<unsigned char>(byte)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    mark("0123456789", kNameByte | kDigit | kHexDigit);
    mark("abcdefABCDEF", kNameByte | kHexDigit);
    mark("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ", kNameByte);
    mark("-._~!$&'()*+,;=", kNameByte);
    return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is_class(char byte, std::uint8_t bits) noexcept {
    return (kClasses[static_cast<unsigned char>(byte)] & bits) != 0;
}

bool is_ip_literal(std::string_view text) noexcept {
    // The brackets keep the colons apart from the port's; which address it is does not matter here.
    if (text.size() < 4) {
        return false;
    }
    bool has_colon = false;
    for (const char byte : text.substr(1, text.size() - 2)) {
        has_colon = has_colon || byte == ':';
        if (byte != ':' && !is_class(byte, kNameByte)) {
            return false;
        }
    }
    return has_colon || text[1] == 'v' || text[1] == 'V';
}

// Size of the reg-name in front of `text`; the byte after it belongs to none.
std::size_t reg_name_size(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    const char* at = text.data();
    for (;;) {
        while (at != end && is_class(*at, kNameByte)) {
            ++at;
        }
        if (end - at < 3 || *at != '%' || !is_class(at[1], kHexDigit) ||
            !is_class(at[2], kHexDigit)) {
            return static_cast<std::size_t>(at - text.data());
        }
        at += 3;
    }
}

// What follows the colon; may be empty.
bool is_port(std::string_view text) noexcept {
    constexpr std::uint32_t kPortMax = 65535;
    std::uint32_t port = 0;
    for (const char byte : text) {
        if (!is_class(byte, kDigit)) {
            return false;
        }
        port = port * 10 + static_cast<std::uint32_t>(byte - '0');
        if (port > kPortMax) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
    std::size_t host_size = 0;
    if (!text.empty() && text.front() == '[') {
        host_size = text.find(']') + 1;
        if (!is_ip_literal(text.substr(0, host_size))) {
            return false;
        }
    } else {
        host_size = reg_name_size(text);
        if (host_size == 0) {
            return false;
        }
    }
    const std::string_view rest = text.substr(host_size);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

}  // namespace trivet
