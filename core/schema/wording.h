#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/document.h"
#include "schema/rules.h"

namespace trivet::schema {

// The sentences of problem details: what a value must be. Made when a schema is compiled.

// Values that enum lists; an ellipsis stands for more.
inline constexpr std::size_t kListedMax = 10;

// "must be an integer or null", in this order.
std::string type_detail(const std::vector<Types>& types);
// "must have at least 1 character": `unit` without its plural.
std::string count_detail(std::string_view how, std::uint64_t count, std::string_view unit);
std::string enum_detail(const Document& document, std::uint32_t list);
// JSON without spaces, numbers as short as they can be.
std::string json_of(const Document& document, std::uint32_t node);

}  // namespace trivet::schema
