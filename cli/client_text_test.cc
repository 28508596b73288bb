#include "client_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trivet::cli {
namespace {

TEST(ClientText, a_line_has_no_character_that_does_not_show) {
    EXPECT_EQ(plain_line(" a\r\n\tb  c ", 100), "a b c");
    EXPECT_EQ(plain_line("a\u202e\u2066b\u200bc\ufeffd\u00ade\x01\x7f", 100), "abcde");
    EXPECT_EQ(plain_line("a\u2028b\u00a0c", 100), "ab c");
    EXPECT_EQ(plain_line("grün 木 😀", 100), "grün 木 😀");
    EXPECT_EQ(plain_line("😀😀😀", 4), "😀 …");
}

TEST(ClientText, a_wrapped_line_begins_with_a_letter) {
    const std::vector<std::string> expected = {"one two -", "three # four +build", "five"};
    EXPECT_EQ(wrapped("one two - three # four +build five", 12), expected);
    EXPECT_TRUE(wrapped("", 12).empty());
    const std::string long_word(200, 'x');
    EXPECT_EQ(wrapped("a " + long_word, 12), (std::vector<std::string>{"a", long_word}));
}

TEST(ClientText, a_literal_ends_where_it_should) {
    EXPECT_EQ(string_literal("a\"b\\c\nd'", kTypescriptEscapes), R"("a\u0022b\\c\nd'")");
    EXPECT_EQ(string_literal("a\"b", kPythonEscapes), R"("a\x22b")");
    EXPECT_EQ(string_literal("a\"b", kGoEscapes), R"("a\"b")");
    EXPECT_EQ(string_literal("ü\u2028\u202e木\x01", kGoEscapes), R"("ü\u2028\u202e\u6728\u0001")");
    EXPECT_EQ(string_literal("😀", kTypescriptEscapes), R"("\u{1f600}")");
    EXPECT_EQ(string_literal("😀", kPythonEscapes), R"("\U0001f600")");
    EXPECT_EQ(string_literal("\U0010ffff", kTypescriptEscapes), R"("\u{10ffff}")");
}

TEST(ClientText, characters_are_taken_and_put_back) {
    std::string text = "aü木😀";
    std::string_view rest = text;
    std::string again;
    while (!rest.empty()) append_character(again, take_character(rest));
    EXPECT_EQ(again, text);
    EXPECT_EQ(characters_in(text), 4u);
}

}  // namespace
}  // namespace trivet::cli
