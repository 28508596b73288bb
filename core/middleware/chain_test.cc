#include "middleware/chain.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using MiddlewareChainTest = ChainTest;

std::string kinds_of(const Chain& chain) {
    std::string text;
    for (const Middleware* item : chain.order()) {
        text.append(text.empty() ? "" : " ").append(item->kind());
    }
    return text;
}

TEST_F(MiddlewareChainTest, runs_by_phase_and_from_the_app_inwards) {
    mount(0, "require");
    mount(0, "bearer", {{"token", "a"}, {"optional", "true"}});
    mount(0, "security_headers");
    mount(1, "basic", {{"user", "u"}, {"password", "p"}, {"optional", "true"}});
    mount(1, "request_id");
    mount(2, "body_limit", {{"bytes", "5"}});
    mount(2, "cors", {{"origin", "*"}});
    serve();
    EXPECT_EQ(kinds_of(*chain_),
              "body_limit request_id security_headers cors bearer basic require");
}

TEST_F(MiddlewareChainTest, the_innermost_of_a_kind_counts_and_authentication_adds_up) {
    mount(0, "security_headers", {{"frame", "sameorigin"}});
    mount(0, "bearer", {{"token", "a"}, {"token", "b"}});
    mount(1, "security_headers", {{"frame", "off"}});
    mount(1, "bearer", {{"token", "b"}, {"token", "c"}});
    serve();
    EXPECT_EQ(kinds_of(*chain_), "security_headers bearer bearer");
    EXPECT_EQ(get("Authorization: Bearer b\r\n").find("X-Frame-Options"), std::string::npos);
    // A token of the outer one alone does not open the inner one, and the other way round.
    EXPECT_EQ(http::status_of(get("Authorization: Bearer b\r\n")), 200);
    EXPECT_EQ(http::status_of(get("Authorization: Bearer a\r\n")), 401);
    EXPECT_EQ(http::status_of(get("Authorization: Bearer c\r\n")), 401);
}

TEST_F(MiddlewareChainTest, routes_with_the_same_middleware_share_a_chain) {
    const Made one = make_of("request_id", {});
    const Made other = make_of("security_headers", {});
    const std::vector<const Middleware*> both{one->get(), other->get()};
    const std::vector<const Middleware*> first{one->get()};
    Chains chains;
    const Chain* chain = chains.compile({both});
    EXPECT_EQ(chains.compile({first, std::span(both).subspan(1)}), chain);
    EXPECT_NE(chains.compile({first}), chain);
    EXPECT_EQ(chains.compile({}), nullptr);
}

TEST_F(MiddlewareChainTest, limits_alone_are_noticed_by_nobody) {
    mount(0, "body_limit", {{"bytes", "5"}});
    mount(0, "timeout", {{"ms", "5"}});
    serve();
    EXPECT_FALSE(chain_->does_something());
}

TEST_F(MiddlewareChainTest, a_field_of_the_answer_beats_that_of_its_name) {
    mount(0, "security_headers", {{"csp", "default-src 'self'"}, {"csp", "script-src 'nonce'"}});
    mount(0, "request_id");
    own_name = "content-security-policy";
    own_value = "default-src 'none'";
    serve();
    const std::string answer = get();
    EXPECT_EQ(answer.find("Content-Security-Policy"), std::string::npos) << answer;
    EXPECT_NE(answer.find("content-security-policy: default-src 'none'\r\n"), std::string::npos);
    EXPECT_NE(answer.find("X-Frame-Options: DENY\r\n"), std::string::npos);
    EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
}

TEST_F(MiddlewareChainTest, a_vary_of_the_answer_does_not_beat_ours) {
    mount(0, "cors", {{"origin", "https://a.example"}});
    own_name = "Vary";
    own_value = "Accept-Encoding";
    serve();
    const std::string answer = get("Origin: https://a.example\r\n");
    EXPECT_NE(answer.find("Vary: Accept-Encoding\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Vary: Origin\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: https://a.example\r\n"), std::string::npos);
}

TEST_F(MiddlewareChainTest, unknown_attributes_and_routes_without_middleware_have_none) {
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

TEST(KindsTest, tells_what_there_is) {
    EXPECT_EQ(fault_of("nope", {}),
              "no kind \"nope\"; there are body_limit, timeout, request_id, trace_context, cors, "
              "security_headers, bearer, api_key, basic, require");
    EXPECT_EQ(fault_of("timeout", {{"seconds", "1"}}),
              "timeout: no option \"seconds\"; there is ms");
    EXPECT_EQ(fault_of("trace_context", {{"nope", ""}}),
              "trace_context: no option \"nope\"; there are sampled, response");
}

TEST(KindsTest, numbers_and_flags_have_ranges) {
    EXPECT_EQ(fault_of("timeout", {{"ms", "0"}}),
              "timeout: ms is \"0\", allowed are 1 to 86400000");
    EXPECT_NE(fault_of("timeout", {{"ms", "86400001"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "-1"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "1x"}}), "");
    EXPECT_NE(fault_of("timeout", {{"ms", "99999999999999999999999"}}), "");
    EXPECT_EQ(fault_of("timeout", {}),
              "timeout: ms is missing: the longest that an answer may "
              "take to begin");
    EXPECT_EQ(fault_of("body_limit", {}),
              "body_limit: bytes is missing: the most that content may have");
    EXPECT_EQ(fault_of("request_id", {{"trust", "yes"}}),
              "request_id: trust is \"yes\", allowed are true and false");
    EXPECT_NE(fault_of("request_id", {{"header", "a b"}}), "");
}

}  // namespace
}  // namespace trivet::middleware
