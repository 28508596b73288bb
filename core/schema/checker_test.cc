#include "schema/checker.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/checking_test.h"

namespace trivet::schema {
namespace {

constexpr std::string_view kOrder = R"({
  "type": "object",
  "properties": {
    "id": {"type": "integer", "minimum": 1},
    "name": {"type": "string", "minLength": 1, "maxLength": 5},
    "note": {"type": ["string", "null"]},
    "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Item"}}
  },
  "required": ["id", "items", "extra"],
  "additionalProperties": false,
  "$defs": {"Item": {"type": "object", "properties": {"qty": {"type": "integer", "minimum": 1},
                     "a/b~c": {"const": "x"}}, "required": ["qty"]}}
})";

TEST(Checker, lets_through_what_fits) {
    Checking order(R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]})");
    EXPECT_EQ(order(R"({"a":1})"), "good");
    EXPECT_EQ(order(R"({"a":3.0,"b":[]})"), "good");
    EXPECT_EQ(order(R"({"\u0061":1})"), "good");
}

TEST(Checker, tells_in_the_order_of_the_schema_and_of_items) {
    Checking order(kOrder);
    EXPECT_EQ(order(R"({"items":[{"qty":0},{},{"qty":1,"a/b~c":1},7],"name":"","z":1,"id":0})"),
              "/id: minimum: must be at least 1\n"
              "/name: minLength: must have at least 1 character\n"
              "/items/0/qty: minimum: must be at least 1\n"
              "/items/1/qty: required: is missing\n"
              "/items/2/a~1b~0c: const: must be \"x\"\n"
              "/items/3: type: must be an object\n"
              "/extra: required: is missing\n"
              "/z: additionalProperties: is not allowed");
    EXPECT_EQ(order("[]"), ": type: must be an object");
    EXPECT_EQ(order(R"({"id":1.5,"items":[],"extra":0,"note":5})"),
              "/id: type: must be an integer\n"
              "/note: type: must be a string or null\n"
              "/items: minItems: must have at least 1 item\n"
              "/extra: additionalProperties: is not allowed");
}

TEST(Checker, of_members_with_one_name_the_last_counts) {
    Checking order(R"({"properties":{"a":{"type":"integer"}},"maxProperties":2,
                       "additionalProperties":{"type":"string"}})");
    EXPECT_EQ(order(R"({"a":"x","a":1})"), "good");
    EXPECT_EQ(order(R"({"a":1,"a":"x"})"), "/a: type: must be an integer");
    EXPECT_EQ(order(R"({"b":1,"a":1,"b":"x"})"), "good");
    EXPECT_EQ(order(R"({"b":"x","b":1})"), "/b: type: must be a string");
    EXPECT_EQ(order(R"({"a":1,"b":"x","c":"x"})"), ": maxProperties: must have at most 2 members");
}

TEST(Checker, looks_at_numbers) {
    Checking bounds(R"({"minimum":1,"maximum":10,"multipleOf":0.5})");
    EXPECT_EQ(bounds("1"), "good");
    EXPECT_EQ(bounds("10.0"), "good");
    EXPECT_EQ(bounds("0.7"),
              ": minimum: must be at least 1\n"
              ": multipleOf: must be a multiple of 0.5");
    EXPECT_EQ(bounds("10.5"), ": maximum: must be at most 10");
    EXPECT_EQ(bounds("\"x\""), "good");
    Checking exclusive(R"({"exclusiveMinimum":0,"exclusiveMaximum":1e2})");
    EXPECT_EQ(exclusive("0"), ": exclusiveMinimum: must be greater than 0");
    EXPECT_EQ(exclusive("100"), ": exclusiveMaximum: must be less than 100");
    EXPECT_EQ(exclusive("99.999"), "good");
    Checking large(R"({"type":"integer","maximum":9007199254740992})");
    EXPECT_EQ(large("9007199254740993"), ": maximum: must be at most 9007199254740992");
    EXPECT_EQ(large("1e-400"), ": type: must be an integer");
}

TEST(Checker, looks_at_strings) {
    Checking text(R"({"minLength":2,"maxLength":3,"pattern":"^\\p{L}+$"})");
    EXPECT_EQ(text("\"\xc3\xa9\xc3\xa9\""), "good");
    EXPECT_EQ(text(R"("\u00e9\u00e9\u00e9")"), "good");
    EXPECT_EQ(text("\"a\""), ": minLength: must have at least 2 characters");
    EXPECT_EQ(text(R"("ab12")"),
              ": maxLength: must have at most 3 characters\n"
              ": pattern: must match ^\\p{L}+$");
    EXPECT_EQ(text(R"("a\n")"), ": pattern: must match ^\\p{L}+$");
    Checking date(R"({"format":"date"})");
    EXPECT_EQ(date(R"("2026-11-29")"), "good");
    EXPECT_EQ(date(R"("2026\u002d11-29")"), "good");
    EXPECT_EQ(date(R"("today")"), ": format: must be a valid date");
}

