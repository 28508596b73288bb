#include "proto/range/byte_ranges.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/ascii.h"
#include "base/str.h"

namespace trivet::range {
namespace {

constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint64_t>::max();

// nullopt: not all digits, or none. RFC 9110 section 14.1.1 asks for no surprise with large ones.
std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
    std::uint64_t number = 0;
    for (const char byte : text) {
        if (byte < '0' || byte > '9') {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(byte - '0');
        number = number > (kNumberMax - digit) / 10 ? kNumberMax : number * 10 + digit;
    }
    return text.empty() ? std::nullopt : std::optional(number);
}

struct Spec {
    bool is_satisfiable = false;
    ByteRange range;
};

Spec suffix_of(std::uint64_t count, std::uint64_t size) noexcept {
    if (count == 0 || size == 0) {
        return {};
    }
    return {true, {size - std::min(count, size), size - 1}};
}

// nullopt: malformed.
std::optional<Spec> spec_of(std::string_view text, std::uint64_t size) noexcept {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view first_text = text.substr(0, dash);
    const std::string_view last_text = text.substr(dash + 1);
    const auto last = last_text.empty() ? kNumberMax : number_of(last_text);
    if (first_text.empty()) {
        return last_text.empty() || !last ? std::nullopt : std::optional(suffix_of(*last, size));
    }
    const auto first = number_of(first_text);
    if (!first || !last || *first > *last) {
        return std::nullopt;
    }
    if (*first >= size) {
        return Spec{};
    }
    return Spec{true, {*first, std::min(*last, size - 1)}};
}

}  // namespace

std::uint64_t ByteRanges::bytes() const noexcept {
    std::uint64_t bytes = 0;
    for (const ByteRange& range : items()) {
        bytes += range.size();
    }
    return bytes;
}

void ByteRanges::add(ByteRange range) noexcept {
    // What it grows by touches none of the others, for these were apart: one pass finds all.
    std::size_t place = count_;
    for (std::size_t index = 0; index < count_;) {
        const ByteRange& other = items_[index];
        // Last bytes are below a size, so that one more is still a number.
        if (other.first > range.last + 1 || range.first > other.last + 1) {
            ++index;
            continue;
        }
        range = {std::min(range.first, other.first), std::max(range.last, other.last)};
        place = std::min(place, index);
        std::move(items_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                  items_.begin() + static_cast<std::ptrdiff_t>(count_),
                  items_.begin() + static_cast<std::ptrdiff_t>(index));
        --count_;
    }
    std::move_backward(items_.begin() + static_cast<std::ptrdiff_t>(place),
                       items_.begin() + static_cast<std::ptrdiff_t>(count_),
                       items_.begin() + static_cast<std::ptrdiff_t>(count_) + 1);
    items_[place] = range;
    ++count_;
}

Selection select_ranges(std::string_view field, std::uint64_t size, ByteRanges& ranges) noexcept {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos ||
        !equal_ignoring_case(field.substr(0, equals), "bytes")) {
        return Selection::whole;
    }
    ByteRanges selected;
    std::size_t count = 0;
    bool has_suffix = false;
    std::string_view rest = field.substr(equals + 1);
    for (bool is_last = false; !is_last;) {
        const std::size_t comma = rest.find(',');
        is_last = comma == std::string_view::npos;
        const std::string_view text = trimmed(rest.substr(0, comma));
        rest.remove_prefix(is_last ? rest.size() : comma + 1);
        if (text.empty()) {
            continue;
        }
        const auto spec = spec_of(text, size);
        if (!spec || ++count > kRangesMax) {
            return Selection::whole;
        }
        if (spec->is_satisfiable) {
            selected.add(spec->range);
        }
        has_suffix = has_suffix || (text.front() == '-' &&
                                    text.find_first_not_of("-0") != std::string_view::npos);
    }
    // The last bytes of nothing are nothing, which is no range but can be had: RFC 9110 14.1.2.
    if (count == 0 || (size == 0 && has_suffix)) {
        return Selection::whole;
    }
    if (selected.count_ == 0) {
        return Selection::unsatisfiable;
    }
    ranges = selected;
    return Selection::partial;
}

char* write_content_range(char* out, const ByteRange& range, std::uint64_t size) noexcept {
    constexpr std::ptrdiff_t kDigitsMax = 20;
    out = append(out, "bytes ");
    out = std::to_chars(out, out + kDigitsMax, range.first).ptr;
    *out++ = '-';
    out = std::to_chars(out, out + kDigitsMax, range.last).ptr;
    *out++ = '/';
    return std::to_chars(out, out + kDigitsMax, size).ptr;
}

char* write_unsatisfied_range(char* out, std::uint64_t size) noexcept {
    constexpr std::ptrdiff_t kDigitsMax = 20;
    out = append(out, "bytes */");
    return std::to_chars(out, out + kDigitsMax, size).ptr;
}

}  // namespace trivet::range
