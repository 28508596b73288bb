#pragma once

#include <cstdint>

#include "schema/document.h"
#include "schema/text.h"

namespace trivet::schema {

// What is left of the work that one text may cause; what has no end of its own pays here.
class Budget {
public:
    explicit Budget(std::uint64_t steps) noexcept : steps_(steps) {}
    // False once it is used up.
    bool take(std::uint64_t steps = 1) noexcept {
        steps_ = steps < steps_ ? steps_ - steps : 0;
        return steps_ != 0;
    }
    bool is_used_up() const noexcept { return steps_ == 0; }

private:
    std::uint64_t steps_;
};

// A value of a document.
struct Value {
    const Document* document;
    std::uint32_t node;
};

// Whether both are the same by JSON Schema: numbers by value, members in any order. False, too,
// when the budget is used up.
bool equal_values(Value a, Value b, Budget& budget) noexcept;
// Alike for values that are the same, once mark_shadowed() has seen all objects in them.
std::uint64_t hash_value(Value value) noexcept;
// The value of the member that has this name, the last one; 0, which no member is, without one.
std::uint32_t find_member(Value object, const Text& name) noexcept;

// Marks names of an object that come again later. False when memory is out.
bool mark_shadowed(Document& document, std::uint32_t object, Memory& memory) noexcept;

enum class Unique : std::uint8_t { yes, no, memory };
// Whether all items of an array differ; no, too, when the budget is used up.
Unique is_unique(Document& document, std::uint32_t array, Memory& memory, Budget& budget) noexcept;

}  // namespace trivet::schema
