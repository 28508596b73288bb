#include "proto/http1/field.h"

#include <array>
#include <cstdint>

namespace trivet::http1 {
namespace {

constexpr std::uint8_t kTokenByte = 1;
constexpr std::uint8_t kHostByte = 2;  // of a reg-name, apart from percent escapes
constexpr std::uint8_t kHexDigit = 4;

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    const auto mark = [&classes](std::string_view bytes, int bits) {
        for (const char byte : bytes) {
            auto& entry = classes[static_cast<unsigned char>(byte)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    mark("0123456789", kTokenByte | kHostByte | kHexDigit);
    mark("abcdefABCDEF", kTokenByte | kHostByte | kHexDigit);
    mark("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ", kTokenByte | kHostByte);
    mark("!#$%&'*+-.^_`|~", kTokenByte);
    mark("-._~!$&'()*+,;=", kHostByte);
    return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is_class(char byte, std::uint8_t bits) noexcept {
    return (kClasses[static_cast<unsigned char>(byte)] & bits) != 0;
}

unsigned lower(char byte) noexcept {
    const auto value = static_cast<unsigned char>(byte);
    return value >= 'A' && value <= 'Z' ? value | 0x20u : value;
}

bool is_ip_literal(std::string_view text) noexcept {
    // The brackets keep the colons apart from the port's; which address it is does not matter here.
    if (text.size() < 4) {
        return false;
    }
    bool has_colon = false;
    for (const char byte : text.substr(1, text.size() - 2)) {
        has_colon = has_colon || byte == ':';
        if (byte != ':' && !is_class(byte, kHostByte)) {
            return false;
        }
    }
    return has_colon || lower(text[1]) == 'v';
}

// Size of the reg-name in front of `text`; the byte after it belongs to none.
std::size_t reg_name_size(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    const char* at = text.data();
    for (;;) {
        while (at != end && is_class(*at, kHostByte)) {
            ++at;
        }
        if (end - at < 3 || *at != '%' || !is_class(at[1], kHexDigit) ||
            !is_class(at[2], kHexDigit)) {
            return static_cast<std::size_t>(at - text.data());
        }
        at += 3;
    }
}

}  // namespace

bool field_name_equal(std::string_view a, std::string_view b) noexcept {
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

bool is_token(std::string_view text) noexcept {
    for (const char byte : text) {
        if (!is_class(byte, kTokenByte)) {
            return false;
        }
    }
    return !text.empty();
}

bool is_valid_field_name(std::string_view name) noexcept { return is_token(name); }

bool is_valid_field_value(std::string_view value) noexcept {
    for (const char byte : value) {
        const auto code = static_cast<unsigned char>(byte);
        if ((code < 0x20 && code != '\t') || code == 0x7f) {
            return false;
        }
    }
    return true;
}

bool is_method_token(std::string_view method) noexcept { return is_token(method); }

bool is_valid_host(std::string_view host) noexcept {
    std::size_t name_size = 0;
    if (!host.empty() && host.front() == '[') {
        name_size = host.find(']') + 1;
        if (!is_ip_literal(host.substr(0, name_size))) {
            return false;
        }
    } else {
        name_size = reg_name_size(host);
        if (name_size == 0 && !host.empty()) {
            return false;
        }
    }
    const std::string_view port = host.substr(name_size);
    if (port.empty()) {
        return true;
    }
    if (port.front() != ':' || port.size() > sizeof(":65535") - 1) {
        return false;
    }
    for (const char byte : port.substr(1)) {
        if (byte < '0' || byte > '9') {
            return false;
        }
    }
    return true;
}

}  // namespace trivet::http1
