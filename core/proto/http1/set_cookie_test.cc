#include "proto/http1/set_cookie.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/http1/field.h"

namespace trivet::http1 {
namespace {

constexpr std::int64_t kSomeDay = 784111777;

std::string written(const SetCookie& cookie) {
    const auto size = set_cookie_size(cookie);
    if (!size) {
        return "refused: " + std::string(message(size.error()));
    }
    // Exactly the room that was asked for, so that the address sanitizer sees a byte too many.
    std::vector<char> room(*size);
    EXPECT_EQ(write_set_cookie(room.data(), cookie), room.data() + room.size());
    EXPECT_TRUE(is_valid_field_value({room.data(), room.size()}));
    return {room.begin(), room.end()};
}

std::optional<SetCookieError> refusal(const SetCookie& cookie) {
    const auto size = set_cookie_size(cookie);
    return size ? std::nullopt : std::optional(size.error());
}

TEST(SetCookie, is_safe_unless_told_otherwise) {
    EXPECT_EQ(written({.name = "a", .value = "1"}), "a=1; Path=/; Secure; HttpOnly; SameSite=Lax");
}

TEST(SetCookie, writes_every_attribute) {
    EXPECT_EQ(written({.name = "a",
                       .value = "1",
                       .domain = "Example.org",
                       .path = "/b c",
                       .expires = kSomeDay,
                       .max_age_s = 86400,
                       .same_site = SameSite::none,
                       .is_partitioned = true}),
              "a=1; Domain=Example.org; Path=/b c; Expires=Sun, 06 Nov 1994 08:49:37 GMT; "
              "Max-Age=86400; Secure; HttpOnly; SameSite=None; Partitioned");
    EXPECT_EQ(written({.name = "a",
                       .value = "",
                       .path = "",
                       .is_secure = false,
                       .is_http_only = false,
                       .same_site = SameSite::strict}),
              "a=; SameSite=Strict");
}

TEST(SetCookie, names_are_tokens) {
    EXPECT_TRUE(written({.name = "!#$%&'*+-.^_`|~aZ9"}).starts_with("!#$%&'*+-.^_`|~aZ9=;"));
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("a="), std::string("a;"),
          std::string("a\r\n"), std::string("\xc3"), std::string("a\0", 2), std::string("\"a\"")}) {
        EXPECT_EQ(refusal({.name = name}), SetCookieError::name) << name;
    }
}

TEST(SetCookie, values_are_cookie_octets) {
    // RFC 6265 section 4.1.1, byte by byte.
    const std::string_view allowed =
        "!#$%&'()*+-./"
        "0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    for (int code = 0; code < 256; ++code) {
        const std::string value(1, static_cast<char>(code));
        const bool is_allowed = allowed.contains(value);
        EXPECT_EQ(refusal({.name = "a", .value = value}),
                  is_allowed ? std::nullopt : std::optional(SetCookieError::value))
            << code;
    }
    EXPECT_EQ(written({.name = "a", .value = "\"b\""}).substr(0, 6), "a=\"b\";");
    EXPECT_EQ(refusal({.name = "a", .value = "\"\""}), std::nullopt);
    for (const char* value : {"\"", "\"a", "a\"", "\"a\"b\"", "\"a b\"", "a; Path=/x"}) {
        EXPECT_EQ(refusal({.name = "a", .value = value}), SetCookieError::value) << value;
    }
}

TEST(SetCookie, domains_are_host_names) {
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    for (const std::string& domain :
         {std::string("a"), std::string("example.org"), std::string("3com.example"),
          std::string("a-b.c--d.e"), std::string("xn--mller-kva.de"), label, longest}) {
        EXPECT_EQ(refusal({.name = "a", .domain = domain}), std::nullopt) << domain;
    }
    for (const std::string& domain :
         {std::string("."), std::string(".example.org"), std::string("example.org."),
          std::string("a..b"), std::string("-a.b"), std::string("a-.b"), std::string("a.-"),
          std::string("a_b.c"), std::string("a b"), std::string("a;b"), std::string("a:80"),
          std::string("m\xc3\xbcller.de"), std::string("a\r\n"), label + 'a', longest + 'b',
          std::string("[::1]")}) {
        EXPECT_EQ(refusal({.name = "a", .domain = domain}), SetCookieError::domain) << domain;
    }
}

