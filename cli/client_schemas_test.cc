#include "client_schemas.h"

#include <gtest/gtest.h>

#include "client_operations.h"

namespace trivet::cli {
namespace {

using Kind = Type::Kind;
using Shape = Model::Shape;

std::vector<Model> models_of(const std::string& schemas) {
    const auto json =
        parse_json(R"({"openapi": "3.1.0", "components": {"schemas": )" + schemas + "}}");
    EXPECT_TRUE(json) << json.error();
    return read_api(*json).models;
}

std::string fault_of(const std::string& schemas) {
    try {
        models_of(schemas);
    } catch (const DocumentError& error) {
        return error.place + ": " + error.what;
    }
    return "";
}

TEST(ClientSchemas, reads_each_kind_of_value) {
    const auto models = models_of(R"({"A": {"properties": {
        "a": {}, "b": {"type": "boolean"}, "c": {"type": "integer"},
        "d": {"type": "integer", "format": "int32"}, "e": {"type": "number"},
        "f": {"type": "string"}, "g": {"type": "string", "format": "date-time"},
        "h": {"type": "string", "contentEncoding": "base64"},
        "i": {"type": "string", "format": "binary"}, "j": {"const": "x"},
        "k": {"type": "array", "items": {"type": "string"}}, "l": {"type": "object"},
        "m": {"type": "null"}, "n": true, "o": {"enum": ["y", null]},
        "p": {"items": {}}, "q": {"type": "string", "format": "uuid"}}}})");
    ASSERT_EQ(models.size(), 1u);
    const Kind expected[] = {Kind::any,  Kind::boolean,   Kind::int64,  Kind::int32, Kind::number,
                             Kind::text, Kind::date_time, Kind::base64, Kind::file,  Kind::literal,
                             Kind::list, Kind::map,       Kind::null,   Kind::any,   Kind::literal,
                             Kind::list, Kind::text};
    ASSERT_EQ(models[0].fields.size(), std::size(expected));
    for (std::size_t at = 0; at < std::size(expected); ++at) {
        EXPECT_EQ(models[0].fields[at].type.kind, expected[at]) << models[0].fields[at].name;
        EXPECT_FALSE(models[0].fields[at].is_required);
    }
    EXPECT_TRUE(models[0].fields[14].type.is_nullable);
}

TEST(ClientSchemas, null_is_said_where_a_type_is_used) {
    const auto models = models_of(R"({
        "Used": {"properties": {"a": {"$ref": "#/components/schemas/Maybe"},
                                "b": {"anyOf": [{"type": "null"}, {"type": "string"}]},
                                "c": {"type": ["null", "integer"]}}},
        "Maybe": {"type": ["object", "null"], "properties": {"x": {}}}})");
    for (const Field& field : models[0].fields) EXPECT_TRUE(field.type.is_nullable) << field.name;
    EXPECT_TRUE(models[1].is(Shape::object));
}

TEST(ClientSchemas, all_of_joins_members) {
    const auto models = models_of(R"({
        "Base": {"properties": {"id": {"type": "string"}, "more": {}}, "required": ["id"]},
        "Task": {"allOf": [{"$ref": "#/components/schemas/Base"},
                           {"properties": {"id": {"type": "integer"}}, "required": ["more"]}]},
        "Alone": {"allOf": [{"$ref": "#/components/schemas/Base"}], "description": "Words."}})");
    ASSERT_EQ(models[1].fields.size(), 2u);
    EXPECT_EQ(models[1].fields[0].type.kind, Kind::int64);
    EXPECT_TRUE(models[1].fields[0].is_required);
    EXPECT_TRUE(models[1].fields[1].is_required);
    EXPECT_TRUE(models[2].is(Shape::alias));
    EXPECT_EQ(models[2].alias.model, 0u);
    EXPECT_EQ(models[2].text, "Words.");
}

