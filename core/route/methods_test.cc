#include "route/methods.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::route {
namespace {

std::string joined(const Methods& methods, MethodMask mask) {
    std::string text(methods.join(mask, nullptr), '\0');
    EXPECT_EQ(methods.join(mask, text.data()), text.size());
    return text;
}

TEST(Methods, numbers_names_once) {
    Methods methods;
    EXPECT_EQ(methods.find("GET"), Methods::kGet);
    EXPECT_EQ(methods.find("HEAD"), Methods::kHead);
    EXPECT_EQ(methods.find("OPTIONS"), Methods::kOptions);
    EXPECT_EQ(methods.find("POST"), Methods::kNone);
    EXPECT_EQ(methods.add("POST"), 3);
    EXPECT_EQ(methods.add("POST"), 3);
    EXPECT_EQ(methods.find("POST"), 3);
    EXPECT_EQ(methods.find("POS"), Methods::kNone);
}

TEST(Methods, joins_names_in_order) {
    Methods methods;
    methods.add("POST");
    EXPECT_EQ(joined(methods, 0), "");
    EXPECT_EQ(joined(methods, 0b1000), "POST");
    EXPECT_EQ(joined(methods, 0b1101), "GET, OPTIONS, POST");
}

TEST(Methods, get_brings_head_and_options_is_always_there) {
    const Methods methods;
    EXPECT_EQ(methods.allowed(0), 0b100u);
    EXPECT_EQ(methods.allowed(0b1), 0b111u);
    EXPECT_EQ(methods.allowed(0b1000), 0b1100u);
}

TEST(Methods, takes_no_more_than_the_limits) {
    Methods many;
    for (std::size_t index = 3; index < kMethodsMax; ++index) {
        EXPECT_EQ(many.add("M" + std::to_string(index)), index);
    }
    EXPECT_EQ(many.add("MORE"), Methods::kNone);
    EXPECT_EQ(many.add("GET"), Methods::kGet);

    Methods lengthy;
    const std::string name(kAllowBytesMax - (sizeof("GET, HEAD, OPTIONS, ") - 1), 'A');
    EXPECT_EQ(lengthy.add(name + "A"), Methods::kNone);
    EXPECT_EQ(lengthy.add(name), 3);
    EXPECT_EQ(joined(lengthy, ~MethodMask{0}).size(), kAllowBytesMax);
}

TEST(Methods, are_upper_case) {
    for (const char* name : {"GET", "M-SEARCH", "X1"}) {
        EXPECT_TRUE(Methods::is_valid(name)) << name;
    }
    for (const char* name : {"", "get", "Get", "1X", "-X", "A B", "A_B", "*"}) {
        EXPECT_FALSE(Methods::is_valid(name)) << name;
    }
}

}  // namespace
}  // namespace trivet::route
