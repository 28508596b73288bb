#include "route/segment_text.h"

#include <charconv>
#include <cstdint>

#include "base/ascii.h"

namespace trivet::route {

bool has_valid_escapes(std::string_view path) noexcept {
    for (std::size_t at = path.find('%'); at != std::string_view::npos;
         at = path.find('%', at + 3)) {
        if (path.size() - at < 3 || hex_value(path[at + 1]) < 0 || hex_value(path[at + 2]) < 0 ||
            path.substr(at, 3) == "%00") {
            return false;
        }
    }
    return true;
}

bool decode_segment(std::string_view raw, char* room, std::size_t room_size,
                    std::string_view& decoded) noexcept {
    std::size_t size = 0;
    for (std::size_t at = 0; at < raw.size(); ++size) {
        if (size == room_size) {
            return false;
        }
        if (raw[at] == '%') {
            room[size] = static_cast<char>(hex_value(raw[at + 1]) * 16 + hex_value(raw[at + 2]));
            at += 3;
        } else {
            room[size] = raw[at++];
        }
    }
    decoded = {room, size};
    return true;
}

bool is_integer(std::string_view text) noexcept {
    if (text.size() > kLiteralBytesMax) {
        return false;
    }
    std::int64_t value = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto result = std::from_chars(begin, end, value);
    return result.ec == std::errc{} && result.ptr == end;
}

bool is_uuid(std::string_view text) noexcept {
    constexpr std::string_view kForm = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    if (text.size() != kForm.size()) {
        return false;
    }
    for (std::size_t at = 0; at < kForm.size(); ++at) {
        if (kForm[at] == '-' ? text[at] != '-' : hex_value(text[at]) < 0) {
            return false;
        }
    }
    return true;
}

}  // namespace trivet::route
