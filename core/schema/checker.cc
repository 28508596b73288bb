#include "schema/checker.h"

#include <algorithm>
#include <charconv>
#include <new>

#include "base/str.h"
#include "schema/text.h"

namespace trivet::schema {
namespace {

constexpr std::size_t kMistakeBytes = kMistakesMax * sizeof(Mistake);
// Pointers of all mistakes. Those for which there is no room say the whole text.
constexpr std::size_t kPointersBytes = 32 * 1024;

// Memory that is given back at the end of a scope.
class Block {
public:
    Block(Memory& memory, std::size_t size) noexcept
        : memory_(memory), size_(size), data_(size != 0 ? memory.allocate(size) : nullptr) {}
    ~Block() { memory_.release(data_, size_); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    void* data() const noexcept { return data_; }

private:
    Memory& memory_;
    std::size_t size_;
    void* data_;
};

}  // namespace

Checker::~Checker() { clear(); }

bool Checker::prepare_patterns() noexcept {
    if (!patterns_) {
        patterns_.emplace(memory_);
    }
    return patterns_->is_ready();
}

void Checker::clear() noexcept {
    memory_.release(mistakes_, kMistakeBytes);
    memory_.release(pointers_, kPointersBytes);
    mistakes_ = nullptr;
    pointers_ = nullptr;
    listed_ = 0;
    found_ = 0;
    pointers_used_ = 0;
    document_.clear();
}

Verdict Checker::check(const Schema& schema, std::string_view text) noexcept {
    clear();
    schema_ = &schema;
    open_ = 0;
    silent_ = 0;
    is_out_of_memory_ = false;
    is_exhausted_ = false;
    const Place top;
    if (text.empty()) {
        report(top, "required", "is missing");
        return is_out_of_memory_ ? Verdict::memory : Verdict::wrong;
    }
    switch (document_.read(text)) {
        case Read::good:
            break;
        case Read::malformed:
            return Verdict::malformed;
        case Read::deep:
            return Verdict::deep;
        case Read::memory:
            return Verdict::memory;
    }
    budget_ = Budget(kStepsBase + kStepsEach * document_.count());
    const bool is_good = visit(schema.root(), 0, top, {});
    if (is_exhausted_ && !is_out_of_memory_) {
        silent_ = 0;
        report(top, "invalid", "is too complex to be checked");
    }
    if (is_out_of_memory_) {
        return Verdict::memory;
    }
    return is_good && !is_exhausted_ ? Verdict::good : Verdict::wrong;
}

Types Checker::types_of(std::uint32_t node) const noexcept {
    const Node& value = document_[node];
    switch (value.kind) {
        case Kind::null:
            return kNull;
        case Kind::boolean:
            return kBoolean;
        case Kind::number:
            return value.is_whole || decimal_of(document_.raw(node)).is_whole ? kInteger | kNumber
                                                                              : kNumber;
        case Kind::string:
            return kString;
        case Kind::array:
            return kArray;
        case Kind::object:
            return kObject;
    }
    return 0;
}

// `keyword` has led to a rule that lets nothing through.
// At most kRulesOpenMax deep.
bool Checker::visit(std::uint32_t rule, std::uint32_t node, const Place& place,
                    std::string_view keyword) noexcept {
    if (is_over()) {
        return false;
    }
    const Rule& known = schema_->rule(rule);
    if (open_ == kRulesOpenMax || !budget_.take(1 + known.assertions.size())) {
        return give_up(is_exhausted_);
    }
    if (known.is_never) {
        return report(place, keyword.empty() ? "not" : keyword,
                      keyword.empty() ? "must not match" : "is not allowed");
    }
    ++open_;
    const bool is_good = visit_rule({known, node, place}, types_of(node));
    --open_;
    return is_good;
}

bool Checker::visit_rule(const Visit& at, Types types) noexcept {
    if ((at.rule.types & types) == 0) {
        return report(at.place, "type", at.rule.type_detail);
    }
    bool is_good = true;
    for (const Assertion& assertion : at.rule.assertions) {
        if ((assertion.types & types) != 0 && !holds(assertion, at.node)) {
            if (budget_.is_used_up()) {
                return give_up(is_exhausted_);
            }
            is_good = report(at.place, assertion.code, assertion.detail);
            if (silent_ != 0 || is_over()) {
                return false;
            }
        }
    }
    if (types == kObject) {
        is_good = visit_object(at) && is_good;
    } else if (types == kArray) {
        is_good = visit_array(at) && is_good;
    }
    for (const Combination& combination : at.rule.combinations) {
        if (!is_good && (silent_ != 0 || is_over())) {
            return false;
        }
        is_good = combine(combination, at, types) && is_good;
    }
    return is_good;
}

// The index of a property, or kNoRule. `hint` is where it stands when members come in order.
std::uint32_t Checker::find_property(const Rule& rule, std::uint32_t name,
                                     std::uint32_t hint) const noexcept {
    const Text text = text_of(document_, name);
    if (!text.is_escaped && hint < rule.properties.size() &&
        rule.properties[hint].name == text.raw) {
        return hint;
    }
    if (rule.table.empty()) {
        return kNoRule;
    }
    std::size_t slot = hash_text(text) & (rule.table.size() - 1);
    while (rule.table[slot] != kNoRule &&
           !equal_text({rule.properties[rule.table[slot]].name}, text)) {
        slot = (slot + 1) & (rule.table.size() - 1);
    }
    return rule.table[slot];
}

bool Checker::visit_object(const Visit& at) noexcept {
    const std::size_t count = at.rule.properties.size();
    bool is_good = true;
    if (count > 0) {
        constexpr std::size_t kFew = 16;
        std::uint32_t few[kFew];
        const Block many(memory_, count > kFew ? count * sizeof(std::uint32_t) : 0);
        auto* room = count > kFew ? static_cast<std::uint32_t*>(many.data()) : few;
        if (room == nullptr) {
            return give_up(is_out_of_memory_);
        }
        const std::span values(room, count);
        std::ranges::fill(values, 0);
        if (!budget_.take(count + document_[at.node].size)) {
            return give_up(is_exhausted_);
        }
        std::uint32_t name = at.node + 1;
        std::uint32_t hint = 0;
        for (std::uint32_t left = document_[at.node].size; left > 0; --left) {
            const std::uint32_t found = find_property(at.rule, name, hint);
            if (found != kNoRule) {
                values[found] = name;  // of two members with one name the later one counts
                hint = found + 1;
            }
            name = document_.next(name + 1);
        }
        is_good = visit_properties(at, values);
    }
    if (at.rule.additional != kNoRule && (is_good || (silent_ == 0 && !is_over()))) {
        is_good = visit_additional(at) && is_good;
    }
    return is_good;
}

// `values`: the names' nodes, 0 for members that are not there.
bool Checker::visit_properties(const Visit& at, std::span<const std::uint32_t> values) noexcept {
    bool is_good = true;
    for (std::size_t index = 0; index < values.size(); ++index) {
        const Property& property = at.rule.properties[index];
        if (values[index] == 0) {
            if (property.is_required) {
                is_good = report(at.place, "required", "is missing", property.name);
            }
        } else if (property.rule != kNoRule) {
            const Place place{&at.place, values[index], 0};
            is_good = visit(property.rule, values[index] + 1, place, "properties") && is_good;
        }
        if (!is_good && (silent_ != 0 || is_over())) {
            return false;
        }
    }
    return is_good;
}

bool Checker::visit_additional(const Visit& at) noexcept {
    bool is_good = true;
    bool is_marked = false;
    std::uint32_t name = at.node + 1;
    std::uint32_t hint = 0;
    for (std::uint32_t left = document_[at.node].size; left > 0; --left) {
        const std::uint32_t found = find_property(at.rule, name, hint);
        if (found != kNoRule && at.rule.properties[found].is_declared) {
            hint = found + 1;
        } else {
            if (!is_marked && !mark_shadowed(document_, at.node, memory_)) {
                return give_up(is_out_of_memory_);
            }
            is_marked = true;
            const Place place{&at.place, name, 0};
            if (!document_[name].is_shadowed &&
                !visit(at.rule.additional, name + 1, place, "additionalProperties")) {
                is_good = false;
                if (silent_ != 0 || is_over()) {
                    return false;
                }
            }
        }
        name = document_.next(name + 1);
    }
    return is_good;
}

bool Checker::visit_array(const Visit& at) noexcept {
    const std::size_t prefix = at.rule.prefix.size();
    if (prefix == 0 && at.rule.items == kNoRule) {
        return true;
    }
    bool is_good = true;
    std::uint32_t item = at.node + 1;
    for (std::uint32_t index = 0; index < document_[at.node].size; ++index) {
        const bool is_prefix = index < prefix;
        const std::uint32_t rule = is_prefix ? at.rule.prefix[index] : at.rule.items;
        if (rule == kNoRule) {
            break;
        }
        const Place place{&at.place, 0, index};
        if (!visit(rule, item, place, is_prefix ? "prefixItems" : "items")) {
            is_good = false;
            if (silent_ != 0 || is_over()) {
                return false;
            }
        }
        item = document_.next(item);
    }
    return is_good;
}

bool Checker::combine(const Combination& combination, const Visit& at, Types types) noexcept {
    switch (combination.combine) {
        case Combine::all: {
            bool is_good = true;
            for (const std::uint32_t rule : combination.rules) {
                is_good = visit(rule, at.node, at.place, {}) && is_good;
                if (!is_good && (silent_ != 0 || is_over())) {
                    return false;
                }
            }
            return is_good;
        }
        case Combine::none: {
            const bool is_good = !is_silently_good(combination.rules[0], at);
            return !is_over() && (is_good || report(at.place, combination.code, "must not match"));
        }
        case Combine::any:
        case Combine::one:
            return combine_some(combination, at, types);
    }
    return false;
}

bool Checker::is_silently_good(std::uint32_t rule, const Visit& at) noexcept {
    ++silent_;
    const bool is_good = visit(rule, at.node, at.place, {});
    --silent_;
    return is_good;
}

bool Checker::combine_some(const Combination& combination, const Visit& at, Types types) noexcept {
    std::uint32_t good = 0;
    for (std::size_t index = 0; index < combination.rules.size(); ++index) {
        if ((combination.types[index] & types) == 0) {
            continue;
        }
        good += is_silently_good(combination.rules[index], at) ? 1 : 0;
        if (is_over()) {
            return false;
        }
        if (good != 0 && combination.combine == Combine::any) {
            return true;
        }
    }
    if (good == 1) {
        return true;
    }
    return good == 0 ? explain(combination, at, types)
                     : report(at.place, combination.code, "must match one of the allowed forms");
}

// None of the forms fits: the type is wrong, or what is wrong with the only form of that type.
bool Checker::explain(const Combination& combination, const Visit& at, Types types) noexcept {
    if (silent_ != 0) {
        return false;
    }
    if ((combination.common & types) == 0) {
        return report(at.place, "type", combination.type_detail);
    }
    std::uint32_t candidate = kNoRule;
    std::uint32_t candidates = 0;
    for (std::size_t index = 0; index < combination.rules.size(); ++index) {
        if ((combination.types[index] & types) != 0) {
            candidate = combination.rules[index];
            ++candidates;
        }
    }
    if (candidates == 1) {
        return visit(candidate, at.node, at.place, {});
    }
    return report(at.place, combination.code, "must match one of the allowed forms");
}

bool Checker::holds(const Assertion& assertion, std::uint32_t node) noexcept {
    const Node& value = document_[node];
    switch (assertion.check) {
        case Check::enumeration:
            return is_listed(assertion.index, node);
        case Check::constant:
            return equal_values({&document_, node}, {&schema_->document(), assertion.index},
                                budget_);
        case Check::minimum:
            return compare(decimal_of(document_.raw(node)), assertion.number) >= 0;
        case Check::exclusive_minimum:
            return compare(decimal_of(document_.raw(node)), assertion.number) > 0;
        case Check::maximum:
            return compare(decimal_of(document_.raw(node)), assertion.number) <= 0;
        case Check::exclusive_maximum:
            return compare(decimal_of(document_.raw(node)), assertion.number) < 0;
        case Check::multiple_of:
            return is_multiple(decimal_of(document_.raw(node)), assertion.number);
        case Check::min_length:
            return count_code_points(text_of(document_, node)) >= assertion.count;
        case Check::max_length:
            // Bytes bound the characters.
            return value.size <= assertion.count ||
                   count_code_points(text_of(document_, node)) <= assertion.count;
        case Check::pattern:
        case Check::format:
            return matches(assertion, node);
        case Check::min_items:
            return value.size >= assertion.count;
        case Check::max_items:
            return value.size <= assertion.count;
        case Check::unique_items: {
            const Unique unique = is_unique(document_, node, memory_, budget_);
            is_out_of_memory_ = is_out_of_memory_ || unique == Unique::memory;
            return unique == Unique::yes;
        }
        case Check::min_properties:
            return count_members(node) >= assertion.count;
        case Check::max_properties:
            return count_members(node) <= assertion.count;
    }
    return false;
}

bool Checker::is_listed(std::uint32_t list, std::uint32_t node) noexcept {
    const Document& document = schema_->document();
    std::uint32_t item = list + 1;
    for (std::uint32_t left = document[list].size; left > 0; --left) {
        if (equal_values({&document_, node}, {&document, item}, budget_)) {
            return true;
        }
        item = document.next(item);
    }
    return false;
}

std::uint64_t Checker::count_members(std::uint32_t node) noexcept {
    if (!mark_shadowed(document_, node, memory_)) {
        is_out_of_memory_ = true;
        return 0;
    }
    std::uint64_t count = 0;
    std::uint32_t name = node + 1;
    for (std::uint32_t left = document_[node].size; left > 0; --left) {
        count += document_[name].is_shadowed ? 0 : 1;
        name = document_.next(name + 1);
    }
    return count;
}

// What looks at the bytes of a string.
bool Checker::matches(const Assertion& assertion, std::uint32_t node) noexcept {
    const Text text = text_of(document_, node);
    const Block plain(memory_, text.is_escaped ? text.raw.size() : 0);
    std::string_view bytes = text.raw;
    if (text.is_escaped) {
        auto* out = static_cast<char*>(plain.data());
        if (out == nullptr) {
            return give_up(is_out_of_memory_);
        }
        bytes = {out, decode_text(text, out)};
    }
    if (assertion.check == Check::format) {
        return has_format(bytes, assertion.format);
    }
    return patterns_->match(schema_->pattern(assertion.index), bytes) == RegexRoom::Result::match;
}

bool Checker::report(const Place& place, std::string_view code, std::string_view detail,
                     std::optional<std::string_view> missing) noexcept {
    if (silent_ != 0 || is_out_of_memory_) {
        return false;
    }
    ++found_;
    if (listed_ == kMistakesMax) {
        return false;
    }
    if (mistakes_ == nullptr) {
        mistakes_ = static_cast<Mistake*>(memory_.allocate(kMistakeBytes));
        pointers_ = static_cast<char*>(memory_.allocate(kPointersBytes));
        if (mistakes_ == nullptr || pointers_ == nullptr) {
            return give_up(is_out_of_memory_);
        }
    }
    const bool has_room = kPointersBytes - pointers_used_ >= kPointerBytesMax;
    const std::string_view pointer =
        has_room ? write_pointer(place, missing, pointers_ + pointers_used_) : std::string_view{};
    pointers_used_ += pointer.size();
    new (&mistakes_[listed_++]) Mistake{pointer, code, detail};
    return false;
}

std::string_view Checker::write_pointer(const Place& place, std::optional<std::string_view> missing,
                                        char* out) noexcept {
    const Place* places[kRulesOpenMax];
    std::size_t count = 0;
    for (const Place* at = &place; at->up != nullptr; at = at->up) {
        places[count++] = at;
    }
    std::size_t size = 0;
    // False when the token has no room.
    const auto append = [&](Text name) {
        std::size_t end = size;
        const auto put = [&](char byte) {
            if (end < kPointerBytesMax) {
                out[end] = byte;
            }
            ++end;
        };
        put('/');
        for (TextCursor cursor(name.raw, name.is_escaped); !cursor.is_at_end();) {
            for (const char byte : cursor.take()) {
                const bool is_coded = byte == '~' || byte == '/';
                put(is_coded ? '~' : byte);
                if (is_coded) {
                    put(byte == '~' ? '0' : '1');
                }
            }
            if (end > kPointerBytesMax) {
                return false;
            }
        }
        const bool fits = end <= kPointerBytesMax;
        size = fits ? end : size;
        return fits;
    };
    while (count > 0) {
        const Place& at = *places[--count];
        char digits[12];
        const auto end = std::to_chars(digits, digits + sizeof digits, at.index).ptr;
        const Text token = at.name != 0 ? text_of(document_, at.name)
                                        : Text{{digits, static_cast<std::size_t>(end - digits)}};
        if (!append(token)) {
            return {out, size};
        }
    }
    if (missing) {
        append({*missing});
    }
    return {out, size};
}

}  // namespace trivet::schema
