#include "schema/text.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::schema {
namespace {

TEST(Text, escapes_are_what_they_stand_for) {
    const Text text{R"(a\u00e9\ud83d\ude00\n\/)", true};
    char out[64];
    EXPECT_EQ(std::string_view(out, decode_text(text, out)), "a\xc3\xa9\xf0\x9f\x98\x80\n/");
    EXPECT_EQ(count_code_points(text), 5u);
    EXPECT_EQ(std::string_view(out, decode_text({R"(\ud7ff\uffff\u0000)", true}, out)),
              std::string_view("\xed\x9f\xbf\xef\xbf\xbf\0", 7));
    EXPECT_EQ(std::string_view(out, decode_text({R"(\b\f\r\t\"\\)", true}, out)), "\b\f\r\t\"\\");
}

TEST(Text, counts_code_points) {
    EXPECT_EQ(count_code_points({""}), 0u);
    EXPECT_EQ(count_code_points({"abc"}), 3u);
    EXPECT_EQ(count_code_points({"\xc3\xa9\xf0\x9f\x98\x80"}), 2u);
}

TEST(Text, compares_what_is_written_differently) {
    EXPECT_TRUE(equal_text({"abc"}, {R"(a\u0062c)", true}));
    EXPECT_TRUE(equal_text({R"(\u00e9)", true}, {"\xc3\xa9"}));
    EXPECT_FALSE(equal_text({"abc"}, {R"(a\u0062)", true}));
    EXPECT_FALSE(equal_text({R"(a\n)", true}, {R"(a\r)", true}));
    EXPECT_FALSE(equal_text({"a"}, {"b"}));
    EXPECT_LT(compare_text({"a"}, {R"(\u0062)", true}), 0);
    EXPECT_GT(compare_text({"b"}, {R"(\u0061)", true}), 0);
    EXPECT_LT(compare_text({"a"}, {R"(a\u0062)", true}), 0);
    EXPECT_GT(compare_text({"ab"}, {"a"}), 0);
    EXPECT_EQ(hash_text({"abc"}), hash_text({R"(\u0061bc)", true}));
    EXPECT_NE(hash_text({"abc"}), hash_text({"abd"}));
}

}  // namespace
}  // namespace trivet::schema
