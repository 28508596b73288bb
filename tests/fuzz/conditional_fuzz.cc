// The first three bytes choose a method and what the client may have, the size of the
// representation and a time; the rest is one field a line: If-Match, If-None-Match,
// If-Modified-Since, If-Unmodified-Since, If-Range, Range, each absent when it begins with a NUL.
// Ranges agree with a row of marks, fields with the order in which they count.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_date.h"
#include "check.h"
#include "proto/conditional/entity_tag.h"
#include "proto/conditional/preconditions.h"
#include "proto/range/byte_ranges.h"

namespace trivet {
namespace {

using fuzz::check;

constexpr std::int64_t kNow = 1'700'000'000;

void check_date(std::string_view text) {
    const auto time = parse_http_date(text, kNow);
    if (!time) return;
    check(*time >= -62'167'219'200 && *time <= 253'402'300'800, "years have four digits");
    if (*time < 253'402'300'800) {  // the leap second at the end of the last year
        char written[kImfFixdateBytes];
        format_imf_fixdate(*time, written);
        check(parse_http_date({written, sizeof written}, kNow) == time, "a date reads back");
    }
    check(text.size() >= 24 && text.size() <= 33, "a date has its size");
}

std::optional<std::uint64_t> plain_number(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    constexpr std::string_view kLargest = "18446744073709551615";
    if (text.size() > kLargest.size() || (text.size() == kLargest.size() && text > kLargest)) {
        return ~std::uint64_t{0};
    }
    return text.empty() ? 0 : std::stoull(std::string(text));
}

// The marks of a representation so small that each byte has one; nullopt: malformed.
std::optional<std::vector<bool>> marks_of(std::string_view set, std::size_t size) {
    std::vector<bool> marks(size);
    std::size_t count = 0;
    while (!set.empty()) {
        const std::size_t comma = std::min(set.find(','), set.size());
        std::string_view text = set.substr(0, comma);
        set.remove_prefix(std::min(comma + 1, set.size()));
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
        text = text.substr(0, text.find_last_not_of(" \t") + 1);
        if (text.empty()) continue;
        const std::size_t dash = text.find('-');
        if (++count > range::kRangesMax || dash == std::string_view::npos) return std::nullopt;
        const auto first = plain_number(text.substr(0, dash));
        auto last = plain_number(text.substr(dash + 1));
        if (dash == 0) {
            if (!last) return std::nullopt;
            for (std::uint64_t at = 0; at < size && at < *last; ++at) marks[size - 1 - at] = true;
            continue;
        }
        if (dash + 1 == text.size()) last = ~std::uint64_t{0};
        if (!first || !last || *first > *last) return std::nullopt;
        for (std::uint64_t at = *first; at < size && at <= *last; ++at) marks[at] = true;
    }
    return count == 0 ? std::nullopt : std::optional(marks);
}

void check_small_ranges(std::string_view set, std::size_t size) {
    const std::string field = "bytes=" + std::string(set);
    range::ByteRanges ranges;
    const auto selection = range::select_ranges(field, size, ranges);
    const auto marks = marks_of(set, size);
    if (!marks) {
        check(selection == range::Selection::whole, "what is malformed is not looked at");
        return;
    }
    const bool has_any = std::ranges::find(*marks, true) != marks->end();
    check(has_any == (selection == range::Selection::partial), "what can be had is selected");
    check(size == 0 || has_any || selection == range::Selection::unsatisfiable, "or it is told");
    std::vector<bool> found(size);
    for (const range::ByteRange& range : ranges.items()) {
        for (std::uint64_t at = range.first; at <= range.last; ++at) {
            check(!found.at(at), "no byte is selected twice");
            found[at] = true;
        }
        check((range.first == 0 || !(*marks)[range.first - 1]) &&
                  (range.last + 1 == size || !(*marks)[range.last + 1]),
              "neighbours are joined");
    }
    check(found == *marks || !has_any, "the bytes that were asked for");
}

void check_ranges(std::string_view field, std::uint64_t size) {
    range::ByteRanges ranges;
    const auto selection = range::select_ranges(field, size, ranges);
    check(ranges.items().empty() == (selection != range::Selection::partial), "ranges are set");
    std::vector<range::ByteRange> sorted(ranges.items().begin(), ranges.items().end());
    std::ranges::sort(sorted, {}, &range::ByteRange::first);
    std::uint64_t bytes = 0;
    for (std::size_t index = 0; index < sorted.size(); ++index) {
        check(sorted[index].first <= sorted[index].last && sorted[index].last < size,
              "a range is within the representation");
        check(index == 0 || sorted[index - 1].last + 1 < sorted[index].first, "and apart");
        bytes += sorted[index].size();
        char text[range::kContentRangeBytesMax];
        check(range::write_content_range(text, sorted[index], size) <= text + sizeof text, "fits");
    }
    check(bytes == ranges.bytes() && bytes <= size, "there are never more bytes than there are");
}

using Lines = std::vector<std::string_view>;
using conditional::Verdict;

struct Case {
    conditional::Method method;
    conditional::Validators current;
    std::int64_t now;
    std::array<Lines, 5> lines;

