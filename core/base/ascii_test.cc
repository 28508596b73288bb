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

TEST(Ascii, letters_compare_without_case_at_every_place_of_every_length) {
    const auto lower = [](int byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; };
    for (std::size_t size = 1; size <= 17; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string one(size, 'x');
            std::string other(size, 'X');
            for (int left = 0; left < 256; ++left) {
                for (const int right : {left, left ^ 0x20, left ^ 0x80, left ^ 1, left ^ 0x40}) {
                    one[at] = static_cast<char>(left);
                    other[at] = static_cast<char>(right);
                    ASSERT_EQ(equal_ignoring_case(one, other), lower(left) == lower(right))
                        << size << ' ' << at << ' ' << left << ' ' << right;
                }
            }
        }
    }
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
