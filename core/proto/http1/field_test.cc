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

TEST(Field, hosts_are_names_or_addresses_with_a_port) {
    for (const char* host : {"", "a", "a.example.org", "127.0.0.1:80", "a:", "[::1]", "[::1]:8080",
                             "[v1.fe80::a+en1]", "x_y-z~1", "%c3%bc.de", "a,b;c=d"}) {
        EXPECT_TRUE(is_valid_host(host)) << host;
    }
    for (const char* host :
         {":80", "a:b", "a:1:2", "a:123456", "u@a",      "a b",     "a/",  "a?b",
          "a#b", "[",   "[]",    "[::1",     "[::1]a",   "[::1]80", "[a]", "[:@]",
          "%",   "%c",  "%zz",   "a\\b",     "\xc3\xbc", "a\"b",    "<a>", "a|b"}) {
        EXPECT_FALSE(is_valid_host(host)) << host;
    }
}

}  // namespace
}  // namespace trivet::http1
