#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using BoundsTest = ChainTest;

TEST_F(BoundsTest, limits_alone_are_noticed_by_nobody) {
    mount(0, "body_limit", {{"bytes", "5"}});
    mount(0, "timeout", {{"ms", "5"}});
    serve();
    EXPECT_FALSE(chain_->does_something());
}

TEST_F(BoundsTest, have_a_number_each) {
    const Made limit = make_of("body_limit", {{"bytes", "5"}, {"bytes", "7"}});
    EXPECT_EQ((*limit)->body_bytes_max(), 7u);
    EXPECT_EQ((*limit)->request_timeout_ms(), 0u);
    EXPECT_EQ((*limit)->summary(), "bytes=7");
    const Made time = make_of("timeout", {{"ms", "9"}});
    EXPECT_EQ((*time)->body_bytes_max(), 0u);
    EXPECT_EQ((*time)->request_timeout_ms(), 9u);
}

}  // namespace
}  // namespace trivet::middleware
