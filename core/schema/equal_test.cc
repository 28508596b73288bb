#include "schema/equal.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::schema {
namespace {

bool are_equal(std::string_view a, std::string_view b) {
    Memory memory;
    Document left(memory);
    Document right(memory);
    EXPECT_EQ(left.read(a), Read::good) << a;
    EXPECT_EQ(right.read(b), Read::good) << b;
    Budget budget(100'000);
    return equal_values({&left, 0}, {&right, 0}, budget);
}

Unique unique(std::string_view text) {
    Memory memory;
    Document document(memory);
    EXPECT_EQ(document.read(text), Read::good) << text;
    Budget budget(100'000);
    return is_unique(document, 0, memory, budget);
}

TEST(EqualValues, are_the_same_however_they_are_written) {
    EXPECT_TRUE(are_equal("1", "1.0"));
    EXPECT_TRUE(are_equal("\"a\"", R"("\u0061")"));
    EXPECT_TRUE(are_equal(R"({"a":1,"b":[2,null]})", R"({"b":[2e0,null],"a":1})"));
    EXPECT_TRUE(are_equal("[]", "[ ]"));
    EXPECT_TRUE(are_equal("true", "true"));
}

TEST(EqualValues, differ) {
    EXPECT_FALSE(are_equal("0", "false"));
    EXPECT_FALSE(are_equal("true", "false"));
    EXPECT_FALSE(are_equal("null", "\"null\""));
    EXPECT_FALSE(are_equal("[1,2]", "[2,1]"));
    EXPECT_FALSE(are_equal("[1]", "[1,2]"));
    EXPECT_FALSE(are_equal(R"({"a":1})", R"({"a":2})"));
    EXPECT_FALSE(are_equal(R"({"a":1})", R"({"b":1})"));
    EXPECT_FALSE(are_equal(R"({"a":1})", R"({"a":1,"b":2})"));
    EXPECT_FALSE(are_equal(R"({"a":1,"b":2})", R"({"a":1})"));
}

TEST(EqualValues, of_members_with_one_name_the_last_counts) {
    EXPECT_TRUE(are_equal(R"({"a":1,"a":2})", R"({"a":2})"));
    EXPECT_FALSE(are_equal(R"({"a":1,"a":2})", R"({"a":1})"));
    EXPECT_FALSE(are_equal(R"({"a":1,"a":2})", R"({"a":2,"b":2})"));
}

TEST(UniqueItems, finds_what_is_repeated) {
    EXPECT_EQ(unique("[]"), Unique::yes);
    EXPECT_EQ(unique("[1,2,3]"), Unique::yes);
    EXPECT_EQ(unique("[1,2,1.0]"), Unique::no);
    EXPECT_EQ(unique("[1,true]"), Unique::yes);
    EXPECT_EQ(unique(R"([{"a":1,"b":2},{"b":2,"a":1}])"), Unique::no);
    EXPECT_EQ(unique(R"([{"a":1,"b":2},{"b":1,"a":2}])"), Unique::yes);
    EXPECT_EQ(unique(R"([{"a":0,"a":1},{"a":1}])"), Unique::no);
    EXPECT_EQ(unique(R"(["a","\u0061"])"), Unique::no);
    EXPECT_EQ(unique("[[1],[2],[[1]],[1]]"), Unique::no);
}

TEST(EqualValues, end_with_their_budget) {
    Memory memory;
    Document document(memory);
    ASSERT_EQ(document.read(R"([[1,2,{"a":3}],[1,2,{"a":3}]])"), Read::good);
    const Value left{&document, 1};
    const Value right{&document, document.next(1)};
    Budget enough(100);
    EXPECT_TRUE(equal_values(left, right, enough));
    EXPECT_FALSE(enough.is_used_up());
    Budget few(5);
    EXPECT_FALSE(equal_values(left, right, few));
    EXPECT_TRUE(few.is_used_up());
}

TEST(UniqueItems, needs_memory) {
    for (const std::string_view text :
         {"[1,2]", R"([{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1},2])"}) {
        Memory memory;
        Document document(memory);
        ASSERT_EQ(document.read(text), Read::good);
        memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
        Budget budget(1000);
        EXPECT_EQ(is_unique(document, 0, memory, budget), Unique::memory);
    }
}

TEST(MarkShadowed, marks_all_but_the_last) {
    Memory memory;
    Document document(memory);
    std::string text = R"({"a":1,"b":1,"\u0061":2)";
    for (int member = 0; member < 20; ++member) {
        text += ",\"m" + std::to_string(member % 15) + "\":0";
    }
    text += "}";
    ASSERT_EQ(document.read(text), Read::good);
    ASSERT_TRUE(mark_shadowed(document, 0, memory));
    std::string marked;
    for (std::uint32_t name = 1; name < document.count(); name += 2) {
        marked += document[name].is_shadowed ? 'x' : '.';
    }
    EXPECT_EQ(marked, "x..xxxxx...............");
}

}  // namespace
}  // namespace trivet::schema
