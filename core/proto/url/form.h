#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "base/arena.h"
#include "proto/url/query.h"

namespace trivet::url {

// Beyond them a body is refused as a whole: a form that lost fields would say something else.
struct FormLimits {
    std::size_t body_bytes_max = 1 << 20;
    std::uint32_t fields_max = 1000;
    std::uint32_t name_bytes_max = 1024;  // as sent, not decoded
};

enum class FormError : std::uint8_t { body_bytes, fields, name_bytes, memory };
std::string_view message(FormError error) noexcept;

// The fields of an application/x-www-form-urlencoded body in order, decoded as those of a query;
// the array and what needed decoding live in the arena, the rest points into `body`. Every body is
// well-formed, WHATWG URL section 5.1.
std::expected<std::span<const Param>, FormError> parse_form(std::string_view body,
                                                            const FormLimits& limits,
                                                            Arena& arena) noexcept;

}  // namespace trivet::url