TEST(SetCookie, paths_hold_what_browsers_keep) {
    EXPECT_EQ(refusal({.name = "a", .path = "/a/b?c=\"d\",e"}), std::nullopt);
    for (const std::string& path :
         {std::string("a"), std::string("/a;b"), std::string("/\n"), std::string("/\x7f"),
          std::string("/\0", 2), std::string("/a "), std::string("/\xc3\xbc"), std::string(" /")}) {
        EXPECT_EQ(refusal({.name = "a", .path = path}), SetCookieError::path) << path;
    }
}

TEST(SetCookie, sizes_are_those_that_browsers_take) {
    EXPECT_EQ(refusal({.name = "ab", .value = std::string(4094, 'x')}), std::nullopt);
    EXPECT_EQ(refusal({.name = "ab", .value = std::string(4095, 'x')}), SetCookieError::size);
    EXPECT_EQ(refusal({.name = std::string(4097, 'x')}), SetCookieError::size);
    EXPECT_EQ(refusal({.name = "a", .path = '/' + std::string(1023, 'x')}), std::nullopt);
    EXPECT_EQ(refusal({.name = "a", .path = '/' + std::string(1024, 'x')}), SetCookieError::size);
}

TEST(SetCookie, times_are_those_that_browsers_take) {
    EXPECT_EQ(written({.name = "a", .expires = -11'644'473'600}).substr(0, 49),
              "a=; Path=/; Expires=Mon, 01 Jan 1601 00:00:00 GMT");
    EXPECT_EQ(written({.name = "a", .expires = 253'402'300'799}).substr(0, 49),
              "a=; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(refusal({.name = "a", .expires = -11'644'473'601}), SetCookieError::expires);
    EXPECT_EQ(refusal({.name = "a", .expires = 253'402'300'800}), SetCookieError::expires);
    EXPECT_EQ(written({.name = "a", .max_age_s = INT64_MAX}).substr(0, 40),
              "a=; Path=/; Max-Age=9223372036854775807;");
    EXPECT_EQ(refusal({.name = "a", .max_age_s = 0}), SetCookieError::max_age);
    EXPECT_EQ(refusal({.name = "a", .max_age_s = -1}), SetCookieError::max_age);
}

TEST(SetCookie, none_and_partitioned_need_secure) {
    EXPECT_EQ(refusal({.name = "a", .is_secure = false, .same_site = SameSite::none}),
              SetCookieError::same_site);
    EXPECT_EQ(refusal({.name = "a", .is_secure = false, .is_partitioned = true}),
              SetCookieError::partitioned);
    EXPECT_EQ(refusal({.name = "a", .is_secure = false}), std::nullopt);
}

TEST(SetCookie, prefixes_keep_their_promise) {
    for (const char* name : {"__Secure-a", "__Host-a", "__Http-a", "__Host-Http-a", "__sEcUrE-a"}) {
        EXPECT_EQ(refusal({.name = name}), std::nullopt) << name;
        EXPECT_EQ(refusal({.name = name, .is_secure = false}), SetCookieError::prefix) << name;
    }
    for (const char* name : {"__Host-a", "__host-a", "__Host-Http-a"}) {
        EXPECT_EQ(refusal({.name = name, .path = "/a"}), SetCookieError::prefix) << name;
        EXPECT_EQ(refusal({.name = name, .path = ""}), SetCookieError::prefix) << name;
        EXPECT_EQ(refusal({.name = name, .domain = "a.b"}), SetCookieError::prefix) << name;
    }
    for (const char* name : {"__Http-a", "__HOST-HTTP-a"}) {
        EXPECT_EQ(refusal({.name = name, .is_http_only = false}), SetCookieError::prefix) << name;
    }
    EXPECT_EQ(refusal({.name = "__Secure-a", .domain = "a.b", .path = "/c"}), std::nullopt);
    EXPECT_EQ(refusal({.name = "__Host-a", .is_http_only = false}), std::nullopt);
    EXPECT_EQ(refusal({.name = "_Host-a", .path = "/a", .is_secure = false}), std::nullopt);
}

TEST(SetCookie, every_refusal_has_words) {
    for (int error = 0; error <= static_cast<int>(SetCookieError::prefix); ++error) {
        EXPECT_FALSE(message(static_cast<SetCookieError>(error)).empty());
    }
}

}  // namespace
}  // namespace trivet::http1
