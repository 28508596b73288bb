#include "schema/schema.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/checking_test.h"

namespace trivet::schema {
namespace {

std::string fault(std::string_view schema) { return Checking(schema).fault(); }

TEST(Schema, must_be_json) {
    EXPECT_EQ(fault("{"), ": malformed JSON at byte 1");
    EXPECT_EQ(fault(""), ": malformed JSON at byte 0");
    EXPECT_EQ(fault(std::string(200, '[')), ": nested deeper than 128");
    EXPECT_EQ(fault("[]"), ": a schema must be an object or a boolean");
    EXPECT_EQ(fault("{}"), "");
    EXPECT_EQ(fault("true"), "");
}

TEST(Schema, says_what_it_does_not_support) {
    for (const char* keyword :
         {"if", "patternProperties", "propertyNames", "contains", "$anchor", "dependentRequired",
          "unevaluatedProperties", "$dynamicRef", "nullable", "maxLenght"}) {
        EXPECT_EQ(fault("{\"properties\":{\"a\":{\"" + std::string(keyword) + "\":{}}}}"),
                  "/properties/a/" + std::string(keyword) + ": unsupported keyword \"" + keyword +
                      "\" (unsupported)");
    }
    EXPECT_EQ(fault(R"({"format":"duration"})"),
              "/format: unsupported keyword \"format\": \"duration\" (unsupported)");
    EXPECT_EQ(fault(R"({"items":{"pattern":"a("}})"),
              "/items/pattern: unsupported keyword \"pattern\": regular expression: missing "
              "closing parenthesis at byte 2 (unsupported)");
    EXPECT_EQ(fault(R"({"$ref":"other.json"})"),
              "/$ref: unsupported keyword \"$ref\": only #/… is followed, not \"other.json\" "
              "(unsupported)");
    EXPECT_EQ(fault(R"({"items":{"$id":"https://a.b/c"}})"),
              "/items/$id: unsupported keyword \"$id\" (unsupported)");
}

TEST(Schema, reads_past_annotations) {
    EXPECT_EQ(fault(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"a:b",
                        "$comment":"c","title":"t","description":1,"default":0,"examples":[],
                        "deprecated":true,"readOnly":true,"writeOnly":true,"x-mine":{},
                        "discriminator":{"propertyName":"a"},"contentEncoding":"base64",
                        "format":"password"})"),
              "");
}

TEST(Schema, says_where_it_is_wrong) {
    EXPECT_EQ(fault(R"({"properties":{"a/b":{"type":"int"}}})"),
              "/properties/a~1b/type: no type of JSON Schema: \"int\"");
    EXPECT_EQ(fault(R"({"type":[]})"), "/type: must name a type");
    EXPECT_EQ(fault(R"({"type":1})"), "/type: no type of JSON Schema: 1");
    EXPECT_EQ(fault(R"({"minimum":"1"})"), "/minimum: must be a number");
    EXPECT_EQ(fault(R"({"multipleOf":0})"), "/multipleOf: must be greater than 0");
    EXPECT_EQ(fault(R"({"multipleOf":-1})"), "/multipleOf: must be greater than 0");
    EXPECT_EQ(fault(R"({"minLength":-1})"), "/minLength: must be a whole number of 0 or more");
    EXPECT_EQ(fault(R"({"maxItems":1.5})"), "/maxItems: must be a whole number of 0 or more");
    EXPECT_EQ(fault(R"({"maxItems":"1"})"), "/maxItems: must be a whole number of 0 or more");
    EXPECT_EQ(fault(R"({"uniqueItems":1})"), "/uniqueItems: must be a boolean");
    EXPECT_EQ(fault(R"({"enum":{}})"), "/enum: must be an array");
    EXPECT_EQ(fault(R"({"pattern":1})"), "/pattern: must be a string");
    EXPECT_EQ(fault(R"({"format":1})"), "/format: must be a string");
    EXPECT_EQ(fault(R"({"properties":[]})"), "/properties: must be an object");
    EXPECT_EQ(fault(R"({"properties":{"a":1}})"),
              "/properties/a: a schema must be an object or a boolean");
    EXPECT_EQ(fault(R"({"required":"a"})"), "/required: must be an array");
    EXPECT_EQ(fault(R"({"required":[1]})"), "/required: must name members");
    EXPECT_EQ(fault(R"({"prefixItems":{}})"), "/prefixItems: must be an array");
    EXPECT_EQ(fault(R"({"prefixItems":[true,1]})"),
              "/prefixItems/1: a schema must be an object or a boolean");
    EXPECT_EQ(fault(R"({"items":[]})"), "/items: a schema must be an object or a boolean");
    EXPECT_EQ(fault(R"({"anyOf":[]})"), "/anyOf: must be an array of schemas");
    EXPECT_EQ(fault(R"({"oneOf":[true,{"not":2}]})"),
              "/oneOf/1/not: a schema must be an object or a boolean");
    EXPECT_EQ(fault(R"({"$ref":1})"), "/$ref: must be a string");
    EXPECT_EQ(fault(R"({"type":"string","type":"null"})"), ": \"type\" comes twice");
    EXPECT_EQ(fault(R"({"properties":{"a":true,"\u0061":true}})"), "/properties/a: comes twice");
}

TEST(Schema, follows_references_within_itself) {
    EXPECT_EQ(fault(R"({"$ref":"#/$defs/A"})"), "/$ref: nothing stands at \"#/$defs/A\"");
    EXPECT_EQ(fault(R"({"$ref":"#/$defs/A","$defs":{"A":{"type":1}}})"),
              "/$defs/A/type: no type of JSON Schema: 1");
    Checking coded(R"({"$ref":"#/$defs/a%25b~1c~0d","$defs":{"a%b/c~d":{"type":"null"}}})");
    EXPECT_EQ(coded("1"), ": type: must be null");
    Checking indexed(R"({"prefixItems":[{"type":"null"},{"$ref":"#/prefixItems/0"}]})");
    EXPECT_EQ(indexed("[null,1]"), "/1: type: must be null");
    Checking whole(R"({"properties":{"a":{"$ref":"#"}},"additionalProperties":false})");
    EXPECT_EQ(whole(R"({"a":{"a":{}}})"), "good");
    EXPECT_EQ(whole(R"({"a":{"b":{}}})"), "/a/b: additionalProperties: is not allowed");
}

TEST(Schema, does_not_lead_in_a_circle) {
    const std::string circle =
        ": schemas refer to each other in a circle, or 64 deep, for one value";
    EXPECT_EQ(fault(R"({"$ref":"#"})"), circle);
    EXPECT_EQ(fault(R"({"$ref":"#/$defs/A","$defs":{"A":{"anyOf":[{"$ref":"#/$defs/B"}]},
                        "B":{"not":{"$ref":"#/$defs/A"}}}})"),
              circle);
    EXPECT_EQ(fault(R"({"items":{"$ref":"#"}})"), "");
    std::string chain = R"({"$ref":"#/$defs/0","$defs":{)";
    for (int link = 0; link < 1000; ++link) {
        chain += "\"" + std::to_string(link) + "\":{\"$ref\":\"#/$defs/" +
                 std::to_string(link + 1) + "\"},";
    }
    EXPECT_EQ(fault(chain + R"("1000":{}}})").substr(0, 40),
              "/$defs/511: schemas refer to each other ");
}

TEST(Schema, of_two_to_the_sixtieth_ways_is_compiled) {
    std::string many = R"({"$ref":"#/$defs/0","$defs":{)";
    for (int link = 0; link < 30; ++link) {
        const std::string next = R"({"$ref":"#/$defs/)" + std::to_string(link + 1) + "\"}";
        many += "\"" + std::to_string(link) + R"(":{"anyOf":[)" + next + "," + next + "]},";
    }
    Checking check(many + R"("30":{"type":"integer","minimum":1}}})");
    EXPECT_EQ(check("5"), "good");
    EXPECT_EQ(check("\"\""), ": type: must be an integer");
    EXPECT_EQ(check("0"), ": invalid: is too complex to be checked");
}

TEST(Schema, is_copied_from_its_text) {
    std::string text = R"({"const":"a"})";
    Checking check(text);
    text.assign(text.size(), 'x');
    EXPECT_EQ(check("\"a\""), "good");
    EXPECT_EQ(check("1"), ": const: must be \"a\"");
}

}  // namespace
}  // namespace trivet::schema
