#include "schema/equal.h"

#include <algorithm>

#include "schema/decimal.h"
#include "schema/text.h"

namespace trivet::schema {
namespace {

constexpr std::uint32_t kFewMembers = 8;

std::uint64_t mixed(std::uint64_t value) noexcept {
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93;
    value ^= value >> 32;
    value *= 0xd6e8feb86659fd93;
    return value ^ (value >> 32);
}

// Names count once: those that are not shadowed, of an object that was marked or not.
std::uint32_t count_members(Value object) noexcept {
    const Document& document = *object.document;
    std::uint32_t count = 0;
    std::uint32_t name = object.node + 1;
    for (std::uint32_t left = document[object.node].size; left > 0; --left) {
        count += find_member(object, text_of(document, name)) == name + 1 ? 1 : 0;
        name = document.next(name + 1);
    }
    return count;
}

bool equal_objects(Value a, Value b, Budget& budget) noexcept {
    const Document& document = *a.document;
    const std::uint64_t a_size = document[a.node].size;
    const std::uint64_t b_size = (*b.document)[b.node].size;
    if (!budget.take(a_size * (a_size + b_size) + b_size * b_size)) {
        return false;
    }
    if (count_members(a) != count_members(b)) {
        return false;
    }
    std::uint32_t name = a.node + 1;
    for (std::uint64_t left = a_size; left > 0; --left) {
        const Text text = text_of(document, name);
        const std::uint32_t other = find_member(b, text);
        const std::uint32_t own = find_member(a, text);
        if (other == 0 || !equal_values({&document, own}, {b.document, other}, budget)) {
            return false;
        }
        name = document.next(name + 1);
    }
    return true;
}

bool equal_arrays(Value a, Value b, Budget& budget) noexcept {
    if ((*a.document)[a.node].size != (*b.document)[b.node].size) {
        return false;
    }
    std::uint32_t left = a.node + 1;
    std::uint32_t right = b.node + 1;
    for (std::uint32_t items = (*a.document)[a.node].size; items > 0; --items) {
        if (!equal_values({a.document, left}, {b.document, right}, budget)) {
            return false;
        }
        left = a.document->next(left);
        right = b.document->next(right);
    }
    return true;
}

std::uint64_t hash_number(std::string_view raw) noexcept {
    const Decimal number = decimal_of(raw);
    return mixed(number.digits + mixed(static_cast<std::uint64_t>(number.exponent)) +
                 (number.is_negative ? 1 : 0));
}

struct Hashed {
    std::uint64_t hash;
    std::uint32_t node;
};

// Items with one hash stand together.
bool has_equal(const Document& document, const Hashed* items, std::uint32_t count,
               Budget& budget) noexcept {
    for (std::uint32_t index = 0; index < count; ++index) {
        for (std::uint32_t other = index + 1;
             other < count && items[other].hash == items[index].hash; ++other) {
            if (equal_values({&document, items[index].node}, {&document, items[other].node},
                             budget) ||
                budget.is_used_up()) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

std::uint32_t find_member(Value object, const Text& name) noexcept {
    const Document& document = *object.document;
    std::uint32_t found = 0;
    std::uint32_t at = object.node + 1;
    for (std::uint32_t left = document[object.node].size; left > 0; --left) {
        if (equal_text(text_of(document, at), name)) {
            found = at + 1;
        }
        at = document.next(at + 1);
    }
    return found;
}

// As deep as the texts, which are bounded.
bool equal_values(Value a, Value b, Budget& budget) noexcept {
    const Node& left = (*a.document)[a.node];
    const Node& right = (*b.document)[b.node];
    if (left.kind != right.kind || !budget.take()) {
        return false;
    }
    switch (left.kind) {
        case Kind::null:
            return true;
        case Kind::boolean:
            return left.is_whole == right.is_whole;
        case Kind::number:
            return compare(decimal_of(a.document->raw(a.node)),
                           decimal_of(b.document->raw(b.node))) == 0;
        case Kind::string:
            return equal_text(text_of(*a.document, a.node), text_of(*b.document, b.node));
        case Kind::array:
            return equal_arrays(a, b, budget);
        case Kind::object:
            return equal_objects(a, b, budget);
    }
    return false;
}

// As deep as the text, which is bounded.
std::uint64_t hash_value(Value value) noexcept {
    const Document& document = *value.document;
    const Node& node = document[value.node];
    std::uint64_t hash = mixed(static_cast<std::uint64_t>(node.kind));
    switch (node.kind) {
        case Kind::null:
            break;
        case Kind::boolean:
            hash += node.is_whole ? 1 : 0;
            break;
        case Kind::number:
            hash += hash_number(document.raw(value.node));
            break;
        case Kind::string:
            hash += hash_text(text_of(document, value.node));
            break;
        case Kind::array: {
            std::uint32_t item = value.node + 1;
            for (std::uint32_t left = node.size; left > 0; --left) {
                hash = mixed(hash + hash_value({&document, item}));
                item = document.next(item);
            }
            break;
        }
        case Kind::object: {
            // Members in any order: a sum.
            std::uint32_t name = value.node + 1;
            std::uint64_t names = 0;
            for (std::uint32_t left = node.size; left > 0; --left) {
                if (!document[name].is_shadowed) {
                    names += mixed(hash_text(text_of(document, name)) +
                                   mixed(hash_value({&document, name + 1})));
                }
                name = document.next(name + 1);
            }
            hash += names;
            break;
        }
    }
    return mixed(hash);
}

bool mark_shadowed(Document& document, std::uint32_t object, Memory& memory) noexcept {
    const std::uint32_t count = document[object].size;
    if (count < 2) {
        return true;
    }
    std::uint32_t few[kFewMembers];
    std::uint32_t* names = few;
    const std::size_t bytes = std::size_t{count} * sizeof(std::uint32_t);
    if (count > kFewMembers) {
        names = static_cast<std::uint32_t*>(memory.allocate(bytes));
        if (names == nullptr) {
            return false;
        }
    }
    std::uint32_t name = object + 1;
    for (std::uint32_t index = 0; index < count; ++index) {
        names[index] = name;
        name = document.next(name + 1);
    }
    std::sort(names, names + count, [&document](std::uint32_t a, std::uint32_t b) {
        const int order = compare_text(text_of(document, a), text_of(document, b));
        return order != 0 ? order < 0 : a < b;
    });
    for (std::uint32_t index = 0; index + 1 < count; ++index) {
        if (equal_text(text_of(document, names[index]), text_of(document, names[index + 1]))) {
            document.set_shadowed(names[index]);
        }
    }
    if (names != few) {
        memory.release(names, bytes);
    }
    return true;
}

Unique is_unique(Document& document, std::uint32_t array, Memory& memory, Budget& budget) noexcept {
    const std::uint32_t count = document[array].size;
    if (count < 2) {
        return Unique::yes;
    }
    for (std::uint32_t node = array + 1; node < document.next(array); ++node) {
        if (document[node].kind == Kind::object && !mark_shadowed(document, node, memory)) {
            return Unique::memory;
        }
    }
    const std::size_t bytes = std::size_t{count} * sizeof(Hashed);
    auto* items = static_cast<Hashed*>(memory.allocate(bytes));
    if (items == nullptr) {
        return Unique::memory;
    }
    std::uint32_t item = array + 1;
    for (std::uint32_t index = 0; index < count; ++index) {
        items[index] = {hash_value({&document, item}), item};
        item = document.next(item);
    }
    std::sort(items, items + count, [](const Hashed& a, const Hashed& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.node < b.node;
    });
    const bool is_repeated = has_equal(document, items, count, budget);
    memory.release(items, bytes);
    return is_repeated ? Unique::no : Unique::yes;
}

}  // namespace trivet::schema
