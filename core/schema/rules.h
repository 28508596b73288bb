#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "schema/decimal.h"
#include "schema/document.h"
#include "schema/format.h"

namespace trivet::schema {

// Sets of types; a whole number has two.
using Types = std::uint8_t;
inline constexpr Types kNull = 1;
inline constexpr Types kBoolean = 2;
inline constexpr Types kInteger = 4;
inline constexpr Types kNumber = 8;
inline constexpr Types kString = 16;
inline constexpr Types kArray = 32;
inline constexpr Types kObject = 64;
inline constexpr Types kAnyType = 127;

inline constexpr std::uint32_t kNoRule = UINT32_MAX;

enum class Check : std::uint8_t {
    enumeration,
    constant,
    minimum,
    exclusive_minimum,
    maximum,
    exclusive_maximum,
    multiple_of,
    min_length,
    max_length,
    pattern,
    format,
    min_items,
    max_items,
    unique_items,
    min_properties,
    max_properties,
};

// One keyword that looks at a value alone, with what is said when it does not hold.
struct Assertion {
    Check check;
    Types types;              // of others nothing is asked
    std::string_view code{};  // the keyword; static
    std::uint64_t count = 0;  // of lengths and sizes
    std::uint32_t index = 0;  // node of the schema's text; pattern
    Format format = Format::date;
    Decimal number;
    std::string detail;
};

enum class Combine : std::uint8_t { all, any, one, none };

// Rules for the same value.
struct Combination {
    Combine combine;
    std::string_view code;
    std::vector<std::uint32_t> rules;
    std::vector<Types> types;  // each of the rules lets through; of any and one
    Types common = kAnyType;   // one of them lets through
    std::string type_detail;   // when a value is none of `common`
};

struct Property {
    std::string name;
    std::uint32_t rule = kNoRule;
    bool is_declared = false;  // in `properties`, and not only required
    bool is_required = false;
};

// One schema. Frozen once it is compiled.
struct Rule {
    Types types = kAnyType;
    bool is_never = false;
    std::string type_detail;
    std::vector<Assertion> assertions;
    std::vector<Property> properties;  // in the order of the schema, the required ones last
    std::vector<std::uint32_t> table;  // of their hashes: index into properties, or kNoRule
    std::uint32_t additional = kNoRule;
    std::vector<std::uint32_t> prefix;
    std::uint32_t items = kNoRule;
    std::vector<Combination> combinations;
};

}  // namespace trivet::schema
