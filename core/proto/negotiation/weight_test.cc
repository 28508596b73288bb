#include "proto/negotiation/weight.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::negotiation {
namespace {

TEST(Weight, reads_thousandths) {
    EXPECT_EQ(parse_weight("0"), 0);
    EXPECT_EQ(parse_weight("0."), 0);
    EXPECT_EQ(parse_weight("0.000"), 0);
    EXPECT_EQ(parse_weight("0.001"), 1);
    EXPECT_EQ(parse_weight("0.5"), 500);
    EXPECT_EQ(parse_weight("0.55"), 550);
    EXPECT_EQ(parse_weight("0.999"), 999);
    EXPECT_EQ(parse_weight("1"), 1000);
    EXPECT_EQ(parse_weight("1."), 1000);
    EXPECT_EQ(parse_weight("1.0"), 1000);
    EXPECT_EQ(parse_weight("1.000"), 1000);
}

TEST(Weight, refuses_every_other_way_to_write_one) {
    for (const std::string_view text :
         {"",    ".",    ".5",  "00",  "01", "2",  "0.0000", "0.5000", "1.001",  "1.1", "-0", "+1",
          "0,5", "0.-1", "0.a", "1e0", " 1", "1 ", "q",      "0..1",   "1.0000", "inf", "nan"}) {
        EXPECT_EQ(parse_weight(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_weight(std::string_view("0\0", 2)), std::nullopt);
    EXPECT_EQ(parse_weight("0." + std::string(100'000, '9')), std::nullopt);
}

TEST(Weight, reads_choices) {
    const auto expect = [](std::string_view text, std::string_view name, Weight weight) {
        const auto choice = parse_choice(text);
        ASSERT_TRUE(choice) << text;
        EXPECT_EQ(choice->name, name) << text;
        EXPECT_EQ(choice->weight, weight) << text;
    };
    expect("gzip", "gzip", 1000);
    expect(" gzip\t", "gzip", 1000);
    expect("gzip;q=0.5", "gzip", 500);
    expect("gzip ; Q=0.5 ", "gzip", 500);
    expect("*;q=0", "*", 0);
}

TEST(Weight, refuses_malformed_choices) {
    for (const std::string_view text : {"",
                                        " ",
                                        ";",
                                        ";q=1",
                                        "gzip;",
                                        "gzip;q",
                                        "gzip;q=",
                                        "gzip;q= 1",
                                        "gzip;q =1",
                                        "gzip;q=a",
                                        "gzip;q=2",
                                        "gzip;q=0.5;x=1",
                                        "gzip;x=1;q=0.5",
                                        "gzip;level=1",
                                        "gz ip",
                                        "gzip q=1",
                                        "\"gzip\"",
                                        "gzip;;q=1",
                                        "gzip;q=\"1\"",
                                        "gzip/1",
                                        "g\xc3\xbc"}) {
        EXPECT_FALSE(parse_choice(text)) << text;
    }
    EXPECT_FALSE(parse_choice(std::string_view("gzip\0", 5)));
}

}  // namespace
}  // namespace trivet::negotiation
