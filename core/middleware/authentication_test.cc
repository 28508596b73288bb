#include <gtest/gtest.h>

#include "middleware/credentials.h"
#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

using AuthenticationTest = ChainTest;

int status(std::string_view answer) { return http::status_of(answer); }

TEST_F(AuthenticationTest, what_belongs_to_a_secret_follows_it) {
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

TEST_F(AuthenticationTest, the_innermost_principal_counts) {
    asked = {"scheme"};
    mount(0, "api_key", {{"key", "k"}});
    mount(1, "basic", {{"user", "u"}, {"password", "p"}});
    serve();
    EXPECT_EQ(status(get("X-API-Key: k\r\n")), 401);
    EXPECT_EQ(status(get("Authorization: Basic dTpw\r\n")), 401);
    EXPECT_EQ(status(get("X-API-Key: k\r\nAuthorization: Basic dTpw\r\n")), 200);
    EXPECT_EQ(seen[0], "basic");
}

TEST_F(AuthenticationTest, require_without_a_scheme_lets_nobody_in) {
    mount(0, "require");
    serve();
    const std::string answer = get();
    EXPECT_EQ(status(answer), 403);
    EXPECT_EQ(answer.find("WWW-Authenticate"), std::string::npos);
}

TEST_F(AuthenticationTest, all_scopes_and_claims_are_needed) {
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
    EXPECT_EQ(status(get("Authorization: Bearer both\r\n")), 200);
    for (const char* token : {"half", "like", "claim"}) {
        EXPECT_EQ(status(get("Authorization: Bearer " + std::string(token) + "\r\n")), 403)
            << token;
    }
}

TEST_F(AuthenticationTest, a_key_of_a_malformed_query_is_wrong) {
    mount(0, "api_key", {{"key", "k"}, {"query", "key"}, {"header", "x-k"}});
    serve();
    EXPECT_EQ(status(get({}, "/?key=k")), 200);
    EXPECT_EQ(status(get({}, "/?key=%")), 401);
    EXPECT_EQ(status(get({}, "/?other=k")), 401);
    EXPECT_EQ(status(get("X-K: k\r\n")), 200);
    EXPECT_EQ(status(get("X-API-Key: k\r\n")), 401);
}

TEST(CredentialsTest, many_are_found_and_no_others) {
    Credentials credentials;
    for (int number = 0; number < 5000; ++number) {
        ASSERT_EQ(credentials.add("secret-" + std::to_string(number)), "");
        ASSERT_EQ(credentials.set_subject("s" + std::to_string(number)), "");
    }
    ASSERT_EQ(credentials.freeze("bearer"), "");
    for (int number = 0; number < 5000; ++number) {
        const http::Principal* found = credentials.find("secret-" + std::to_string(number));
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(std::string_view(found->subject), "s" + std::to_string(number));
        EXPECT_EQ(credentials.find("secret_" + std::to_string(number)), nullptr);
    }
    EXPECT_EQ(credentials.find(""), nullptr);
    EXPECT_EQ(credentials.find(std::string(Credentials::kSecretBytesMax + 1, 'a')), nullptr);
}

TEST(CredentialsTest, has_bounds) {
    Credentials credentials;
    EXPECT_NE(credentials.set_subject("early"), "");
    EXPECT_NE(credentials.set_scope("early"), "");
    EXPECT_NE(credentials.add_claim("early=1"), "");
    EXPECT_NE(credentials.add(""), "");
    EXPECT_NE(credentials.add(std::string(Credentials::kSecretBytesMax + 1, 'a')), "");
    EXPECT_EQ(credentials.add(std::string(Credentials::kSecretBytesMax, 'a')), "");
    EXPECT_NE(credentials.set_subject("a\nb"), "");
    EXPECT_NE(credentials.set_subject("\xff"), "");
    EXPECT_NE(credentials.set_subject(std::string(Credentials::kTextBytesMax + 1, 'a')), "");
    EXPECT_NE(credentials.add_claim("no equals sign"), "");
    EXPECT_NE(credentials.add_claim("=1"), "");
    EXPECT_EQ(credentials.add_claim("a=1"), "");
    EXPECT_NE(credentials.add_claim("a=2"), "");
    for (std::size_t count = 1; count < Credentials::kClaimsMax; ++count) {
        EXPECT_EQ(credentials.add_claim("c" + std::to_string(count) + "=1"), "");
    }
    EXPECT_NE(credentials.add_claim("z=1"), "");
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
