#include "base/ascii.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

TEST(Ascii, letters_compare_without_case) {
    EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-TYPE"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
    EXPECT_FALSE(equal_ignoring_case("a", "b"));
    // Bytes that differ by 0x20 and are no letters.
    EXPECT_FALSE(equal_ignoring_case("[", "{"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_FALSE(equal_ignoring_case("\xc3", "\xe3"));
}

TEST(Ascii, tokens_have_no_separators) {
    const std::string_view separators = "\"(),/:;<=>?@[\\]{} \t";
    for (int code = 0; code < 256; ++code) {
        const char byte = static_cast<char>(code);
        const bool is_expected =
            code > 0x20 && code < 0x7f && separators.find(byte) == std::string_view::npos;
        EXPECT_EQ(is_token_byte(byte), is_expected) << code;
        EXPECT_EQ(is_token(std::string("a") + byte), is_expected) << code;
    }
    EXPECT_FALSE(is_token(""));
}

TEST(Ascii, space_at_the_ends_is_trimmed) {
    EXPECT_EQ(trimmed(" \ta b\t "), "a b");
    EXPECT_EQ(trimmed("a"), "a");
    EXPECT_EQ(trimmed(" \t"), "");
    EXPECT_EQ(trimmed(""), "");
    EXPECT_EQ(trimmed("\n"), "\n");
}

TEST(Ascii, hexadecimal_digits_have_values) {
    for (int value = 0; value < 16; ++value) {
        const auto index = static_cast<std::size_t>(value);
        EXPECT_EQ(hex_value("0123456789abcdef"[index]), value);
        EXPECT_EQ(hex_value("0123456789ABCDEF"[index]), value);
    }
    for (const char byte : std::string_view("/:@G`g \0\xff", 9)) {
        EXPECT_EQ(hex_value(byte), kNoHex);
    }
}

}  // namespace
}  // namespace trivet
