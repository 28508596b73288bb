#include "proto/conditional/entity_tag.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::conditional {
namespace {

using Tags = std::vector<EntityTag>;

struct List {
    Tags tags;
    bool is_malformed;
};

List list_of(const std::vector<std::string_view>& lines) {
    List list;
    EntityTagCursor cursor(lines);
    for (EntityTag tag; cursor.next(tag);) {
        list.tags.push_back(tag);
    }
    list.is_malformed = cursor.is_malformed();
    EntityTag tag;
    EXPECT_FALSE(cursor.next(tag));
    return list;
}

TEST(EntityTag, reads_the_examples_of_rfc_9110) {
    EXPECT_EQ(parse_entity_tag(R"("xyzzy")"), (EntityTag{"xyzzy", false}));
    EXPECT_EQ(parse_entity_tag(R"(W/"xyzzy")"), (EntityTag{"xyzzy", true}));
    EXPECT_EQ(parse_entity_tag(R"("")"), (EntityTag{"", false}));
}

TEST(EntityTag, may_hold_anything_visible_but_quotes) {
    EXPECT_EQ(parse_entity_tag(R"("a,b*\!~'W/")")->text, R"(a,b*\!~'W/)");
    EXPECT_EQ(parse_entity_tag("\"\x80\xff\"")->text, "\x80\xff");
    EXPECT_EQ(parse_entity_tag(R"("\")")->text, R"(\)");
}

TEST(EntityTag, refuses_what_is_none) {
    for (const std::string_view text :
         {"",         "\"",       "xyzzy",   "W",        "W/",        "W/xyzzy",     "w/\"xyzzy\"",
          "W /\"a\"", "W/ \"a\"", "\"a b\"", "\"a\tb\"", "\"a\x7f\"", "\"a\x1f\"",   "\"a",
          "a\"",      " \"a\"",   "\"a\" ",  "\"a\"b",   "\"a\"\"",   "\"a\",\"b\"", "'a'",
          "*",        "W/\"a"}) {
        EXPECT_EQ(parse_entity_tag(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_entity_tag(std::string_view("\"a\0\"", 4)), std::nullopt);
    EXPECT_EQ(parse_entity_tag(std::string_view("\"a\"\0", 4)), std::nullopt);
}

// Section 8.8.3.2.
TEST(EntityTag, compares_as_the_table_of_rfc_9110_says) {
    struct Case {
        std::string_view a, b;
        bool strong, weak;
    };
    for (const auto& [a, b, strong, weak] :
         {Case{R"(W/"1")", R"(W/"1")", false, true}, Case{R"(W/"1")", R"(W/"2")", false, false},
          Case{R"(W/"1")", R"("1")", false, true}, Case{R"("1")", R"("1")", true, true},
          Case{R"("a")", R"("A")", false, false}, Case{R"("")", R"("")", true, true}}) {
        const auto first = parse_entity_tag(a).value();
        const auto second = parse_entity_tag(b).value();
        EXPECT_EQ(matches_strongly(first, second), strong) << a << b;
        EXPECT_EQ(matches_strongly(second, first), strong) << a << b;
        EXPECT_EQ(matches_weakly(first, second), weak) << a << b;
        EXPECT_EQ(matches_weakly(second, first), weak) << a << b;
    }
}

TEST(EntityTag, walks_lists_over_several_lines) {
    const List list = list_of({R"("xyzzy", W/"r2d2xxxx" ,"c3piozzzz")", "", R"(,"a,b",,W/"",)"});
    EXPECT_EQ(list.tags, (Tags{{"xyzzy"}, {"r2d2xxxx", true}, {"c3piozzzz"}, {"a,b"}, {"", true}}));
    EXPECT_FALSE(list.is_malformed);
    EXPECT_TRUE(list_of({}).tags.empty());
    EXPECT_FALSE(list_of({"", " ,\t, "}).is_malformed);
}

TEST(EntityTag, a_list_ends_where_it_is_malformed) {
    for (const std::string_view bad : {"*", "b", "\"b", "\"b\" \"c\"", "\"b\"\"c\"", "\"b\";",
                                       "w/\"b\"", "W/ \"b\"", "\"b c\""}) {
        const std::string line = "\"a\", " + std::string(bad) + ", \"d\"";
        const List list = list_of({line, "\"e\""});
        EXPECT_TRUE(list.is_malformed) << bad;
        EXPECT_EQ(list.tags, (Tags{{"a"}})) << bad;
    }
}

}  // namespace
}  // namespace trivet::conditional
