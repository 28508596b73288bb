#include "base/number.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

TEST(Number, reads_plain_decimals) {
    EXPECT_EQ(parse_decimal("0", 0), 0u);
    EXPECT_EQ(parse_decimal("255", 255), 255u);
    EXPECT_EQ(parse_decimal("4294967295", 4294967295), 4294967295u);
}

TEST(Number, refuses_what_is_beyond_the_bound) {
    EXPECT_EQ(parse_decimal("1", 0), std::nullopt);
    EXPECT_EQ(parse_decimal("256", 255), std::nullopt);
    EXPECT_EQ(parse_decimal("4294967296", 4294967295), std::nullopt);
    EXPECT_EQ(parse_decimal("9999999999", 4294967295), std::nullopt);
    EXPECT_EQ(parse_decimal("18446744073709551616", 4294967295), std::nullopt);
}

TEST(Number, refuses_every_other_way_to_write_one) {
    for (const std::string_view text :
         {std::string_view(""), std::string_view("00"), std::string_view("01"),
          std::string_view("+1"), std::string_view("-1"), std::string_view(" 1"),
          std::string_view("1 "), std::string_view("0x1"), std::string_view("1e1"),
          std::string_view("1.0"), std::string_view("1\0", 2), std::string_view("\0", 1)}) {
        EXPECT_EQ(parse_decimal(text, 1000), std::nullopt) << text;
    }
}

TEST(Number, ports_end_where_sixteen_bits_do) {
    EXPECT_EQ(parse_port("0"), 0);
    EXPECT_EQ(parse_port("65535"), 65535);
    EXPECT_EQ(parse_port("65536"), std::nullopt);
    EXPECT_EQ(parse_port("080"), std::nullopt);
}

}  // namespace
}  // namespace trivet
