#include "proto/http1/field.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::http1 {
namespace {

TEST(Field, names_compare_without_case) {
    EXPECT_TRUE(field_name_equal("Content-Type", "content-TYPE"));
    EXPECT_TRUE(field_name_equal("", ""));
    EXPECT_FALSE(field_name_equal("a", "ab"));
    EXPECT_FALSE(field_name_equal("a", "b"));
    // Bytes that differ by 0x20 and are no letters.
    EXPECT_FALSE(field_name_equal("[", "{"));
    EXPECT_FALSE(field_name_equal("@", "`"));
    EXPECT_FALSE(field_name_equal("\xc3", "\xe3"));
}

TEST(Field, names_are_tokens) {
    EXPECT_TRUE(is_valid_field_name("X-A_b.9!#$%&'*+^`|~"));
    for (const char* name : {"", "a b", "a:", "a\r", "(", "a\x80", "a/b", "\"a\"", "a\x7f"}) {
        EXPECT_FALSE(is_valid_field_name(name)) << name;
    }
    EXPECT_FALSE(is_valid_field_name(std::string("a\0", 2)));
    EXPECT_TRUE(is_method_token("M-SEARCH"));
    EXPECT_FALSE(is_method_token("GET "));
}

TEST(Field, values_hold_no_controls_but_tabs) {
    EXPECT_TRUE(is_valid_field_value(""));
    EXPECT_TRUE(is_valid_field_value("a\tb \"c\" \xc3\xbc"));
    for (const char* value : {"a\r", "a\n", "a\r\nb", "\x01", "\x7f", "\x1f"}) {
        EXPECT_FALSE(is_valid_field_value(value)) << value;
    }
    EXPECT_FALSE(is_valid_field_value(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace trivet::http1
