#include "middleware/credentials.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

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

}  // namespace
}  // namespace trivet::middleware
