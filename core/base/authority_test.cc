#include "base/authority.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

TEST(Authority, is_a_name_or_an_address_with_a_port) {
    for (const char* text :
         {"a", "a.example.org", "127.0.0.1:80", "a:", "[::1]", "[::1]:8080", "[v1.fe80::a+en1]",
          "x_y-z~1", "%c3%bc.de", "a,b;c=d", "a:0", "a:65535", "a:000080"}) {
        EXPECT_TRUE(is_authority(text)) << text;
    }
    for (const char* text :
         {"",    ":80", "a:b", "a:1:2",  "a:123456", "u@a",      "a b",   "a/",   "a?b",
          "a#b", "[",   "[]",  "[::1",   "[::1]a",   "[::1]80",  "[a]",   "[:@]", "a[::1]",
          "%",   "%c",  "%zz", "a\\b",   "\xc3\xbc", "a\"b",     "<a>",   "a|b",  "[::1%25lo]",
          "a:-", "a:+", "a:.", "a: 1",   "a:65536",  "a:429496", "a:80 ", "::1",  "a:4294967376",
          "]",   "a]",  "[:]", "[::1]:x"}) {
        EXPECT_FALSE(is_authority(text)) << text;
    }
}

}  // namespace
}  // namespace trivet
