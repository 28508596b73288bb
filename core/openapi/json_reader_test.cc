#include "openapi/json_reader.h"

#include <gtest/gtest.h>

namespace trivet::openapi {
namespace {

std::string copied(std::string_view text) {
    const JsonReader read(text);
    EXPECT_EQ(read.fault(), "");
    std::string out;
    read.copy(out, 0);
    return out;
}

TEST(JsonReader, writes_what_it_has_read) {
    EXPECT_EQ(copied(" { \"a\" : [ 1.50 , true,null, {} ,[]], \"b\\n\" : \"\\u00fc\\\"\" } "),
              R"({"a":[1.50,true,null,{},[]],"b\u000a":"ü\""})");
}

TEST(JsonReader, takes_the_last_member_of_a_name) {
    EXPECT_EQ(copied(R"({"a":1,"b":2,"\u0061":3})"), R"({"a":3,"b":2})");
}

TEST(JsonReader, finds_members_and_items) {
    const JsonReader read(R"({"x":{"y":["p",{"q":0},"r"]},"z":"t"})");
    const auto items = read.items(read.find(read.find(0, "x"), "y"));
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(read.text(items[2]), "r");
    EXPECT_TRUE(read.is_object(items[1]));
    EXPECT_EQ(read.text(read.find(0, "z")), "t");
    EXPECT_EQ(read.find(0, "y"), 0U);
    EXPECT_TRUE(read.members(read.find(0, "z")).empty());
    EXPECT_TRUE(read.items(0).empty());
}

TEST(JsonReader, says_where_a_text_is_malformed) {
    EXPECT_EQ(JsonReader("{\"a\":}").fault(), "no JSON from byte 5 on");
    EXPECT_EQ(JsonReader("").fault(), "no JSON from byte 0 on");
    EXPECT_EQ(JsonReader(std::string(49, '[')).fault(), "nested more than 48 deep at byte 48");
}

}  // namespace
}  // namespace trivet::openapi
