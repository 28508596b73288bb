#include "client_shapes.h"

#include <algorithm>
#include <unordered_set>

namespace trivet::cli {
namespace {

using Kind = Json::Kind;

bool is_scalar(const Json& value) {
    return value.kind != Kind::array && value.kind != Kind::object;
}

bool is_null(const Node& schema) {
    if (schema.string_at("type") == "null") return true;
    const auto value = schema.find("const");
    return value && value->is(Kind::null);
}

// Whether a part of allOf says what a value is, and not only how long or how it is called.
bool says_what(const Node& schema) {
    return std::ranges::any_of(
        std::initializer_list<const char*>{"$ref", "type", "properties", "allOf", "enum", "const",
                                           "oneOf", "anyOf", "items", "additionalProperties"},
        [&](const char* name) { return schema.json->find(name) != nullptr; });
}

std::vector<Node> items_at(const Node& schema, const char* name) {
    const auto list = schema.find(name);
    std::vector<Node> items;
    if (!list) return items;
    if (!list->is(Kind::array)) list->fail("a list is needed here");
    for (std::size_t index = 0; index < list->json->items.size(); ++index) {
        items.push_back(list->item(index));
    }
    return items;
}

std::vector<Node> telling_parts(const Node& schema) {
    std::vector<Node> parts = items_at(schema, "allOf");
    std::erase_if(parts, [](const Node& part) { return !says_what(part); });
    return parts;
}

bool has_values(const Node& schema) {
    return schema.json->find("const") != nullptr || schema.json->find("enum") != nullptr;
}

void add_values(std::vector<Json>& values, const Node& schema) {
    if (const auto one = schema.find("const")) values.push_back(*one->json);
    for (const Node& item : items_at(schema, "enum")) values.push_back(*item.json);
}

SchemaShape values_shape(const Node& schema) {
    const std::vector<Json> values = values_of(schema);
    if (values.empty() || !std::ranges::all_of(values, is_scalar)) return SchemaShape::any;
    return values.size() == 1 ? SchemaShape::literal : SchemaShape::values;
}

SchemaShape choice_shape(const Node& schema) {
    const std::vector<Node> choices = choices_of(schema);
    if (choices.empty()) return SchemaShape::any;
    if (std::ranges::all_of(choices, has_values)) return values_shape(schema);
    return choices.size() == 1 ? SchemaShape::part : SchemaShape::choice;
}

}  // namespace

SchemaShape shape_of(const Node& schema) {
    if (schema.is(Kind::boolean)) return SchemaShape::any;
    if (!schema.is(Kind::object)) schema.fail("a schema is an object, true or false");
    if (schema.find("$ref")) return SchemaShape::reference;
    const bool has_members = schema.find("properties").has_value();
    const std::vector<std::string> types = types_of(schema);
    if (const std::vector<Node> parts = telling_parts(schema); !parts.empty()) {
        const bool is_alone = parts.size() == 1 && !has_members && types.empty();
        return is_alone ? SchemaShape::part : SchemaShape::object;
    }
    if (has_values(schema)) return values_shape(schema);
    const bool may_choose = types.empty() || (types.size() == 1 && types[0] == "object");
    const bool has_choices = schema.find("oneOf") || schema.find("anyOf");
    if (may_choose && !has_members && has_choices) return choice_shape(schema);
    if (types.size() > 1) return SchemaShape::choice;
    const bool is_object = types.empty() || types[0] == "object";
    if (has_members && is_object && !schema.find("properties")->json->members.empty()) {
        return SchemaShape::object;
    }
    return SchemaShape::plain;
}

Node shape_part(const Node& schema) {
    const std::vector<Node> parts = telling_parts(schema);
    return parts.empty() ? choices_of(schema)[0] : parts[0];
}

std::vector<std::string> types_of(const Node& schema) {
    const auto type = schema.find("type");
    std::vector<std::string> types;
    if (!type) return types;
    if (type->is(Kind::string)) {
        types.push_back(type->json->text);
    } else {
        for (const Node& item : items_at(schema, "type")) types.push_back(item.json->text);
    }
    constexpr std::string_view kNames[] = {"string", "integer", "number", "boolean",
                                           "object", "array",   "null"};
    for (const std::string& name : types) {
        const bool is_known = std::ranges::find(kNames, name) != std::end(kNames);
        if (!is_known) type->fail("there is no type '" + name + "'");
    }
    const auto repeated = std::ranges::remove(types, "null");
    types.erase(repeated.begin(), repeated.end());
    std::vector<std::string> once;
    for (const std::string& name : types) {
        if (std::ranges::find(once, name) == once.end()) once.push_back(name);
    }
    return once;
}

std::vector<Node> choices_of(const Node& schema) {
    std::vector<Node> choices = items_at(schema, schema.find("oneOf") ? "oneOf" : "anyOf");
    std::erase_if(choices, is_null);
    return choices;
}

std::vector<Json> values_of(const Node& schema) {
    std::vector<Json> all;
    add_values(all, schema);
    if (all.empty()) {
        for (const Node& choice : choices_of(schema)) add_values(all, choice);
    }
    std::vector<Json> values;
    std::unordered_set<std::string> seen;
    for (Json& value : all) {
        if (value.kind == Kind::null || !seen.insert(json_text(value)).second) continue;
        values.push_back(std::move(value));
    }
    return values;
}

bool allows_null(const Node& schema) {
    if (!schema.is(Kind::object)) return false;
    const auto is_null_value = [](const Node& value) { return value.is(Kind::null); };
    const auto type = schema.find("type");
    if (is_null(schema)) return true;
    if (type && type->is(Kind::array)) {
        return std::ranges::any_of(items_at(schema, "type"),
                                   [](const Node& item) { return item.json->text == "null"; });
    }
    if (type && type->json->text != "object") return false;
    return std::ranges::any_of(items_at(schema, "enum"), is_null_value) ||
           std::ranges::any_of(items_at(schema, "oneOf"), is_null) ||
           std::ranges::any_of(items_at(schema, "anyOf"), is_null);
}

}  // namespace trivet::cli
