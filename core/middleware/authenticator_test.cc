#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using AuthenticatorTest = ChainTest;

TEST_F(AuthenticatorTest, what_belongs_to_a_secret_follows_it) {
    asked = {"scheme", "subject", "scope", "claims"};
    mount(0, "bearer",
          {{"token", "one"},
           {"subject", "ann"},
           {"scope", "a b"},
           {"claim", "role=a\"b\\c"},
           {"claim", "empty="},
           {"token", "two"}});
    serve();
    get("Authorization: Bearer one\r\n");
    EXPECT_EQ(seen, (std::vector<std::string>{"bearer", "ann", "a b",
                                              R"({"role":"a\"b\\c","empty":""})"}));
    get("Authorization: Bearer two\r\n");
    EXPECT_EQ(seen, (std::vector<std::string>{"bearer", "", "", "{}"}));
}

TEST_F(AuthenticatorTest, the_innermost_principal_counts) {
    asked = {"scheme"};
    mount(0, "api_key", {{"key", "k"}});
    mount(1, "basic", {{"user", "u"}, {"password", "p"}});
    serve();
    EXPECT_EQ(http::status_of(get("X-API-Key: k\r\n")), 401);
    EXPECT_EQ(http::status_of(get("Authorization: Basic dTpw\r\n")), 401);
    EXPECT_EQ(http::status_of(get("X-API-Key: k\r\nAuthorization: Basic dTpw\r\n")), 200);
    EXPECT_EQ(seen[0], "basic");
}

TEST_F(AuthenticatorTest, a_refusal_offers_all_schemes_once_each) {
    mount(0, "bearer", {{"token", "t"}, {"realm", "one"}});
    mount(1, "basic", {{"user", "u"}, {"password", "p"}, {"realm", "two"}});
    serve();
    const std::string missing = get();
    EXPECT_EQ(count_of(missing, "WWW-Authenticate: "), 2);
    EXPECT_EQ(count_of(missing, "error="), 0);
    const std::string wrong = get("Authorization: Bearer x\r\n");
    EXPECT_EQ(count_of(wrong, "WWW-Authenticate: "), 2);
    EXPECT_EQ(count_of(wrong, "Bearer realm=\"one\", error=\"invalid_token\""), 1);
}

}  // namespace
}  // namespace trivet::middleware
