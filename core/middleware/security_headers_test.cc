#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using SecurityHeadersTest = ChainTest;

TEST_F(SecurityHeadersTest, has_careful_defaults) {
    mount(0, "security_headers");
    serve();
    const std::string answer = get();
    for (const char* line :
         {"X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n",
          "Referrer-Policy: strict-origin-when-cross-origin\r\n", "X-XSS-Protection: 0\r\n"}) {
        EXPECT_EQ(count_of(answer, line), 1) << line;
    }
    EXPECT_EQ(answer.find("Content-Security-Policy"), std::string::npos);
    EXPECT_EQ(answer.find("Strict-Transport-Security"), std::string::npos);
    EXPECT_EQ(answer.find("Permissions-Policy"), std::string::npos);
}

TEST_F(SecurityHeadersTest, every_answer_has_a_nonce_of_its_own) {
    asked = {"nonce"};
    mount(0, "security_headers", {{"csp", "script-src 'nonce'"}, {"csp", "style-src 'nonce'"}});
    serve();
    const std::string one = get();
    const std::string first = seen[0];
    EXPECT_EQ(count_of(one, "'nonce-" + first + "'"), 2);
    get();
    EXPECT_NE(seen[0], first);
}

TEST_F(SecurityHeadersTest, a_policy_may_only_report) {
    mount(0, "security_headers", {{"csp", "default-src 'none'"}, {"csp_report_only", "true"}});
    serve();
    const std::string answer = get();
    EXPECT_NE(answer.find("Content-Security-Policy-Report-Only: default-src 'none'\r\n"),
              std::string::npos);
    EXPECT_EQ(answer.find("Content-Security-Policy:"), std::string::npos);
}

TEST(SecurityHeadersOptionsTest, refuses_what_would_not_hold) {
    const std::string kind = "security_headers";
    EXPECT_NE(fault_of(kind, {{"frame", "allow"}}), "");
    EXPECT_NE(fault_of(kind, {{"referrer", "nobody"}}), "");
    EXPECT_EQ(fault_of(kind, {{"referrer", "no-referrer, strict-origin"}}), "");
    EXPECT_NE(fault_of(kind, {{"xss_protection", "1"}}), "");
    EXPECT_NE(fault_of(kind, {{"permissions", "camera"}}), "");
    EXPECT_NE(fault_of(kind, {{"permissions", "camera=(), microphone=()"}}), "");
    EXPECT_NE(fault_of(kind, {{"permissions", "camera=(\r\n)"}}), "");
    EXPECT_EQ(fault_of(kind, {{"permissions", "geolocation=*"}}), "");
    EXPECT_NE(fault_of(kind, {{"hsts", "1"}, {"hsts_preload", "true"}}), "");
    EXPECT_NE(fault_of(kind, {{"hsts_subdomains", "true"}}), "");
    EXPECT_EQ(
        fault_of(kind,
                 {{"hsts", "31536000"}, {"hsts_subdomains", "true"}, {"hsts_preload", "true"}}),
        "");
    EXPECT_NE(fault_of(kind, {{"hsts", "316224001"}}), "");
    EXPECT_NE(fault_of(kind, {{"csp_report_only", "true"}}), "");
}

}  // namespace
}  // namespace trivet::middleware
