#include "middleware/traceparent.h"

#include <cstddef>

#include "base/ascii.h"
#include "base/hex.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentDigits = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kSize = 55;

bool is_all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<Traceparent> parse_traceparent(std::string_view text) noexcept {
    if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') {
        return std::nullopt;
    }
    const char* const data = text.data();
    const std::string_view trace_id(data + kTraceAt, kTraceDigits);
    const std::string_view parent_id(data + kParentAt, kParentDigits);
    // Digits in lower case only: the rules forbid the upper one.
    const char others[] = {data[0], data[1], data[kFlagsAt], data[kFlagsAt + 1]};
    if (!is_lower_hex(trace_id) || !is_lower_hex(parent_id) ||
        !is_lower_hex({others, sizeof others}) || is_all_zero(trace_id) || is_all_zero(parent_id)) {
        return std::nullopt;
    }
    const bool is_first = data[0] == '0' && data[1] == '0';
    const bool is_forbidden = data[0] == 'f' && data[1] == 'f';
    const bool is_longer = text.size() > kSize;
    if (is_forbidden || (is_longer && (is_first || data[kSize] != '-'))) {
        return std::nullopt;
    }
    return Traceparent{trace_id, parent_id, (hex_value(data[kFlagsAt + 1]) & 1) != 0};
}

}  // namespace trivet::middleware
