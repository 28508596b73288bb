#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client_document.h"

namespace trivet::cli {

// What a schema is at first sight, without a look at what it refers to.
enum class SchemaShape : std::uint8_t {
    any,
    reference,
    part,     // what one of its parts is: shape_part()
    literal,  // one value
    values,
    choice,
    object,  // with members of its own, or joined by allOf
    plain
};

SchemaShape shape_of(const Node& schema);
// The part of a SchemaShape::part.
Node shape_part(const Node& schema);
// The names in `type`, without null.
std::vector<std::string> types_of(const Node& schema);
// The members of oneOf or anyOf, without null.
std::vector<Node> choices_of(const Node& schema);
// The values of const and enum, its own and those of its choices, without null; each once.
std::vector<Json> values_of(const Node& schema);
bool allows_null(const Node& schema);

}  // namespace trivet::cli