TEST(Checker, looks_at_arrays) {
    Checking list(R"({"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false,
                      "maxItems":3,"uniqueItems":true})");
    EXPECT_EQ(list(R"(["a",1])"), "good");
    EXPECT_EQ(list("[]"), "good");
    EXPECT_EQ(list(R"([1,"a"])"), "/0: type: must be a string\n/1: type: must be an integer");
    EXPECT_EQ(list(R"(["a",1,2])"), "/2: items: is not allowed");
    EXPECT_EQ(list(R"(["a",1,1,"a"])"),
              ": maxItems: must have at most 3 items\n"
              ": uniqueItems: must not repeat an item\n"
              "/2: items: is not allowed\n"
              "/3: items: is not allowed");
}

TEST(Checker, looks_at_sets_of_values) {
    Checking set(R"({"enum":["a",null,3.0,{"b":[1]}]})");
    EXPECT_EQ(set("3"), "good");
    EXPECT_EQ(set(R"({"b":[1.0]})"), "good");
    EXPECT_EQ(set("4"), ": enum: must be one of \"a\", null, 3, {\"b\":[1]}");
    Checking members(R"({"minProperties":1,"maxProperties":1})");
    EXPECT_EQ(members("{}"), ": minProperties: must have at least 1 member");
    EXPECT_EQ(members(R"({"a":1,"b":1})"), ": maxProperties: must have at most 1 member");
}

TEST(Checker, combines_schemas) {
    Checking any(R"({"anyOf":[{"type":"integer"},{"type":"string","minLength":2},
                              {"type":"string","pattern":"^x"}]})");
    EXPECT_EQ(any("1"), "good");
    EXPECT_EQ(any("\"x\""), "good");
    EXPECT_EQ(any("true"), ": type: must be an integer or a string");
    EXPECT_EQ(any("\"y\""), ": anyOf: must match one of the allowed forms");
    Checking one(R"({"oneOf":[{"minimum":1},{"maximum":3}]})");
    EXPECT_EQ(one("0"), "good");
    EXPECT_EQ(one("2"), ": oneOf: must match one of the allowed forms");
    Checking all(R"({"allOf":[{"minimum":5},{"multipleOf":2}]})");
    EXPECT_EQ(all("3"),
              ": minimum: must be at least 5\n"
              ": multipleOf: must be a multiple of 2");
    Checking no(R"({"not":{"type":"string"}})");
    EXPECT_EQ(no("1"), "good");
    EXPECT_EQ(no("\"\""), ": not: must not match");
    Checking never(R"({"properties":{"a":false,"b":true}})");
    EXPECT_EQ(never(R"({"a":1,"b":1})"), "/a: properties: is not allowed");
    EXPECT_EQ(Checking("false")("1"), ": not: must not match");
}

TEST(Checker, what_may_be_null_is_told_of_like_what_may_not) {
    Checking optional(R"({"properties":{"item":{"anyOf":[{"$ref":"#/$defs/Item"},{"type":"null"}]}},
                          "$defs":{"Item":{"type":"object","required":["a"]}}})");
    EXPECT_EQ(optional(R"({"item":null})"), "good");
    EXPECT_EQ(optional(R"({"item":{"a":1}})"), "good");
    EXPECT_EQ(optional(R"({"item":{}})"), "/item/a: required: is missing");
    EXPECT_EQ(optional(R"({"item":1})"), "/item: type: must be an object or null");
}

TEST(Checker, follows_references_into_themselves) {
    Checking tree(R"({"$ref":"#/$defs/Node","$defs":{"Node":{"type":"object",
        "properties":{"value":{"type":"integer"},"children":{"type":"array",
                      "items":{"$ref":"#/$defs/Node"}}},"required":["value"]}}})");
    EXPECT_EQ(tree(R"({"value":1,"children":[{"value":2,"children":[]},{"value":3}]})"), "good");
    EXPECT_EQ(tree(R"({"value":1,"children":[{"value":2,"children":[{}]}]})"),
              "/children/0/children/0/value: required: is missing");
}

TEST(Checker, tells_what_it_cannot_read) {
    Checking any("true");
    EXPECT_EQ(any("{"), "malformed at 1");
    EXPECT_EQ(any("[1,]"), "malformed at 3");
    EXPECT_EQ(any(std::string(65, '[') + std::string(65, ']')), "deep at 64");
    EXPECT_EQ(any(""), ": required: is missing");
}

TEST(Checker, lists_a_hundred_mistakes_and_stops_behind) {
    Checking numbers(R"({"items":{"type":"integer"}})");
    std::string text = "[\"\"";
    for (int item = 1; item < 100; ++item) {
        text += ",\"\"";
    }
    numbers(text + "]");
    EXPECT_EQ(numbers.checker().mistakes().size(), 100u);
    EXPECT_EQ(numbers.checker().found(), 100u);
    for (int item = 0; item < 1000; ++item) {
        text += ",\"\"";
    }
    numbers(text + "]");
    EXPECT_EQ(numbers.checker().mistakes().size(), 100u);
    EXPECT_EQ(numbers.checker().mistakes()[99].pointer, "/99");
    EXPECT_EQ(numbers.checker().found(), 101u);
}

