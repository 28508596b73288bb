// Keywords that look at a value alone.
#include <algorithm>
#include <iterator>

#include "schema/compiler.h"
#include "schema/wording.h"

namespace trivet::schema {
namespace {

// Formats that ask nothing of a value.
constexpr std::string_view kFormatAnnotations[] = {"binary", "password"};

struct TypeName {
    std::string_view name;
    Types type;
};
constexpr TypeName kTypeNames[] = {
    {"null", kNull},     {"boolean", kBoolean}, {"integer", kInteger}, {"number", kNumber},
    {"string", kString}, {"array", kArray},     {"object", kObject}};

Types type_named(std::string_view name) noexcept {
    for (const TypeName& known : kTypeNames) {
        if (known.name == name) {
            return known.type;
        }
    }
    return 0;
}

}  // namespace

bool Compiler::compile_type(std::uint32_t value, Rule& rule) {
    std::vector<Types> types;
    const bool is_list = document_[value].kind == Kind::array;
    std::uint32_t at = is_list ? value + 1 : value;
    for (std::uint32_t left = is_list ? document_[value].size : 1; left > 0; --left) {
        const Types type = document_[at].kind == Kind::string ? type_named(text(at)) : Types{0};
        if (type == 0) {
            return fail("no type of JSON Schema: " + json_of(document_, at));
        }
        types.push_back(type);
        at = document_.next(at);
    }
    if (types.empty()) {
        return fail("must name a type");
    }
    rule.types = 0;
    for (const Types type : types) {
        rule.types |= type;
    }
    rule.type_detail = type_detail(types);
    return true;
}

bool Compiler::compile_bound(const Keyword& keyword, std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::number) {
        return fail("must be a number");
    }
    const Decimal number = decimal_of(document_.raw(value));
    if (keyword.check == Check::multiple_of && (number.is_negative || number.digits == 0)) {
        return fail("must be greater than 0");
    }
    rule.assertions.push_back({.check = keyword.check,
                               .types = keyword.types,
                               .code = keyword.name,
                               .number = number,
                               .detail = std::string(keyword.how) + json_of(document_, value)});
    return true;
}

bool Compiler::compile_count(const Keyword& keyword, std::uint32_t value, Rule& rule) {
    const Decimal number =
        document_[value].kind == Kind::number ? decimal_of(document_.raw(value)) : Decimal{};
    if (document_[value].kind != Kind::number || number.is_negative || !number.is_whole) {
        return fail("must be a whole number of 0 or more");
    }
    // Nothing that is counted here comes near.
    std::uint64_t count = number.digits;
    for (std::int64_t left = number.exponent; left > 0 && count < UINT32_MAX; --left) {
        count *= 10;
    }
    rule.assertions.push_back({.check = keyword.check,
                               .types = keyword.types,
                               .code = keyword.name,
                               .count = count,
                               .number = {},
                               .detail = count_detail(keyword.how, count, keyword.unit)});
    return true;
}

bool Compiler::compile_unique(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::boolean) {
        return fail("must be a boolean");
    }
    if (document_[value].is_whole) {
        rule.assertions.push_back({.check = Check::unique_items,
                                   .types = kArray,
                                   .code = "uniqueItems",
                                   .number = {},
                                   .detail = "must not repeat an item"});
    }
    return true;
}

bool Compiler::compile_enum(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::array) {
        return fail("must be an array");
    }
    rule.assertions.push_back({.check = Check::enumeration,
                               .types = kAnyType,
                               .code = "enum",
                               .index = value,
                               .number = {},
                               .detail = enum_detail(document_, value)});
    return true;
}

bool Compiler::compile_const(std::uint32_t value, Rule& rule) {
    rule.assertions.push_back({.check = Check::constant,
                               .types = kAnyType,
                               .code = "const",
                               .index = value,
                               .number = {},
                               .detail = "must be " + json_of(document_, value)});
    return true;
}

bool Compiler::compile_pattern(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::string) {
        return fail("must be a string");
    }
    const std::string expression = text(value);
    auto regex = Regex::compile(expression, RegexUse::search);
    if (!regex) {
        // It may be good where another engine reads it.
        return unsupported("unsupported keyword \"pattern\": " + regex.error().message +
                           " at byte " + std::to_string(regex.error().offset));
    }
    rule.assertions.push_back({.check = Check::pattern,
                               .types = kString,
                               .code = "pattern",
                               .index = static_cast<std::uint32_t>(schema_.patterns_.size()),
                               .number = {},
                               .detail = "must match " + expression});
    schema_.patterns_.push_back(std::move(*regex));
    return true;
}

bool Compiler::compile_format(std::uint32_t value, Rule& rule) {
    if (document_[value].kind != Kind::string) {
        return fail("must be a string");
    }
    const std::string name = text(value);
    const auto format = format_named(name);
    if (!format) {
        return std::ranges::find(kFormatAnnotations, name) != std::end(kFormatAnnotations) ||
               unsupported("unsupported keyword \"format\": \"" + name + "\"");
    }
    rule.assertions.push_back({.check = Check::format,
                               .types = kString,
                               .code = "format",
                               .format = *format,
                               .number = {},
                               .detail = "must be a valid " + name});
    return true;
}

}  // namespace trivet::schema
