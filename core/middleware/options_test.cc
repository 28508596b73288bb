#include "middleware/options.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

TEST(OptionsTest, numbers_and_flags_have_ranges) {
    EXPECT_EQ(fault_of("timeout", {{"ms", "0"}}),
              "timeout: ms is \"0\", allowed are 1 to 86400000");
    EXPECT_NE(fault_of("timeout", {{"ms", "86400001"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "-1"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "1x"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "99999999999999999999999"}}), "");
    EXPECT_EQ(fault_of("timeout", {}),
              "timeout: ms is missing: the longest that an answer may "
              "take to begin");
    EXPECT_EQ(fault_of("body_limit", {}),
              "body_limit: bytes is missing: the most that content may have");
    EXPECT_EQ(fault_of("request_id", {{"trust", "yes"}}),
              "request_id: trust is \"yes\", allowed are true and false");
    EXPECT_NE(fault_of("request_id", {{"header", "a b"}}), "");
}

TEST(OptionsTest, what_is_shown_of_a_value_is_harmless_and_short) {
    EXPECT_EQ(shown("a\r\nb\x7f"), "\"a??b?\"");
    EXPECT_EQ(shown(std::string(81, 'a')), '"' + std::string(80, 'a') + "…\"");
}

}  // namespace
}  // namespace trivet::middleware
