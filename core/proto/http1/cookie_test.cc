#include "proto/http1/cookie.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace trivet::http1 {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs listed(const std::vector<std::string_view>& field_values) {
    Memory memory;
    Arena arena(memory);
    const auto list = parse_cookies(field_values, arena);
    Pairs pairs;
    if (list) {
        for (const Cookie& cookie : list->items) {
            pairs.emplace_back(std::string_view(cookie.name), std::string_view(cookie.value));
        }
    }
    return pairs;
}

TEST(Cookie, lists_pairs_in_order) {
    EXPECT_EQ(listed({"a=1; b=2;c=3"}), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
    EXPECT_EQ(listed({"a=1", "b=2; a=3"}), (Pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}}));
    EXPECT_EQ(listed({}), Pairs{});
    EXPECT_EQ(listed({""}), Pairs{});
}

TEST(Cookie, takes_values_as_they_are) {
    EXPECT_EQ(listed({"a=b=c; d=%20+x; e="}), (Pairs{{"a", "b=c"}, {"d", "%20+x"}, {"e", ""}}));
}

TEST(Cookie, removes_one_pair_of_quotes) {
    EXPECT_EQ(listed({R"(a="x y"; b="; c=""; d=""z"")"}),
              (Pairs{{"a", "x y"}, {"b", "\""}, {"c", ""}, {"d", "\"z\""}}));
}

TEST(Cookie, skips_malformed_pairs) {
    EXPECT_EQ(listed({"a; =b; ;; c=d;\t; e = f \t"}), (Pairs{{"c", "d"}, {"e", "f"}}));
}

TEST(Cookie, lists_no_more_than_the_limit) {
    std::string text;
    for (std::size_t index = 0; index < kCookiesMax; ++index) {
        text += "a=b;";
    }
    Memory memory;
    Arena arena(memory);
    std::string_view values[] = {text, "a=b"};
    EXPECT_FALSE(parse_cookies(std::span(values, 1), arena)->is_truncated);
    const auto list = parse_cookies(values, arena);
    EXPECT_TRUE(list->is_truncated);
    EXPECT_EQ(list->items.size(), kCookiesMax);
}

TEST(Cookie, reports_failing_memory) {
    Memory memory;
    Arena arena(memory);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    const std::string_view values[] = {"a=b"};
    EXPECT_EQ(parse_cookies(values, arena).error(), Status::memory);
    EXPECT_TRUE(parse_cookies({}, arena)->items.empty());
}

}  // namespace
}  // namespace trivet::http1
