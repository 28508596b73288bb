#include "proto/http1/field.h"

#include <array>

namespace trivet::http1 {
namespace {

constexpr std::string_view kColon = ": ";
constexpr std::string_view kLineEnd = "\r\n";

constexpr std::array<bool, 256> make_token_bytes() {
    std::array<bool, 256> is_token_byte{};
    for (const char byte :
         std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "!#$%&'*+-.^_`|~")) {
        is_token_byte[static_cast<unsigned char>(byte)] = true;
    }
    return is_token_byte;
}

constexpr std::array<bool, 256> kIsTokenByte = make_token_bytes();

unsigned lower(char byte) noexcept {
    const auto value = static_cast<unsigned char>(byte);
    return value >= 'A' && value <= 'Z' ? value | 0x20u : value;
}

}  // namespace

std::size_t fields_size(std::span<const HeaderView> fields) noexcept {
    std::size_t size = 0;
    for (const HeaderView& field : fields) {
        size += field.name.size + kColon.size() + field.value.size + kLineEnd.size();
    }
    return size;
}

char* write_fields(char* out, std::span<const HeaderView> fields) noexcept {
    for (const HeaderView& field : fields) {
        out = append(append(out, field.name), kColon);
        out = append(append(out, field.value), kLineEnd);
    }
    return out;
}

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
        if (!kIsTokenByte[static_cast<unsigned char>(byte)]) {
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

}  // namespace trivet::http1
