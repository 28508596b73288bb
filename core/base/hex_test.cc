#include "base/hex.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace trivet {
namespace {

std::string hex(std::uint64_t number) {
    std::string text(kHexBytes, ' ');
    EXPECT_EQ(write_hex(text.data(), number), text.data() + text.size());
    return text;
}

TEST(HexTest, writes_the_lower_halves_of_all_bytes_then_the_upper_ones) {
    EXPECT_EQ(hex(0x0123'4567'89ab'cdefu), "fdb97531eca86420");
    EXPECT_EQ(hex(0), "0000000000000000");
    EXPECT_EQ(hex(~std::uint64_t{0}), "ffffffffffffffff");
}

TEST(HexTest, every_bit_counts) {
    std::set<std::string> seen{hex(0)};
    for (unsigned bit = 0; bit < 64; ++bit) {
        EXPECT_TRUE(seen.insert(hex(std::uint64_t{1} << bit)).second);
    }
}

TEST(HexTest, knows_its_digits) {
    const std::string digits = "0123456789abcdef";
    for (std::size_t size = 0; size <= 20; ++size) {
        for (int byte = 0; byte < 256; ++byte) {
            const bool is_digit = digits.find(static_cast<char>(byte)) != std::string::npos;
            for (std::size_t at = 0; at < size; ++at) {
                std::string text(size, 'a');
                text[at] = static_cast<char>(byte);
                EXPECT_EQ(is_lower_hex(text), is_digit) << size << ' ' << byte << ' ' << at;
            }
        }
    }
    EXPECT_TRUE(is_lower_hex(""));
}

}  // namespace
}  // namespace trivet
