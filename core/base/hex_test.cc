#include "base/hex.h"

#include <gtest/gtest.h>

#include <string_view>

namespace trivet {
namespace {

TEST(HexTest, writes_two_digits_a_byte_the_lowest_first) {
    char room[kHexBytes];
    EXPECT_EQ(write_hex(room, 0x0123'4567'89ab'cdefu), room + sizeof room);
    EXPECT_EQ(std::string_view(room, sizeof room), "efcdab8967452301");
    write_hex(room, 0);
    EXPECT_EQ(std::string_view(room, sizeof room), "0000000000000000");
}

}  // namespace
}  // namespace trivet
