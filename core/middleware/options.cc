#include "middleware/options.h"

#include <charconv>

#include "proto/http1/field.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kShownBytesMax = 80;
constexpr std::size_t kFieldNameBytesMax = 63;  // below Chain::kFieldNameSizes
constexpr std::size_t kQuotableBytesMax = 256;

}  // namespace

std::string shown(std::string_view value) {
    std::string text = "\"";
    for (const char byte : value.substr(0, kShownBytesMax)) {
        text += byte < ' ' || byte == 0x7f ? '?' : byte;
    }
    return text += value.size() > kShownBytesMax ? "…\"" : "\"";
}

std::string unknown_option(std::string_view name, std::span<const std::string_view> known) {
    std::string text = "no option " + shown(name) + "; there ";
    text += known.size() == 1 ? "is " : "are ";
    std::string_view separator;
    for (const std::string_view item : known) {
        text.append(separator).append(item);
        separator = ", ";
    }
    return text;
}

std::string take_flag(bool& flag, std::string_view value) {
    if (value != "true" && value != "false") {
        return "is " + shown(value) + ", allowed are true and false";
    }
    flag = value == "true";
    return {};
}

std::string take_number(std::uint64_t& number, std::string_view value, std::uint64_t low,
                        std::uint64_t high) {
    std::uint64_t read = 0;
    const char* const end = value.data() + value.size();
    const auto result = std::from_chars(value.data(), end, read);
    if (value.empty() || result.ec != std::errc{} || result.ptr != end || read < low ||
        read > high) {
        return "is " + shown(value) + ", allowed are " + std::to_string(low) + " to " +
               std::to_string(high);
    }
    number = read;
    return {};
}

std::string take_field_name(std::string& name, std::string_view value) {
    if (!http1::is_valid_field_name(value) || value.size() > kFieldNameBytesMax) {
        return "is " + shown(value) + ", which is no field name of at most " +
               std::to_string(kFieldNameBytesMax) + " bytes";
    }
    name = value;
    return {};
}

std::string take_quotable(std::string& text, std::string_view value) {
    bool is_good = !value.empty() && value.size() <= kQuotableBytesMax;
    for (const char byte : value) {
        is_good = is_good && byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
    }
    if (!is_good) {
        return "is " + shown(value) + ", allowed are 1 to " + std::to_string(kQuotableBytesMax) +
               " bytes of ASCII without control characters, \" and \\";
    }
    text = value;
    return {};
}

}  // namespace trivet::middleware
