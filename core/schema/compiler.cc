#include "schema/compiler.h"

#include <algorithm>
#include <bit>

#include "schema/equal.h"
#include "schema/linking.h"
#include "schema/pointer.h"
#include "schema/text.h"
#include "schema/wording.h"

namespace trivet::schema {
namespace {

constexpr Types kNumbers = kInteger | kNumber;

// What says something about a value without asking anything of it, or holds what is referred to.
constexpr std::string_view kAnnotations[] = {
    "$comment",      "$defs",     "$schema",     "contentEncoding", "contentMediaType",
    "contentSchema", "default",   "definitions", "deprecated",      "description",
    "discriminator", "example",   "examples",    "externalDocs",    "readOnly",
    "title",         "writeOnly", "xml"};

}  // namespace

class Compiler::Step {
public:
    Step(Compiler& compiler, std::string_view token)
        : path_(compiler.path_), size_(compiler.path_.size()) {
        path_ += "/" + pointer_token(token);
    }
    ~Step() { path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

private:
    std::string& path_;
    std::size_t size_;
};

bool Compiler::run() {
    if (!compile(0, schema_.root_)) {
        return false;
    }
    return link_rules(schema_.rules_) || fail("schemas refer to each other in a circle, or " +
                                              std::to_string(kInPlaceMax) + " deep, for one value");
}

bool Compiler::fail(std::string message) {
    error_ = {.pointer = path_, .message = std::move(message)};
    return false;
}

bool Compiler::unsupported(std::string message) {
    fail(std::move(message));
    error_.is_unsupported = true;
    return false;
}

std::string Compiler::text(std::uint32_t node) const {
    std::string plain(document_.raw(node).size(), '\0');
    plain.resize(decode_text(text_of(document_, node), plain.data()));
    return plain;
}

// As deep as the schema's text, each schema of which is made
// once.
bool Compiler::compile(std::uint32_t node, std::uint32_t& rule) {
    const auto made = made_.find(node);
    if (made != made_.end()) {
        rule = made->second;
        return true;
    }
    const Kind kind = document_[node].kind;
    if (kind != Kind::object && kind != Kind::boolean) {
        return fail("a schema must be an object or a boolean");
    }
    if (open_ == kOpenMax) {
        return fail("schemas refer to each other too deep");
    }
    ++open_;
    rule = static_cast<std::uint32_t>(schema_.rules_.size());
    made_.emplace(node, rule);
    schema_.rules_.emplace_back();
    Rule built;
    if (kind == Kind::boolean) {
        built.is_never = !document_[node].is_whole;
    } else if (!compile_object(node, built)) {
        return false;
    }
    --open_;
    make_table(built);
    schema_.rules_[rule] = std::move(built);
    return true;
}

bool Compiler::compile_object(std::uint32_t node, Rule& rule) {
    std::uint32_t name = node + 1;
    std::uint32_t required = 0;
    for (std::uint32_t left = document_[node].size; left > 0; --left) {
        const std::string keyword = text(name);
        const std::uint32_t value = name + 1;
        name = document_.next(value);
        if (find_member({&document_, node}, {keyword}) != value) {
            return fail("\"" + keyword + "\" comes twice");
        }
        if (keyword == "$id" && node == 0) {
            continue;
        }
        const Step step(*this, keyword);
        if (keyword == "required") {
            required = value;
        } else if (!compile_keyword(keyword, value, rule)) {
            return false;
        }
    }
    // Behind the properties, wherever it stands.
    const Step step(*this, "required");
    if (required != 0 && !compile_required(required, rule)) {
        return false;
    }
    std::sort(rule.assertions.begin(), rule.assertions.end(),
              [](const Assertion& a, const Assertion& b) { return a.check < b.check; });
    return true;
}

bool Compiler::compile_keyword(std::string_view name, std::uint32_t value, Rule& rule) {
    static constexpr Keyword kBounds[] = {
        {"minimum", Check::minimum, kNumbers, "must be at least "},
        {"exclusiveMinimum", Check::exclusive_minimum, kNumbers, "must be greater than "},
        {"maximum", Check::maximum, kNumbers, "must be at most "},
        {"exclusiveMaximum", Check::exclusive_maximum, kNumbers, "must be less than "},
        {"multipleOf", Check::multiple_of, kNumbers, "must be a multiple of "}};
    static constexpr Keyword kCounts[] = {
        {"minLength", Check::min_length, kString, "at least", "character"},
        {"maxLength", Check::max_length, kString, "at most", "character"},
        {"minItems", Check::min_items, kArray, "at least", "item"},
        {"maxItems", Check::max_items, kArray, "at most", "item"},
        {"minProperties", Check::min_properties, kObject, "at least", "member"},
        {"maxProperties", Check::max_properties, kObject, "at most", "member"}};
    struct Part {
        std::string_view name;
        bool (Compiler::*compile)(std::uint32_t, Rule&);
    };
    static constexpr Part kParts[] = {{"type", &Compiler::compile_type},
                                      {"enum", &Compiler::compile_enum},
                                      {"const", &Compiler::compile_const},
                                      {"pattern", &Compiler::compile_pattern},
                                      {"format", &Compiler::compile_format},
                                      {"uniqueItems", &Compiler::compile_unique},
                                      {"properties", &Compiler::compile_properties},
                                      {"prefixItems", &Compiler::compile_prefix},
                                      {"not", &Compiler::compile_not},
                                      {"$ref", &Compiler::compile_reference}};
    for (const Keyword& bound : kBounds) {
        if (bound.name == name) {
            return compile_bound(bound, value, rule);
        }
    }
    for (const Keyword& count : kCounts) {
        if (count.name == name) {
            return compile_count(count, value, rule);
        }
    }
    for (const Part& part : kParts) {
        if (part.name == name) {
            return (this->*part.compile)(value, rule);
        }
    }
    if (name == "items") {
        return compile(value, rule.items);
    }
    if (name == "additionalProperties") {
        return compile(value, rule.additional);
    }
    if (name == "anyOf") {
        return compile_branches("anyOf", Combine::any, value, rule);
    }
    if (name == "oneOf") {
        return compile_branches("oneOf", Combine::one, value, rule);
    }
    if (name == "allOf") {
        return compile_branches("allOf", Combine::all, value, rule);
    }
    if (name.starts_with("x-") || std::ranges::find(kAnnotations, name) != std::end(kAnnotations)) {
        return true;
    }
    return unsupported("unsupported keyword \"" + std::string(name) + "\"");
}

bool Compiler::compile_properties(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::object) {
        return fail("must be an object");
    }
    std::uint32_t name = value + 1;
    for (std::uint32_t left = document_[value].size; left > 0; --left) {
        Property property{.name = text(name), .is_declared = true};
        const Step step(*this, property.name);
        if (find_member({&document_, value}, text_of(document_, name)) != name + 1) {
            return fail("comes twice");
        }
        if (!compile(name + 1, property.rule)) {
            return false;
        }
        rule.properties.push_back(std::move(property));
        name = document_.next(name + 1);
    }
    return true;
}

bool Compiler::compile_required(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::array) {
        return fail("must be an array");
    }
    std::uint32_t item = value + 1;
    for (std::uint32_t left = document_[value].size; left > 0; --left) {
        if (document_[item].kind != Kind::string) {
            return fail("must name members");
        }
        const std::string name = text(item);
        item = document_.next(item);
        const auto known = std::ranges::find(rule.properties, name, &Property::name);
        if (known != rule.properties.end()) {
            known->is_required = true;
        } else {
            rule.properties.push_back({.name = name, .is_required = true});
        }
    }
    return true;
}

