#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using RequireTest = ChainTest;

TEST_F(RequireTest, require_without_a_scheme_lets_nobody_in) {
    mount(0, "require");
    serve();
    const std::string answer = get();
    EXPECT_EQ(http::status_of(answer), 403);
    EXPECT_EQ(answer.find("WWW-Authenticate"), std::string::npos);
}

TEST_F(RequireTest, all_scopes_and_claims_are_needed) {
    mount(0, "bearer",
          {{"token", "both"},
           {"scope", "a b"},
           {"claim", "x=1"},
           {"token", "half"},
           {"scope", "a"},
           {"claim", "x=1"},
           {"token", "like"},
           {"scope", "a bb"},
           {"claim", "x=1"},
           {"token", "claim"},
           {"scope", "a b"},
           {"claim", "x=2"}});
    mount(1, "require", {{"scope", "a"}, {"scope", "b"}, {"claim", "x=1"}});
    serve();
    EXPECT_EQ(http::status_of(get("Authorization: Bearer both\r\n")), 200);
    for (const char* token : {"half", "like", "claim"}) {
        EXPECT_EQ(http::status_of(get("Authorization: Bearer " + std::string(token) + "\r\n")), 403)
            << token;
    }
}

}  // namespace
}  // namespace trivet::middleware
