#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "base/regex.h"
#include "schema/document.h"
#include "schema/equal.h"
#include "schema/schema.h"

namespace trivet::schema {

// Of so many errors it is told where they are; more are counted.
inline constexpr std::size_t kMistakesMax = 100;
// A pointer that would be longer ends at the last value that fits.
inline constexpr std::size_t kPointerBytesMax = 1024;
// Work that one text may cause: so much, and so much more for each of its values.
inline constexpr std::uint64_t kStepsBase = 100'000;
inline constexpr std::uint64_t kStepsEach = 256;
// Rules that are open at once, of which the values are kDepthMax at most.
inline constexpr std::uint32_t kRulesOpenMax = 512;

// Something that a schema does not let through.
struct Mistake {
    std::string_view pointer;  // RFC 6901
    std::string_view code;     // the keyword
    std::string_view detail;   // "must be at least 1"
};

enum class Verdict : std::uint8_t { good, wrong, malformed, deep, memory };

// Checks texts by schemas, one after the other. Owned by a loop and used on its thread. Its memory
// comes from `memory`: what one text needed beyond a few kilobytes goes back with clear().
class Checker {
public:
    explicit Checker(Memory& memory) noexcept : memory_(memory), document_(memory) {}
    ~Checker();
    Checker(const Checker&) = delete;
    Checker& operator=(const Checker&) = delete;

    // What regular expressions run in, for schemas that have some; false when memory is out.
    bool prepare_patterns() noexcept;

    // prepare_patterns() came before if the schema has patterns. What is asked below is of this
    // text, and of `text` and `schema`, until the next one or clear().
    Verdict check(const Schema& schema, std::string_view text) noexcept;
    // The byte that made a text malformed, or the one that was too deep.
    std::size_t offset() const noexcept { return document_.offset(); }
    std::span<const Mistake> mistakes() const noexcept { return {mistakes_, listed_}; }
    // Of all; counting ends behind the first that is not listed.
    std::size_t found() const noexcept { return found_; }
    void clear() noexcept;

private:
    // Where a value stands: in which one, and as which of its items or members.
    struct Place {
        const Place* up = nullptr;
        std::uint32_t name = 0;  // node of the member's name; 0: an item
        std::uint32_t index = 0;
    };
    struct Visit {
        const Rule& rule;
        std::uint32_t node;
        const Place& place;
    };

    bool visit(std::uint32_t rule, std::uint32_t node, const Place& place,
               std::string_view keyword) noexcept;
    bool visit_rule(const Visit& at, Types types) noexcept;
    bool visit_object(const Visit& at) noexcept;
    bool visit_properties(const Visit& at, std::span<const std::uint32_t> values) noexcept;
    bool visit_additional(const Visit& at) noexcept;
    bool visit_array(const Visit& at) noexcept;
    bool combine(const Combination& combination, const Visit& at, Types types) noexcept;
    bool combine_some(const Combination& combination, const Visit& at, Types types) noexcept;
    bool explain(const Combination& combination, const Visit& at, Types types) noexcept;
    bool is_silently_good(std::uint32_t rule, const Visit& at) noexcept;
    bool holds(const Assertion& assertion, std::uint32_t node) noexcept;
    bool is_listed(std::uint32_t list, std::uint32_t node) noexcept;
    bool matches(const Assertion& assertion, std::uint32_t node) noexcept;
    std::uint64_t count_members(std::uint32_t node) noexcept;
    std::uint32_t find_property(const Rule& rule, std::uint32_t name,
                                std::uint32_t hint) const noexcept;
    Types types_of(std::uint32_t node) const noexcept;

    // Always false, so that a check can end with it.
    bool report(const Place& place, std::string_view code, std::string_view detail,
                std::optional<std::string_view> missing = std::nullopt) noexcept;
    std::string_view write_pointer(const Place& place, std::optional<std::string_view> missing,
                                   char* out) noexcept;
    bool give_up(bool& reason) noexcept {
        reason = true;
        return false;
    }
    // Whether there is no use in going on.
    bool is_over() const noexcept {
        return is_out_of_memory_ || is_exhausted_ || found_ > kMistakesMax;
    }

    Memory& memory_;
    Document document_;
    std::optional<RegexRoom> patterns_;
    const Schema* schema_ = nullptr;
    Budget budget_{0};
    std::uint32_t open_ = 0;
    std::uint32_t silent_ = 0;  // branches that are tried, whose mistakes are nobody's
    bool is_out_of_memory_ = false;
    bool is_exhausted_ = false;
    Mistake* mistakes_ = nullptr;
    std::size_t listed_ = 0;
    std::size_t found_ = 0;
    char* pointers_ = nullptr;
    std::size_t pointers_used_ = 0;
};

}  // namespace trivet::schema
