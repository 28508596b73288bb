#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/config.h"

namespace trivet::app {

// The value of a field that `text` writes; nothing if the field may not be that. Not for text,
// which is itself.
std::optional<std::uint64_t> parse_value(const Field& field, std::string_view text);

// A field's value as parse_value reads it.
std::string text_of(const Field& field, const Config& config);

// The name of the field that `wrong` was probably meant to be; empty when none is near.
std::string_view nearest_field(std::span<const Field> fields, std::string_view wrong);

}  // namespace trivet::app
