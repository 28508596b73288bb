#include "schema/wording.h"

#include <gtest/gtest.h>

namespace trivet::schema {
namespace {

TEST(Wording, names_types) {
    EXPECT_EQ(type_detail({kInteger}), "must be an integer");
    EXPECT_EQ(type_detail({kNumber}), "must be a number");
    EXPECT_EQ(type_detail({kString, kNull}), "must be a string or null");
    EXPECT_EQ(type_detail({kArray, kObject, kBoolean}), "must be an array, an object or a boolean");
}

TEST(Wording, counts) {
    EXPECT_EQ(count_detail("at least", 1, "item"), "must have at least 1 item");
    EXPECT_EQ(count_detail("at most", 0, "member"), "must have at most 0 members");
    EXPECT_EQ(count_detail("at most", 20, "character"), "must have at most 20 characters");
}

TEST(Wording, lists_ten_values) {
    Memory memory;
    Document document(memory);
    ASSERT_EQ(document.read(R"(["a\n\"",null,1.0,[true,{"b":2}]])"), Read::good);
    EXPECT_EQ(enum_detail(document, 0), R"(must be one of "a\u000a\"", null, 1, [true,{"b":2}])");
    ASSERT_EQ(document.read("[1,2,3,4,5,6,7,8,9,10]"), Read::good);
    EXPECT_EQ(enum_detail(document, 0), "must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
    ASSERT_EQ(document.read("[1,2,3,4,5,6,7,8,9,10,11,12]"), Read::good);
    EXPECT_EQ(enum_detail(document, 0), "must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …");
}

}  // namespace
}  // namespace trivet::schema