TEST(Checker, bounds_pointers) {
    Checking closed(R"({"additionalProperties":{"additionalProperties":false}})");
    const std::string fits(kPointerBytesMax - 4, '~');
    const std::string name((kPointerBytesMax - 3) / 2, '~');
    EXPECT_TRUE(closed("{\"a\":{\"" + name + "\":1}}").starts_with("/a/~0~0"));
    EXPECT_TRUE(closed("{\"a\":{\"" + fits + "\":1}}").starts_with("/a: "));
    std::string many = "{\"a\":{";
    for (int member = 0; member < 100; ++member) {
        many +=
            (member > 0 ? ",\"" : "\"") + std::to_string(member) + std::string(900, 'x') + "\":1";
    }
    closed(many + "}}");
    EXPECT_EQ(closed.checker().mistakes().size(), 100u);
    EXPECT_GT(closed.checker().mistakes()[30].pointer.size(), 900u);
    EXPECT_EQ(closed.checker().mistakes()[99].pointer, "");
}

TEST(Checker, bounds_the_work) {
    // Each level tries both forms, each of which tries both forms of the next.
    Checking twice(R"({"$ref":"#/$defs/A","$defs":{"A":{"anyOf":[
        {"properties":{"x":{"$ref":"#/$defs/A"},"y":false}},
        {"properties":{"x":{"$ref":"#/$defs/A"},"z":false}}]}}})");
    std::string text = R"({"y":1,"z":1})";
    for (int level = 0; level < 5; ++level) {
        text = "{\"x\":" + text + "}";
    }
    EXPECT_EQ(twice(text), ": anyOf: must match one of the allowed forms");
    for (int level = 0; level < 30; ++level) {
        text = "{\"x\":" + text + "}";
    }
    EXPECT_EQ(twice(text), ": invalid: is too complex to be checked");
}

TEST(Checker, bounds_its_stack) {
    std::string chain = R"({"$ref":"#/$defs/A0","$defs":{)";
    for (int link = 0; link < 20; ++link) {
        chain += "\"A" + std::to_string(link) + "\":{\"$ref\":\"#/$defs/A" +
                 std::to_string(link + 1) + "\"},";
    }
    Checking deep(chain + R"("A20":{"items":{"$ref":"#/$defs/A0"}}}})");
    EXPECT_EQ(deep("[[[1]]]"), "good");
    EXPECT_EQ(deep(std::string(60, '[') + std::string(60, ']')),
              ": invalid: is too complex to be checked");
}

TEST(Checker, equal_hashes_cost_what_they_take) {
    Checking unique(R"({"uniqueItems":true})");
    // Arrays of one text and another number differ, and their comparison has to look.
    std::string text = "[0";
    for (int item = 1; item < 3000; ++item) {
        text += ",{\"name\":\"same\",\"number\":" + std::to_string(item) + "}";
    }
    EXPECT_EQ(unique(text + "]"), "good");
}

TEST(Checker, keeps_little_and_stands_every_failure_of_memory) {
    std::string many = R"({"type":"object","properties":{)";
    std::string text = "{";
    for (int member = 0; member < 40; ++member) {
        many += "\"m" + std::to_string(member) + "\":{\"type\":\"integer\"},";
        text += "\"m" + std::to_string(member) + "\":\"x\",";
    }
    many += R"("u":{"uniqueItems":true},"p":{"pattern":"^b$","maxLength":1}},
               "additionalProperties":false,"maxProperties":10})";
    text += R"("u":[1,{"a":1,"b":2}],"p":"\u0061","z":1})";
    Checking check(many);
    ASSERT_TRUE(check.fault().empty()) << check.fault();
    const std::string expected = check(text);
    EXPECT_EQ(check.checker().mistakes().size(), 43u);
    const std::size_t patterns = 512 * 1024 + 1024;
    check.checker().clear();
    EXPECT_LE(check.memory().bytes_in_use(), patterns + Document::kKeptBytes);
    int failures = 0;
    for (int good = 0; good < 100; ++good) {
        int left = good;
        check.memory().set_failure_hook(
            [](void* count, std::size_t) { return (*static_cast<int*>(count))-- <= 0; }, &left);
        const std::string result = check(text);
        if (left >= 0) {
            EXPECT_EQ(result, expected);
            break;
        }
        EXPECT_EQ(result, "memory");
        ++failures;
    }
    EXPECT_GE(failures, 5);
    Memory none;
    none.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(Checker(none).prepare_patterns());
}

}  // namespace
}  // namespace trivet::schema
