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

}  // namespace
}  // namespace trivet::middleware
