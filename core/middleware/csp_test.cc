#include "middleware/csp.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

TEST(CspTest, puts_directives_together) {
    Csp csp;
    EXPECT_EQ(csp.add("default-src 'self'"), "");
    EXPECT_EQ(csp.add("  Script-Src  'nonce'  https://cdn.example "), "");
    EXPECT_EQ(csp.add("upgrade-insecure-requests"), "");
    ASSERT_EQ(csp.pieces().size(), 2u);
    EXPECT_EQ(csp.pieces()[0], "default-src 'self'; script-src 'nonce-");
    EXPECT_EQ(csp.pieces()[1], "' https://cdn.example; upgrade-insecure-requests");
}

TEST(CspTest, refuses_what_browsers_would_take_for_something_else) {
    for (const char* wrong :
         {"", "'self'", "script-src self", "script-src nonce-abc", "script-src a;b",
          "script-src a,b", "script-src \xff", "img-src 'nonce'", "script-src a\r\nb"}) {
        EXPECT_NE(Csp().add(wrong), "") << wrong;
    }
    Csp csp;
    EXPECT_EQ(csp.add("img-src *"), "");
    EXPECT_EQ(csp.add("img-src 'self'"), "has the directive img-src twice");
    EXPECT_NE(csp.add("connect-src " + std::string(Csp::kBytesMax, 'a')), "");
}

TEST(CspTest, has_a_bound) {
    Csp csp;
    for (std::size_t count = 0; count < Csp::kDirectivesMax; ++count) {
        EXPECT_EQ(csp.add("x" + std::to_string(count)), "");
    }
    EXPECT_EQ(csp.add("one-more"), "has more than 64 directives");
}

}  // namespace
}  // namespace trivet::middleware
