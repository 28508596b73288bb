#include "schema/decimal.h"

#include <gtest/gtest.h>

namespace trivet::schema {
namespace {

std::string shortest(std::string_view text) { return text_of(decimal_of(text)); }
int order(std::string_view a, std::string_view b) { return compare(decimal_of(a), decimal_of(b)); }
bool divides(std::string_view divisor, std::string_view number) {
    return is_multiple(decimal_of(number), decimal_of(divisor));
}

TEST(Decimal, is_written_shortly) {
    EXPECT_EQ(shortest("0"), "0");
    EXPECT_EQ(shortest("-0.0e5"), "0");
    EXPECT_EQ(shortest("3.0"), "3");
    EXPECT_EQ(shortest("-12.50"), "-12.5");
    EXPECT_EQ(shortest("1e2"), "100");
    EXPECT_EQ(shortest("0.001"), "0.001");
    EXPECT_EQ(shortest("1.5e-3"), "0.0015");
    EXPECT_EQ(shortest("123456789012345678901"), "123456789012345678900");
    EXPECT_EQ(shortest("1e21"), "1e21");
    EXPECT_EQ(shortest("1.25e30"), "1.25e30");
    EXPECT_EQ(shortest("0.0000001"), "1e-7");
}

TEST(Decimal, knows_whole_numbers) {
    for (const char* text : {"0", "0.0", "3.0", "30e-1", "1.5e1", "1e400", "0.0e-99",
                             "123456789012345678901234567890", "12345678901234567890.50e1"}) {
        EXPECT_TRUE(decimal_of(text).is_whole) << text;
    }
    for (const char* text :
         {"0.5", "3.1", "31e-1", "1e-400", "1.25e1", "123456789012345678901234567890.5",
          "12345678901234567890.5", "12345678901234567890e-2"}) {
        EXPECT_FALSE(decimal_of(text).is_whole) << text;
    }
}

TEST(Decimal, compares_exactly) {
    EXPECT_EQ(order("1", "1.0"), 0);
    EXPECT_EQ(order("-0", "0"), 0);
    EXPECT_LT(order("-1", "0"), 0);
    EXPECT_GT(order("0", "-1"), 0);
    EXPECT_LT(order("-2", "-1"), 0);
    EXPECT_LT(order("9007199254740992", "9007199254740993"), 0);
    EXPECT_LT(order("0.1", "0.10000000000000001"), 0);
    EXPECT_GT(order("1e400", "1e399"), 0);
    EXPECT_GT(order("10", "9.99"), 0);
    EXPECT_LT(order("1234567890123456789", "12345678901234567891"), 0);
    EXPECT_GT(order("12345678901234567891", "12345678901234567890"), 0);
    EXPECT_GT(order("1", "0.000001"), 0);
    EXPECT_LT(order("0", "1e-99999999999999999999"), 0);
    EXPECT_GT(order("1e99999999999999999999", "5"), 0);
}

TEST(Decimal, divides_exactly) {
    EXPECT_TRUE(divides("2", "10"));
    EXPECT_FALSE(divides("2", "7"));
    EXPECT_TRUE(divides("0.01", "19.99"));
    EXPECT_TRUE(divides("0.0001", "0.0075"));
    EXPECT_FALSE(divides("0.0001", "0.00751"));
    EXPECT_TRUE(divides("1.5", "4.5"));
    EXPECT_TRUE(divides("3", "0"));
    EXPECT_TRUE(divides("3", "-9"));
    EXPECT_TRUE(divides("7", "7e50"));
    EXPECT_FALSE(divides("7", "1e50"));
    EXPECT_FALSE(divides("0.123456789", "1e308"));
    EXPECT_FALSE(divides("1e30", "1"));
    EXPECT_TRUE(divides("1e-8", "12391239123"));
}

TEST(Decimal, approximates_beyond_its_digits) {
    EXPECT_TRUE(divides("1", "123456789012345678901234567890"));
    EXPECT_FALSE(divides("10", "0.12345678901234567890123"));
}

}  // namespace
}  // namespace trivet::schema
