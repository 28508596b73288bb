#include "base/str.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace trivet {
namespace {

TEST(Str, views_literals_views_and_runs_of_bytes) {
    EXPECT_EQ(std::string_view(Str("abc")), "abc");
    EXPECT_EQ(Str("abc").size, 3u);
    const std::string text = "with\0zero";
    EXPECT_EQ(std::string_view(Str(std::string_view(text))), text);
    EXPECT_EQ(std::string_view(Str(text.data() + 1, 2)), "it");
}

TEST(Str, is_empty_by_default) {
    EXPECT_TRUE(Str().empty());
    EXPECT_EQ(std::string_view(Str()), "");
    EXPECT_TRUE(Str("").empty());
    EXPECT_FALSE(Str("x").empty());
}

TEST(Str, appends_to_room_that_is_there) {
    char room[4] = "xyz";
    EXPECT_EQ(append(append(append(room, "a"), {}), "b"), room + 2);
    EXPECT_EQ(std::string_view(room, 3), "abz");
}

TEST(Str, is_laid_out_like_the_string_of_the_abi) {
    EXPECT_TRUE(std::is_standard_layout_v<Str>);
    EXPECT_TRUE(std::is_trivially_copyable_v<Str>);
    EXPECT_EQ(sizeof(Str), sizeof(const char*) + sizeof(std::size_t));
    EXPECT_EQ(offsetof(Str, size), sizeof(const char*));
}

}  // namespace
}  // namespace trivet
