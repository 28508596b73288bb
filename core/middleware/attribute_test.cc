#include "middleware/attribute.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using AttributeTest = ChainTest;

TEST_F(AttributeTest, unknown_attributes_and_routes_without_middleware_have_none) {
    asked = {"request_id", "nonce", "subject", "trace_id", "nobody"};
    mount(0, "request_id");
    serve();
    get();
    ASSERT_EQ(seen.size(), 5u);
    EXPECT_EQ(seen[0].size(), http::kRequestIdBytes);
    for (std::size_t index = 1; index < seen.size(); ++index) {
        EXPECT_EQ(seen[index], "-");
    }
}

TEST_F(AttributeTest, parts_of_a_trace_are_those_of_its_text) {
    asked = {"traceparent", "trace_id", "span_id", "trace_flags", "parent_id", "trace_state"};
    mount(0, "trace_context");
    serve();
    get();
    ASSERT_EQ(seen.size(), 6u);
    EXPECT_EQ(seen[0], "00-" + seen[1] + "-" + seen[2] + "-" + seen[3]);
    EXPECT_EQ(seen[3], "00");
    EXPECT_EQ(seen[4], "-");
    EXPECT_EQ(seen[5], "-");
}

}  // namespace
}  // namespace trivet::middleware
