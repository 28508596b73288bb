#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "app/config.h"

namespace trivet::app {

// The value of a field that `text` writes; nothing if the field may not be that. Not for host,
// which is its text.
std::optional<std::uint64_t> parse_value(const Field& field, std::string_view text);

// The name of the field that `wrong` was probably meant to be; empty when none is near.
std::string_view nearest_field(std::string_view wrong);

}  // namespace trivet::app