TEST(ClientSchemas, choices_are_told_apart) {
    const auto models = models_of(R"({
        "Cat": {"properties": {"kind": {"type": "string"}}, "required": ["kind"]},
        "Dog": {"properties": {"kind": {"const": "hound"}}, "required": ["kind"]},
        "Named": {"oneOf": [{"$ref": "#/components/schemas/Cat"},
                            {"$ref": "#/components/schemas/Dog"}],
                  "discriminator": {"propertyName": "kind", "mapping": {"tom": "Cat"}}},
        "Found": {"anyOf": [{"properties": {"t": {"const": "a"}, "u": {"const": "z"}},
                             "required": ["t", "u"]},
                            {"properties": {"t": {"const": "b"}}, "required": ["t"]}]},
        "Open": {"anyOf": [{"type": "string"}, {"type": "string", "format": "date-time"}]},
        "Types": {"type": ["string", "integer", "null"]},
        "Values": {"anyOf": [{"const": "a"}, {"const": "b"}, {"const": "a"}]}})");
    EXPECT_EQ(models[2].discriminator, "kind");
    EXPECT_EQ(models[2].tags, (std::vector<std::vector<std::string>>{{"tom"}, {"hound"}}));
    EXPECT_EQ(models[0].fields[0].type.kind, Kind::literal);
    EXPECT_EQ(models[0].fields[0].type.literal.text, "tom");
    EXPECT_EQ(models[3].discriminator, "t");
    EXPECT_TRUE(models[4].is(Shape::choice));
    EXPECT_EQ(models[4].discriminator, "");
    EXPECT_EQ(models[5].choices.size(), 2u);
    EXPECT_TRUE(models[6].is(Shape::values));
    EXPECT_EQ(models[6].values.size(), 2u);
}

TEST(ClientSchemas, references_may_go_in_circles_where_values_can) {
    EXPECT_EQ(fault_of(R"({"A": {"properties": {"a": {"$ref": "#/components/schemas/A"}}}})"), "");
    EXPECT_EQ(fault_of(R"({"A": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}})"),
              "");
    const std::string itself = ": this schema leads to nothing but itself";
    EXPECT_EQ(fault_of(
                  R"({"A": {"$ref": "#/components/schemas/B"},
                "B": {"$ref": "#/components/schemas/A"}})"),
              "#/components/schemas/A" + itself);
    EXPECT_EQ(
        fault_of(R"({"A": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]}})"),
        "#/components/schemas/A" + itself);
    EXPECT_EQ(
        fault_of(
            R"({"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"b": {}}}]}})"),
        "#/components/schemas/A/allOf/0: allOf goes deeper than any, or in a circle");
}

TEST(ClientSchemas, says_where_something_is_wrong) {
    EXPECT_EQ(
        fault_of(R"({"A": {"properties": {"x/y": {"$ref": "other.json"}}}})"),
        "#/components/schemas/A/properties/x~1y: the reference 'other.json' does not lead into "
        "this document: only #/… does");
    EXPECT_EQ(fault_of(R"({"A": {"$ref": "#/components/schemas/No"}})"),
              "#/components/schemas/A: the reference '#/components/schemas/No' leads nowhere");
    EXPECT_EQ(fault_of(R"({"A": {"properties": {"x": 7}}})"),
              "#/components/schemas/A/properties/x: a schema is an object, true or false");
    EXPECT_EQ(fault_of(R"({"A": {"type": "text"}})"),
              "#/components/schemas/A/type: there is no type 'text'");
    EXPECT_EQ(fault_of(R"({"A": {"anyOf": {}}})"),
              "#/components/schemas/A/anyOf: a list is needed here");
    EXPECT_EQ(fault_of(R"({"A": {"allOf": [{"type": "string"}, {"properties": {"a": {}}}]}})"),
              "#/components/schemas/A/allOf/0: allOf joins what is no plain object");
}

TEST(ClientSchemas, what_is_joined_again_and_again_has_an_end) {
    std::string schemas = R"({"S0": {"properties": {"a": {}}})";
    for (int level = 1; level < 30; ++level) {
        const std::string part =
            R"({"$ref": "#/components/schemas/S)" + std::to_string(level - 1) + "\"}";
        schemas +=
            ", \"S" + std::to_string(level) + R"(": {"allOf": [)" + part + ", " + part + "]}";
    }
    EXPECT_NE(fault_of(schemas + "}").find("there are more than 200000 schemas"),
              std::string::npos);
}

TEST(ClientSchemas, a_long_way_of_references_is_no_deep_one) {
    std::string schemas = R"({"S0": {"properties": {"a": {}}})";
    for (int level = 1; level < 20'000; ++level) {
        schemas += ", \"S" + std::to_string(level) +
                   R"(": {"properties": {"a": {"$ref": "#/components/schemas/S)" +
                   std::to_string(level - 1) + "\"}}}";
    }
    EXPECT_EQ(models_of(schemas + "}").size(), 20'000u);
}

}  // namespace
}  // namespace trivet::cli
