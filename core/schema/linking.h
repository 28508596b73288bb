#pragma once

#include <vector>

#include "schema/rules.h"

namespace trivet::schema {

// Schemas that look at one value through $ref, allOf and others, one in the other.
inline constexpr std::uint32_t kInPlaceMax = 64;

// What rules are to each other, once all are there: fills in the types of combinations. False when
// rules lead to each other without looking into the value, which would never end, or too far.
bool link_rules(std::vector<Rule>& rules);

}  // namespace trivet::schema
