#include "proto/url/query.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace trivet::url {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs listed(std::string_view query) {
    Memory memory;
    Arena arena(memory);
    const auto list = parse_query(query, arena);
    Pairs pairs;
    if (list) {
        for (const Param& param : list->items) {
            pairs.emplace_back(std::string_view(param.name), std::string_view(param.value));
        }
    }
    return pairs;
}

TEST(Query, lists_decoded_pairs_in_order) {
    EXPECT_EQ(listed("a=1&b=x+y&a=%C3%BC"), (Pairs{{"a", "1"}, {"b", "x y"}, {"a", "\xc3\xbc"}}));
    EXPECT_EQ(listed("a%3Db=c%26d"), (Pairs{{"a=b", "c&d"}}));
    EXPECT_EQ(listed(""), Pairs{});
}

TEST(Query, takes_pairs_without_name_or_value) {
    EXPECT_EQ(listed("a&b=&=c&=&d=e=f"),
              (Pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"", ""}, {"d", "e=f"}}));
}

TEST(Query, skips_empty_pairs) {
    EXPECT_EQ(listed("&&a=1&&&b=2&"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(listed("&"), Pairs{});
}

TEST(Query, does_not_split_at_semicolons) { EXPECT_EQ(listed("a=1;b=2"), (Pairs{{"a", "1;b=2"}})); }

TEST(Query, lists_no_more_than_the_limit) {
    std::string query;
    for (std::size_t index = 0; index < kQueryParamsMax; ++index) {
        query += "a&";
    }
    Memory memory;
    Arena arena(memory);
    EXPECT_FALSE(parse_query(query, arena)->is_truncated);
    query += "b";
    const auto list = parse_query(query, arena);
    EXPECT_TRUE(list->is_truncated);
    EXPECT_EQ(list->items.size(), kQueryParamsMax);
}

TEST(Query, finds_the_first_parameter_of_a_name) {
    Memory memory;
    Arena arena(memory);
    const std::string_view query = "x=1&%61=b+c&a=d&e";
    EXPECT_EQ(find_query(query, "a", arena)->value(), "b c");
    EXPECT_EQ(find_query(query, "e", arena)->value(), "");
    EXPECT_FALSE(find_query(query, "b", arena)->has_value());
    EXPECT_FALSE(find_query("", "", arena)->has_value());
}

TEST(Query, reports_failing_memory) {
    Memory memory;
    Arena arena(memory);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(parse_query("a=b", arena).error(), Status::memory);
    EXPECT_EQ(find_query("a=%20", "a", arena).error(), Status::memory);
    EXPECT_EQ(find_query("a=b", "a", arena)->value(), "b");
    EXPECT_TRUE(parse_query("", arena)->items.empty());
}

}  // namespace
}  // namespace trivet::url
