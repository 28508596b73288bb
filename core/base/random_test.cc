#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace trivet {
namespace {

TEST(RandomTest, numbers_do_not_repeat_and_use_all_bits) {
    Random random;
    std::set<std::uint64_t> seen;
    std::uint64_t ever = 0;
    std::uint64_t always = ~std::uint64_t{0};
    for (int count = 0; count < 10'000; ++count) {
        const std::uint64_t number = random.next();
        EXPECT_TRUE(seen.insert(number).second);
        ever |= number;
        always &= number;
    }
    EXPECT_EQ(ever, ~std::uint64_t{0});
    EXPECT_EQ(always, 0u);
}

TEST(RandomTest, two_of_them_go_different_ways) {
    Random one;
    Random other;
    EXPECT_NE(one.next(), other.next());
}

TEST(RandomTest, secrets_do_not_repeat_beyond_a_batch) {
    Random random;
    std::set<Random::Secret> seen;
    for (int count = 0; count < 1000; ++count) {
        Random::Secret secret{};
        ASSERT_TRUE(random.take_secret(secret));
        EXPECT_TRUE(seen.insert(secret).second);
    }
}

}  // namespace
}  // namespace trivet
