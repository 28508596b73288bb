#include "base/regex.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace trivet {
namespace {

using Result = RegexRoom::Result;

class RegexTest : public testing::Test {
protected:
    Result match(std::string_view expression, std::string_view text) {
        const auto regex = Regex::compile(expression);
        EXPECT_TRUE(regex.has_value()) << expression;
        return room_.match(*regex, text);
    }

    bool matches(std::string_view expression, std::string_view text) {
        return match(expression, text) == Result::match;
    }

    Memory memory_;
    RegexRoom room_{memory_};
};

TEST_F(RegexTest, matches_the_whole_text) {
    EXPECT_TRUE(matches("[A-Z]{3}[0-9]+", "ABC12"));
    EXPECT_FALSE(matches("[A-Z]{3}[0-9]+", "xABC12"));
    EXPECT_FALSE(matches("[A-Z]{3}[0-9]+", "ABC12x"));
    EXPECT_TRUE(matches("a|ab", "ab"));
    EXPECT_TRUE(matches("ab?|abc", "abc"));
    EXPECT_FALSE(matches("a|b", "ab"));
    EXPECT_FALSE(matches("a$", "a\n"));
    EXPECT_FALSE(matches("a", ""));
    EXPECT_TRUE(matches("x*", {}));
    EXPECT_TRUE(matches("a\\Kb", "ab"));
    EXPECT_TRUE(matches("(?<x>..)\\1", "abab"));
    EXPECT_TRUE(matches("a(?C1)b", "ab"));
}

TEST_F(RegexTest, searches_as_ecma_262_does) {
    const auto finds = [this](std::string_view expression, std::string_view text) {
        const auto regex = Regex::compile(expression, RegexUse::search);
        EXPECT_TRUE(regex.has_value()) << expression;
        return room_.match(*regex, text) == Result::match;
    };
    EXPECT_TRUE(finds("b+", "abbc"));
    EXPECT_TRUE(finds("^a", "abc"));
    EXPECT_FALSE(finds("^b", "abc"));
    EXPECT_TRUE(finds("c$", "abc"));
    EXPECT_FALSE(finds("c$", "abc\n"));
    EXPECT_TRUE(finds("^\\u00e9$", "\xc3\xa9"));
    EXPECT_TRUE(finds("(?:(a)|b)\\1c", "bc"));
    EXPECT_TRUE(finds("a+$", std::string(kRegexSearchBytesMax, 'a')));
    EXPECT_FALSE(finds("a+$", std::string(kRegexSearchBytesMax + 1, 'a')));
}

TEST_F(RegexTest, reads_utf8) {
    EXPECT_TRUE(matches(".", "\xc3\xa9"));
    EXPECT_TRUE(matches("(?i)\xc3\xa9+", "\xc3\x89\xc3\xa9"));
    EXPECT_TRUE(matches("\\p{L}+", "\xc3\xa9t\xc3\xa9"));
}

TEST_F(RegexTest, text_that_is_not_utf8_matches_nothing) {
    for (const char* text : {"abc\xff",
                             "\xff"
                             "abc",
                             "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xff"}) {
        EXPECT_EQ(match(".*", text), Result::no_match) << text;
        EXPECT_EQ(match("[a-z]+", text), Result::no_match) << text;
    }
}

TEST_F(RegexTest, says_where_an_expression_is_malformed) {
    const auto fault = [](std::string_view expression) {
        const auto regex = Regex::compile(expression);
        return regex ? "" : std::to_string(regex.error().offset) + ": " + regex.error().message;
    };
    EXPECT_EQ(fault("ab("), "3: regular expression: missing closing parenthesis");
    EXPECT_EQ(fault("a)b"), "1: regular expression: unmatched closing parenthesis");
    EXPECT_EQ(fault("a\\C"), "3: regular expression: using \\C is disabled by the application");
    EXPECT_EQ(fault("\xff"), "0: regular expression: UTF-8 error: illegal byte (0xfe or 0xff)");
    std::string groups;
    for (int index = 0; index < 100; ++index) {
        groups += "(a)";
    }
    EXPECT_EQ(fault(groups), "300: regular expression: too many capturing groups");
}

TEST_F(RegexTest, gives_up_catastrophes) {
    const std::string text = std::string(40, 'a') + "!";
    EXPECT_EQ(match("(a+)+$", text), Result::exceeded);
    EXPECT_EQ(match("(a+)+$", std::string(40, 'a')), Result::match);
    EXPECT_EQ(match("(a|aa)+", text), Result::exceeded);
    EXPECT_EQ(match("(.*)(.*)(.*)(.*)(.*)[0-9]", std::string(1000, 'a')), Result::exceeded);
}

TEST_F(RegexTest, gives_up_what_needs_more_memory) {
    // A frame for each of two nested groups a byte: more than kRegexHeapKib, fewer steps than
    // kRegexCallsMax.
    EXPECT_EQ(match("(((((a|b)|c)|d)|e)|f)+", std::string(1000, 'a')), Result::exceeded);
    EXPECT_EQ(match("(((((a|b)|c)|d)|e)|f)+", std::string(100, 'a')), Result::match);
    EXPECT_EQ(match("(?:ab|c)+", std::string(kRegexBytesMax, 'c')), Result::match);
}

TEST_F(RegexTest, bounds_the_text) {
    EXPECT_EQ(match("a+", std::string(kRegexBytesMax, 'a')), Result::match);
    EXPECT_EQ(match("a+", std::string(kRegexBytesMax + 1, 'a')), Result::exceeded);
}

TEST_F(RegexTest, takes_its_memory_once) {
    const std::size_t taken = memory_.bytes_in_use();
    EXPECT_GT(taken, 0u);
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(match("(?:ab|c)+", std::string(kRegexBytesMax, 'c')), Result::match);
        EXPECT_EQ(match("(((((a|b)|c)|d)|e)|f)+", std::string(1000, 'a')), Result::exceeded);
        EXPECT_EQ(match("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "abcdefghijk"), Result::match);
    }
    EXPECT_EQ(memory_.bytes_in_use(), taken);
}

TEST_F(RegexTest, frames_of_many_groups_grow_within_the_room) {
    // The first frames are larger than usual: ten of them.
    std::string groups = "(?:";
    for (int index = 0; index < 50; ++index) {
        groups += "(a)?";
    }
    const auto regex = Regex::compile(groups + "b|a)+");
    ASSERT_TRUE(regex.has_value());
    for (std::size_t size = 1; size <= kRegexBytesMax; size *= 2) {
        EXPECT_NE(room_.match(*regex, std::string(size, 'a') + "!"), Result::match);
    }
}

TEST(RegexRoomMemory, is_not_ready_without_memory) {
    Memory memory;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(RegexRoom(memory).is_ready());
    memory.set_failure_hook(nullptr, nullptr);
    EXPECT_TRUE(RegexRoom(memory).is_ready());
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(RegexMove, moves) {
    auto source = Regex::compile("a");
    Regex target = std::move(*source);
    *source = std::move(target);
    Memory memory;
    RegexRoom room(memory);
    EXPECT_EQ(room.match(*source, "a"), Result::match);
}

}  // namespace
}  // namespace trivet
