#include "middleware/traceparent.h"

#include <cstddef>

#include "base/ascii.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentDigits = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kSize = 55;

// Digits in lower case only: the rules forbid the upper one.
bool is_hex(std::string_view text) noexcept {
    bool is_good = true;
    for (const char byte : text) {
        is_good = is_good && ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'));
    }
    return is_good;
}

bool is_all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<Traceparent> parse_traceparent(std::string_view text) noexcept {
    if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') {
        return std::nullopt;
    }
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace_id = text.substr(kTraceAt, kTraceDigits);
    const std::string_view parent_id = text.substr(kParentAt, kParentDigits);
    const std::string_view flags = text.substr(kFlagsAt, 2);
    const bool is_longer = text.size() > kSize;
    if (!is_hex(version) || version == "ff" ||
        (is_longer && (version == "00" || text[55] != '-')) || !is_hex(trace_id) ||
        is_all_zero(trace_id) || !is_hex(parent_id) || is_all_zero(parent_id) || !is_hex(flags)) {
        return std::nullopt;
    }
    return Traceparent{trace_id, parent_id, (hex_value(flags[1]) & 1) != 0};
}

}  // namespace trivet::middleware
