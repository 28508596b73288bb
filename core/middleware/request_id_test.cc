#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using RequestIdTest = ChainTest;

TEST_F(RequestIdTest, each_request_has_another_one) {
    asked = {"request_id"};
    mount(0, "request_id", {{"header", "X-Id"}});
    serve();
    const std::string one = get();
    const std::string first = seen[0];
    EXPECT_NE(one.find("X-Id: " + first + "\r\n"), std::string::npos);
    get("X-Id: brought\r\n");
    EXPECT_NE(seen[0], first);
    EXPECT_NE(seen[0], "brought") << "not trusted";
}

TEST_F(RequestIdTest, may_be_kept_from_the_client) {
    asked = {"request_id"};
    mount(0, "request_id", {{"response", "false"}});
    serve();
    EXPECT_EQ(get().find("X-Request-Id"), std::string::npos);
    EXPECT_EQ(seen[0].size(), 32u);
}

TEST_F(RequestIdTest, what_is_trusted_may_be_as_long_as_128_bytes) {
    asked = {"request_id"};
    mount(0, "request_id", {{"trust", "true"}});
    serve();
    const std::string longest(kRequestIdBytesMax, 'x');
    EXPECT_NE(get("X-Request-Id: " + longest + "\r\n").find(longest), std::string::npos);
    EXPECT_EQ(seen[0], longest);
    get("X-Request-Id: x" + longest + "\r\n");
    EXPECT_EQ(seen[0].size(), 32u);
}

}  // namespace
}  // namespace trivet::middleware
