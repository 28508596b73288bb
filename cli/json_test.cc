#include "json.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

std::string error_of(std::string_view text) {
    const auto parsed = parse_json(text);
    return parsed ? "(none)" : parsed.error();
}

TEST(Json, reads_every_kind_of_value) {
    const auto parsed = parse_json(
        "\n{\"name\": \"shop\", \"on\": true, \"off\": false, \"none\": null,"
        " \"list\": [1, -2.5e+3, []], \"in\": {\"a\": {}}}\n");
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(parsed->string_at("name"), "shop");
    EXPECT_TRUE(parsed->find("on")->is_true);
    EXPECT_FALSE(parsed->find("off")->is_true);
    EXPECT_EQ(parsed->find("none")->kind, Json::Kind::null);
    ASSERT_EQ(parsed->array_at("list").size(), 3u);
    EXPECT_EQ(parsed->array_at("list")[1].text, "-2.5e+3");
    EXPECT_EQ(parsed->find("in")->find("a")->kind, Json::Kind::object);
    EXPECT_EQ(parsed->find("missing"), nullptr);
    EXPECT_EQ(parsed->string_at("on"), "");
    EXPECT_TRUE(parsed->array_at("name").empty());
}

TEST(Json, takes_the_last_of_equal_names) {
    EXPECT_EQ(parse_json(R"({"a": "1", "a": "2"})")->string_at("a"), "2");
}

TEST(Json, decodes_strings) {
    EXPECT_EQ(parse_json(R"("a\"\\\/\b\f\n\r\tz")")->text, "a\"\\/\b\f\n\r\tz");
    EXPECT_EQ(parse_json(R"("\u00fc \u20AC \ud83d\ude00")")->text, "ü € 😀");
    EXPECT_EQ(parse_json("\"ü\"")->text, "ü");
}

TEST(Json, names_the_line_of_what_is_wrong) {
    EXPECT_EQ(error_of("{\"a\": 1,\n\"b\" 2}"), "line 2: a colon is missing");
    EXPECT_EQ(error_of("{\"a\": 1 \"b\": 2}"), "line 1: a comma or } is missing");
    EXPECT_EQ(error_of("{\"a\": 1,}"), "line 1: a name in quotes is missing");
    EXPECT_EQ(error_of("[1 2]"), "line 1: a comma or ] is missing");
    EXPECT_EQ(error_of("[1] x"), "line 1: more text behind the end of the value");
    EXPECT_EQ(error_of("\"a"), "line 1: a string has no end");
    EXPECT_EQ(error_of("\"a\\"), "line 1: a string has no end");
    EXPECT_EQ(error_of("\"a\nb\""), "line 1: a control character in a string");
    EXPECT_EQ(error_of("\"\\x\""), "line 1: an unknown escape in a string");
    EXPECT_EQ(error_of("\"\\u12\""), "line 1: an unknown escape in a string");
    EXPECT_EQ(error_of("\"\\ud800\""), "line 1: half a surrogate pair in a string");
    EXPECT_EQ(error_of("\"\\ud800\\u0041\""), "line 1: half a surrogate pair in a string");
    EXPECT_EQ(error_of("\"\\udc00\""), "line 1: half a surrogate pair in a string");
    for (const char* text : {"", "nul", "01", "1.", "-", "+1", "1e", ".5", "'a'"}) {
        EXPECT_NE(error_of(text), "(none)") << text;
    }
    for (const char* text :
         {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\""}) {
        EXPECT_EQ(error_of(text), "line 1: a string that is no UTF-8") << text;
    }
}

TEST(Json, nests_to_a_limit) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(error_of(nested(Json::kDepthMax)), "(none)");
    EXPECT_EQ(error_of(nested(Json::kDepthMax + 1)), "line 1: nested too deeply");
}

TEST(Json, quotes_what_reads_back_the_same) {
    const std::string text = "a\"b\\c\n\x01\x7f ü 😀";
    EXPECT_EQ(json_quoted(text), "\"a\\\"b\\\\c\\n\\u0001\\u007f ü 😀\"");
    EXPECT_EQ(parse_json(json_quoted(text))->text, text);
    EXPECT_EQ(json_quoted("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(Json, is_written_over_several_lines) {
    const std::string text =
        "{\n  \"list\": [\"a\", 1],\n  \"deep\": [\n    {\n      \"on\": true\n    }\n  ],\n"
        "  \"none\": null,\n  \"empty\": {}\n}";
    EXPECT_EQ(json_text(*parse_json(text)), text);
}

}  // namespace
}  // namespace trivet::cli