// Those of an array, in its order.
bool Compiler::compile_all(std::uint32_t value, std::vector<std::uint32_t>& rules) {
    std::uint32_t item = value + 1;
    for (std::uint32_t index = 0; index < document_[value].size; ++index) {
        const Step step(*this, std::to_string(index));
        std::uint32_t made = kNoRule;
        if (!compile(item, made)) {
            return false;
        }
        rules.push_back(made);
        item = document_.next(item);
    }
    return true;
}

bool Compiler::compile_prefix(std::uint32_t value, Rule& rule) {
    return document_[value].kind == Kind::array ? compile_all(value, rule.prefix)
                                                : fail("must be an array");
}

bool Compiler::compile_branches(std::string_view name, Combine combine, std::uint32_t value,
                                Rule& rule) {
    if (document_[value].kind != Kind::array || document_[value].size == 0) {
        return fail("must be an array of schemas");
    }
    Combination combination{
        .combine = combine, .code = name, .rules = {}, .types = {}, .type_detail = {}};
    if (!compile_all(value, combination.rules)) {
        return false;
    }
    rule.combinations.push_back(std::move(combination));
    return true;
}

bool Compiler::compile_not(std::uint32_t value, Rule& rule) {
    std::uint32_t made = kNoRule;
    if (!compile(value, made)) {
        return false;
    }
    rule.combinations.push_back(
        {.combine = Combine::none, .code = "not", .rules = {made}, .types = {}, .type_detail = {}});
    return true;
}

bool Compiler::compile_reference(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::string) {
        return fail("must be a string");
    }
    const std::string target = text(value);
    if (!target.starts_with("#") || (target.size() > 1 && target[1] != '/')) {
        return unsupported("unsupported keyword \"$ref\": only #/… is followed, not \"" + target +
                           "\"");
    }
    std::uint32_t node = 0;
    std::uint32_t made = kNoRule;
    if (!find_pointer(document_, std::string_view(target).substr(1), node)) {
        return fail("nothing stands at \"" + target + "\"");
    }
    // What is wrong there is told of by its own place.
    std::string path = target.substr(1);
    std::swap(path, path_);
    if (!compile(node, made)) {
        return false;
    }
    std::swap(path, path_);
    rule.combinations.push_back(
        {.combine = Combine::all, .code = "$ref", .rules = {made}, .types = {}, .type_detail = {}});
    return true;
}

void Compiler::make_table(Rule& rule) {
    if (rule.properties.empty()) {
        return;
    }
    rule.table.assign(std::bit_ceil(rule.properties.size() * 2), kNoRule);
    for (std::uint32_t index = 0; index < rule.properties.size(); ++index) {
        std::size_t slot = hash_text({rule.properties[index].name}) & (rule.table.size() - 1);
        while (rule.table[slot] != kNoRule) {
            slot = (slot + 1) & (rule.table.size() - 1);
        }
        rule.table[slot] = index;
    }
}

}  // namespace trivet::schema
