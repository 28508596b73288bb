#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using SchemesTest = ChainTest;

TEST_F(SchemesTest, a_key_of_a_malformed_query_is_wrong) {
    mount(0, "api_key", {{"key", "k"}, {"query", "key"}, {"header", "x-k"}});
    serve();
    EXPECT_EQ(http::status_of(get({}, "/?key=k")), 200);
    EXPECT_EQ(http::status_of(get({}, "/?key=%")), 401);
    EXPECT_EQ(http::status_of(get({}, "/?other=k")), 401);
    EXPECT_EQ(http::status_of(get("X-K: k\r\n")), 200);
    EXPECT_EQ(http::status_of(get("X-API-Key: k\r\n")), 401);
}

TEST(SchemeOptionsTest, never_show_a_secret) {
    for (const auto& [kind, pairs] : std::vector<std::pair<std::string, Pairs>>{
             {"bearer", {{"token", "hush hush"}}},
             {"api_key", {{"key", "hush\"hush"}}},
             {"basic", {{"user", "u"}, {"password", "hush\n"}}},
             {"bearer", {{"token", "hush"}, {"token", "hush"}}}}) {
        const std::string fault = fault_of(kind, pairs);
        EXPECT_NE(fault, "");
        EXPECT_EQ(fault.find("hush"), std::string::npos) << fault;
    }
    const Made made = make_of("bearer", {{"token", "hush"}});
    EXPECT_EQ((*made)->summary(), "1 credential");
}

TEST(SchemeOptionsTest, users_and_passwords_come_by_turns) {
    EXPECT_EQ(fault_of("basic", {}), "basic: user and password are missing: one of each by turns");
    EXPECT_NE(fault_of("basic", {{"password", "p"}}), "");
    EXPECT_NE(fault_of("basic", {{"user", "u"}}), "");
    EXPECT_NE(fault_of("basic", {{"user", "u"}, {"user", "v"}}), "");
    EXPECT_NE(fault_of("basic", {{"user", "a:b"}, {"password", "p"}}), "");
    EXPECT_NE(fault_of("basic", {{"user", "u"}, {"password", ""}}), "");
    EXPECT_NE(fault_of("bearer", {{"token", "t"}, {"realm", "a\"b"}}), "");
    EXPECT_NE(fault_of("require", {{"scheme", "digest"}}), "");
    EXPECT_NE(fault_of("require", {{"scope", "a b"}}), "");
    EXPECT_NE(fault_of("require", {{"claim", "a"}}), "");
}

}  // namespace
}  // namespace trivet::middleware
