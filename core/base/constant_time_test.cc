#include "base/constant_time.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

TEST(ConstantTimeTest, finds_every_single_difference) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string text(size, 'a');
        EXPECT_TRUE(equal_in_constant_time(text, std::string(size, 'a')));
        EXPECT_FALSE(equal_in_constant_time(text, text + 'a'));
        for (std::size_t at = 0; at < size; ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string other = text;
                other[at] = static_cast<char>(other[at] ^ (1 << bit));
                EXPECT_FALSE(equal_in_constant_time(text, other));
            }
        }
    }
}

}  // namespace
}  // namespace trivet
