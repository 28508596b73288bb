#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proto/conditional/entity_tag.h"

namespace trivet::conditional {

// The lines of each field as they came, in order; none: no such field.
struct Fields {
    std::span<const std::string_view> if_match;
    std::span<const std::string_view> if_none_match;
    std::span<const std::string_view> if_modified_since;
    std::span<const std::string_view> if_unmodified_since;
    std::span<const std::string_view> if_range;
};

// What a client may already have: the representation that would answer its GET now.
struct Validators {
    bool exists = true;  // false: there is none, as before a PUT that makes it
    std::optional<EntityTag> tag;
    std::optional<std::int64_t> modified;  // in seconds since 1970, as Last-Modified says it
};

enum class Method : std::uint8_t { get, head, other };

enum class Verdict : std::uint8_t {
    proceed,
    not_modified,         // 304
    precondition_failed,  // 412
};

struct Evaluation {
    Verdict verdict = Verdict::proceed;
    // With `proceed`: whether a Range field counts. False when there is an If-Range that does not
    // hold (the client has parts of another representation), and for methods other than GET.
    bool is_range_valid = false;
};

// Evaluates the fields in the order of RFC 9110 section 13.2.2. `now` is the time of the answer: a
// date is a strong validator only when it is past, for the representation may change again within
// the second (section 8.8.2.2).
//
// What cannot be read: a date, or more than one, is as good as no such field. An If-Match with a
// malformed list does not hold, nor does an If-None-Match for a method that changes something: a
// write must not happen because the guard of it was misspelt. For GET and HEAD such an
// If-None-Match holds as far as it can be read.
Evaluation evaluate(Method method, const Fields& fields, const Validators& current,
                    std::int64_t now) noexcept;

}  // namespace trivet::conditional
