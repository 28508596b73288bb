#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet::negotiation {

// How much of a choice is wanted, RFC 9110 section 12.4.2, in thousandths: 0 is not at all.
using Weight = std::uint16_t;
inline constexpr Weight kWeightMax = 1000;

// All of `text` as a weight: "0", "0.5", "1.000".
std::optional<Weight> parse_weight(std::string_view text) noexcept;

// An element of a list of choices that have a weight and no other parameter.
struct Choice {
    std::string_view name;
    Weight weight = kWeightMax;
};

// All of `text`: "gzip", "gzip;q=0.5". nullopt: malformed.
std::optional<Choice> parse_choice(std::string_view text) noexcept;

}  // namespace trivet::negotiation
