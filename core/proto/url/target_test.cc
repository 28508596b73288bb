#include "proto/url/target.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::url {
namespace {

TEST(Target, splits_origin_form) {
    const auto target = parse_target("/a/b%20c?d=e?f", "GET");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->form, TargetForm::origin);
    EXPECT_EQ(target->path, "/a/b%20c");
    EXPECT_EQ(target->query, "d=e?f");
    EXPECT_TRUE(target->has_query);
    EXPECT_EQ(target->authority, "");
}

TEST(Target, tells_whether_anything_is_escaped) {
    EXPECT_TRUE(parse_target("/a%20b", "GET")->has_escapes);
    EXPECT_TRUE(parse_target("http://a/%41", "GET")->has_escapes);
    EXPECT_FALSE(parse_target("/a?b=c+d", "GET")->has_escapes);
    EXPECT_FALSE(parse_target("http://a/b", "GET")->has_escapes);
}

TEST(Target, tells_an_empty_query_from_none) {
    EXPECT_TRUE(parse_target("/?", "GET")->has_query);
    EXPECT_EQ(parse_target("/?", "GET")->query, "");
    EXPECT_FALSE(parse_target("/", "GET")->has_query);
}

TEST(Target, keeps_two_leading_slashes_in_the_path) {
    EXPECT_EQ(parse_target("//host/a", "GET")->path, "//host/a");
}

TEST(Target, splits_absolute_form) {
    const auto target = parse_target("hTTp://a.example:80/p?q", "GET");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->form, TargetForm::absolute);
    EXPECT_EQ(target->authority, "a.example:80");
    EXPECT_EQ(target->path, "/p");
    EXPECT_EQ(target->query, "q");
    EXPECT_EQ(parse_target("https://[::1]:8/", "GET")->authority, "[::1]:8");
}

TEST(Target, gives_an_absolute_target_without_path_a_slash) {
    EXPECT_EQ(parse_target("http://a", "GET")->path, "/");
    EXPECT_EQ(parse_target("http://a?q", "GET")->path, "/");
    EXPECT_EQ(parse_target("http://a?q", "GET")->query, "q");
    EXPECT_EQ(parse_target("http://a?q", "OPTIONS")->path, "/");
    const auto server = parse_target("http://a", "OPTIONS");
    EXPECT_EQ(server->form, TargetForm::asterisk);
    EXPECT_EQ(server->path, "*");
}

TEST(Target, takes_asterisk_form_for_options_only) {
    EXPECT_EQ(parse_target("*", "OPTIONS")->form, TargetForm::asterisk);
    EXPECT_FALSE(parse_target("*", "GET").has_value());
    EXPECT_FALSE(parse_target("**", "OPTIONS").has_value());
}

TEST(Target, takes_authority_form_for_connect_only) {
    const auto target = parse_target("a:443", "CONNECT");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(target->form, TargetForm::authority);
    EXPECT_EQ(target->authority, "a:443");
    EXPECT_EQ(target->path, "");
    EXPECT_FALSE(parse_target("a:443", "GET").has_value());
    EXPECT_FALSE(parse_target("/a", "CONNECT").has_value());
    EXPECT_FALSE(parse_target("http://a", "CONNECT").has_value());
    EXPECT_FALSE(parse_target("u@a:1", "CONNECT").has_value());
}

TEST(Target, rejects_what_is_no_target) {
    for (const char* text : {"",
                             "a",
                             "?a",
                             "ftp://a/",
                             "http:/a",
                             "http:a",
                             "http://",
                             "http:///a",
                             "http://?a",
                             "http://u@a/",
                             "http://u:p@a/",
                             "http://:80/",
                             "http://a\\b/",
                             "http://a|b",
                             "http://\"a\"/",
                             "http://a:http/",
                             "http://a:80:81/",
                             "http://a:65536/",
                             "http://[::1/",
                             "http://a[::1]/",
                             "http://a%zz/",
                             "httpss://a",
                             "htt://a",
                             "http",
                             "/a b",
                             "/a\t",
                             "/a\r\n",
                             "/\x7f",
                             "/\x80",
                             "/a#b",
                             "#"}) {
        EXPECT_FALSE(parse_target(text, "GET").has_value()) << text;
    }
    EXPECT_FALSE(parse_target(std::string_view("/\0", 2), "GET").has_value());
}

}  // namespace
}  // namespace trivet::url
