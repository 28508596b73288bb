#include "proto/http1/field.h"

namespace trivet::http1 {
namespace {

constexpr std::string_view kColon = ": ";

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
    return equal_ignoring_case(a, b);
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
