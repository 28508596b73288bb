#include "proto/conditional/preconditions.h"

#include "base/ascii.h"
#include "base/http_date.h"

namespace trivet::conditional {
namespace {

using Lines = std::span<const std::string_view>;

struct Match {
    bool is_found = false;
    bool is_malformed = false;
};

Match find(Lines lines, const Validators& current,
           bool (*matches)(const EntityTag&, const EntityTag&)) noexcept {
    if (lines.size() == 1 && trimmed(lines.front()) == "*") {
        return {.is_found = current.exists};
    }
    Match match;
    EntityTagCursor cursor(lines);
    for (EntityTag tag; cursor.next(tag);) {
        match.is_found =
            match.is_found || (current.exists && current.tag && matches(tag, *current.tag));
    }
    match.is_malformed = cursor.is_malformed();
    return match;
}

std::optional<std::int64_t> date_of(Lines lines, std::int64_t now) noexcept {
    return lines.size() == 1 ? parse_http_date(trimmed(lines.front()), now) : std::nullopt;
}

// Sections 13.1.1 and 13.1.4: whether the client still means this representation.
bool is_same(const Fields& fields, const Validators& current, std::int64_t now) noexcept {
    if (!fields.if_match.empty()) {
        const Match match = find(fields.if_match, current, matches_strongly);
        return match.is_found && !match.is_malformed;
    }
    const auto date = date_of(fields.if_unmodified_since, now);
    return !date || !current.exists || !current.modified || *current.modified <= *date;
}

// Sections 13.1.2 and 13.1.3: whether the client lacks this representation.
bool is_lacking(bool is_read, const Fields& fields, const Validators& current,
                std::int64_t now) noexcept {
    if (!fields.if_none_match.empty()) {
        const Match match = find(fields.if_none_match, current, matches_weakly);
        return !match.is_found && (is_read || !match.is_malformed);
    }
    const auto date = is_read ? date_of(fields.if_modified_since, now) : std::nullopt;
    return !date || !current.exists || !current.modified || *current.modified > *date;
}

// Section 13.1.5: whether the parts that a client has are of this representation.
bool is_range_current(Lines lines, const Validators& current, std::int64_t now) noexcept {
    if (lines.empty()) {
        return true;
    }
    if (lines.size() != 1 || !current.exists) {
        return false;
    }
    const std::string_view text = trimmed(lines.front());
    if (const auto tag = parse_entity_tag(text)) {
        return current.tag && matches_strongly(*tag, *current.tag);
    }
    const auto date = parse_http_date(text, now);
    return date && current.modified && *date == *current.modified && *date < now;
}

}  // namespace

Evaluation evaluate(Method method, const Fields& fields, const Validators& current,
                    std::int64_t now) noexcept {
    if (!is_same(fields, current, now)) {
        return {.verdict = Verdict::precondition_failed};
    }
    const bool is_read = method != Method::other;
    if (!is_lacking(is_read, fields, current, now)) {
        return {.verdict = is_read ? Verdict::not_modified : Verdict::precondition_failed};
    }
    return {.is_range_valid =
                method == Method::get && is_range_current(fields.if_range, current, now)};
}

}  // namespace trivet::conditional
