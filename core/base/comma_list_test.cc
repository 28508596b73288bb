#include "base/comma_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet {
namespace {

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    EXPECT_TRUE(each_of_list(list, [&](std::string_view word) {
        words.emplace_back(word);
        return true;
    }));
    return words;
}

TEST(CommaList, gives_the_words_without_the_spaces_around_them) {
    EXPECT_EQ(words_of("a"), std::vector<std::string>({"a"}));
    EXPECT_EQ(words_of(" a b ,c\t"), std::vector<std::string>({"a b", "c"}));
    EXPECT_EQ(words_of("a,,b"), std::vector<std::string>({"a", "", "b"}));
    EXPECT_EQ(words_of("a, "), std::vector<std::string>({"a"}));
    EXPECT_EQ(words_of(",a"), std::vector<std::string>({"", "a"}));
    EXPECT_TRUE(words_of("").empty());
    EXPECT_TRUE(words_of(" \t").empty());
}

TEST(CommaList, ends_where_it_is_told_to) {
    int count = 0;
    EXPECT_FALSE(each_of_list("a,b,c", [&](std::string_view word) {
        ++count;
        return word != "b";
    }));
    EXPECT_EQ(count, 2);
}

}  // namespace
}  // namespace trivet
