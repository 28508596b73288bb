#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

TEST(KindsTest, tells_what_there_is) {
    EXPECT_EQ(fault_of("nope", {}),
              "no kind \"nope\"; there are body_limit, timeout, request_id, trace_context, cors, "
              "security_headers, bearer, api_key, basic, require, compress, etag");
    EXPECT_EQ(fault_of("timeout", {{"seconds", "1"}}),
              "timeout: no option \"seconds\"; there is ms");
    EXPECT_EQ(fault_of("trace_context", {{"nope", ""}}),
              "trace_context: no option \"nope\"; there are sampled, response");
}

}  // namespace
}  // namespace trivet::middleware
