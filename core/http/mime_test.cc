#include "http/mime.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/http1/field.h"

namespace trivet::http {
namespace {

TEST(MimeTest, knows_what_the_web_is_made_of) {
    EXPECT_EQ(type_of_extension("html"), "text/html; charset=utf-8");
    EXPECT_EQ(type_of_extension("js"), "text/javascript; charset=utf-8");
    EXPECT_EQ(type_of_extension("3gp"), "video/3gpp");
    EXPECT_EQ(type_of_extension("zst"), "application/zstd");
    EXPECT_EQ(type_of_extension("webmanifest"), "application/manifest+json");
}

TEST(MimeTest, compares_without_case) {
    EXPECT_EQ(type_of_extension("HTML"), type_of_extension("html"));
    EXPECT_EQ(type_of_extension("Jpg"), "image/jpeg");
}

TEST(MimeTest, does_not_know_others) {
    for (const char* other : {"", "ht", "htmlx", "webmanifestx", "\xff", "{", "0"}) {
        EXPECT_EQ(type_of_extension(other), "") << other;
    }
    EXPECT_EQ(type_of_extension(std::string(300, 'a')), "");
}

}  // namespace
}  // namespace trivet::http