    conditional::Evaluation evaluate() const {
        return conditional::evaluate(method,
                                     {.if_match = lines[0],
                                      .if_none_match = lines[1],
                                      .if_modified_since = lines[2],
                                      .if_unmodified_since = lines[3],
                                      .if_range = lines[4]},
                                     current, now);
    }
    bool has(std::size_t index) const { return !lines[index].empty(); }
    // Without some of the fields, and with one set.
    Case without(std::initializer_list<std::size_t> indexes) const {
        Case other = *this;
        for (const std::size_t index : indexes) other.lines[index].clear();
        return other;
    }
    Case with(std::size_t index, Lines value) const {
        Case other = *this;
        other.lines[index] = std::move(value);
        return other;
    }
};

void check_order(const Case& given) {
    const Verdict verdict = given.evaluate().verdict;
    const bool is_read = given.method != conditional::Method::other;
    check(verdict != Verdict::not_modified || is_read, "only a read is not modified");
    check(given.without({4}).evaluate().verdict == verdict, "If-Range changes no verdict");
    if (given.has(0)) {
        check(given.without({3}).evaluate().verdict == verdict, "If-Match goes first");
    }
    if (given.has(1) || !is_read) {
        check(given.without({2}).evaluate().verdict == verdict, "so does If-None-Match");
    }
    const Verdict guard = given.without({1, 2}).evaluate().verdict;
    const Verdict rest = given.without({0, 3}).evaluate().verdict;
    check(guard != Verdict::not_modified, "a guard stops or does not");
    check(verdict == (guard == Verdict::proceed ? rest : guard), "guards go first");
    check(given.without({0, 1, 2, 3}).evaluate().verdict == Verdict::proceed,
          "nothing stops alone");
}

// A tag that is known to be the current one, in front of what the client sent.
void check_tags(const Case& given) {
    if (!given.current.exists || !given.current.tag) return;
    const bool is_weak = given.current.tag->is_weak;
    const std::string tag = (is_weak ? "W/\"" : "\"") + std::string(given.current.tag->text) + "\"";
    check(conditional::parse_entity_tag(tag) == given.current.tag, "a tag reads back");
    Lines lines = given.lines[1];
    lines.insert(lines.begin(), tag);
    check(given.with(1, lines).evaluate().verdict != Verdict::proceed, "who has it gets no more");
    const Verdict match = given.without({1, 2, 3}).with(0, {tag}).evaluate().verdict;
    check((match == Verdict::proceed) == !is_weak, "only a strong tag guards");
    const auto range = given.without({0, 1, 2, 3}).with(4, {tag}).evaluate();
    check(range.is_range_valid == (!is_weak && given.method == conditional::Method::get),
          "or continues");
}

// Guards that nobody can read, and a date that may still change.
void check_caution(const Case& given) {
    const Case none = given.without({0, 1, 2, 3, 4});
    const Verdict failed = Verdict::precondition_failed;
    check(none.with(0, {"\"a,b\"", "*"}).evaluate().verdict == failed, "a guard is read or fails");
    const Verdict write = none.with(1, {"a"}).evaluate().verdict;
    const bool is_read = given.method != conditional::Method::other;
    check(write == (is_read ? Verdict::proceed : failed), "before a write it fails as well");
    if (!given.current.modified) return;
    char date[kImfFixdateBytes];
    format_imf_fixdate(*given.current.modified, date);
    const auto range = none.with(4, {{date, sizeof date}}).evaluate();
    check(range.is_range_valid == (given.method == conditional::Method::get &&
                                   given.current.exists && *given.current.modified < given.now),
          "parts are of what cannot change any more");
}

void check_walk(const Lines& lines) {
    conditional::EntityTagCursor cursor(lines);
    for (conditional::EntityTag tag; cursor.next(tag);) {
        check(!tag.text.contains('"') && !tag.text.contains(' '), "a tag is one");
        check(matches_weakly(tag, tag) && matches_strongly(tag, tag) == !tag.is_weak, "and itself");
    }
}

}  // namespace
}  // namespace trivet

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace trivet;
    if (size < 3 || size > 4096) {
        return 0;
    }
    std::string_view rest(reinterpret_cast<const char*>(data) + 3, size - 3);
    Case given{.method = static_cast<conditional::Method>(data[0] % 3),
               .current = {.exists = (data[0] & 4) == 0},
               .now = 784'111'777 + data[2] % 3};
    if ((data[0] & 8) == 0) given.current.modified = 784'111'776 + data[2] / 3 % 3;
    if ((data[0] & 16) == 0) given.current.tag = {"a,b", (data[0] & 32) != 0};
    for (std::size_t index = 0; index < 6; ++index) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        check_date(line);
        if (index == 5) {
            check_small_ranges(line, data[1] % 32);
            check_ranges(line, data[1] < 128 ? data[1] : ~std::uint64_t{0} - data[2]);
            check_ranges("bytes=" + std::string(line), ~std::uint64_t{0} - data[2]);
        } else if (!line.starts_with('\0')) {
            given.lines[index] = {line};
            if (const std::size_t cut = line.find(';'); cut != std::string_view::npos) {
                given.lines[index] = {line.substr(0, cut), line.substr(cut + 1)};
            }
        }
    }
    check_walk(given.lines[0]);
    check_order(given);
    check_tags(given);
    check_caution(given);
    return 0;
}
