#include "base/utf8.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

TEST(Utf8, measures_the_first_sequence) {
    EXPECT_EQ(utf8_length("ab"), 1u);
    EXPECT_EQ(utf8_length("\xc3\xbc."), 2u);
    EXPECT_EQ(utf8_length("\xe2\x82\xac"), 3u);
    EXPECT_EQ(utf8_length("\xf0\x9f\x98\x80"), 4u);
    EXPECT_EQ(utf8_length(std::string_view("\0", 1)), 1u);
    EXPECT_EQ(utf8_length("\xed\x9f\xbf"), 3u);
    EXPECT_EQ(utf8_length("\xf4\x8f\xbf\xbf"), 4u);
}

TEST(Utf8, finds_none_where_none_is_wellformed) {
    for (const char* text :
         {"", "\x80", "\xc0\xaf", "\xc3", "\xc3.", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        EXPECT_EQ(utf8_length(text), 0u) << text;
    }
}

TEST(Utf8, judges_whole_texts) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("a\xc3\xbc\xe2\x82\xac"));
    EXPECT_FALSE(is_utf8("a\xc3"));
    EXPECT_FALSE(
        is_utf8("\xff"
                "a"));
}

}  // namespace
}  // namespace trivet
