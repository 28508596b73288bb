#include <gtest/gtest.h>

#include <string>

#include "route/router.h"

namespace trivet::route {
namespace {

TEST(RouterAdd, names_both_registrations_of_a_conflict) {
    Router router;
    ASSERT_TRUE(router.add({"GET", "", "/users/{id:int}", "main.py:12", "", 0}).has_value());
    const auto added = router.add({"GET", "", "/users/{n:int}", "other.py:3", "", 1});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, RouteError::Kind::conflict);
    EXPECT_EQ(added.error().message, "the route is already registered");
    EXPECT_EQ(
        added.error().detail,
        "GET \"/users/{n:int}\" at other.py:3 conflicts with \"/users/{id:int}\" at main.py:12");
}

TEST(RouterAdd, other_methods_types_and_slashes_are_no_conflict) {
    Router router;
    for (const char* pattern : {"/u", "/u/", "/u/{a}", "/u/{a:int}", "/u/a", "/u/{a}/{b}"}) {
        for (const char* method : {"GET", "POST", "HEAD", "*"}) {
            EXPECT_TRUE(router.add({method, "", pattern, "", "", 0}).has_value());
            EXPECT_FALSE(router.add({method, "", pattern, "", "", 0}).has_value());
        }
    }
}

TEST(RouterAdd, says_where_a_pattern_is_malformed) {
    Router router;
    const auto added = router.add({"GET", "", "/x/{", "app.js:1:2", "", 0});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    EXPECT_EQ(added.error().message, "malformed route pattern");
    EXPECT_EQ(added.error().detail, "\"/x/{\" at app.js:1:2: offset 3: '{' without '}'");
    EXPECT_EQ(router.add({"GET", "", "/\n", "", "", 0}).error().detail,
              "\"/?\": offset 1: a control byte");
}

TEST(RouterAdd, rejects_malformed_methods) {
    Router router;
    for (const char* method : {"", "get", "GET PUT", "GET,", ",GET", "GET,*", "GET, GET", "G*",
                               "**", "G/T", "1A", "-A"}) {
        const auto added = router.add({method, "", "/", "", "", 0});
        ASSERT_FALSE(added.has_value()) << method;
        EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    }
    EXPECT_TRUE(router.add({"M-SEARCH", "", "/", "", "", 0}).has_value());
}

TEST(RouterAdd, bounds_the_methods) {
    Router router;
    for (std::size_t index = 3; index < kMethodsMax; ++index) {
        ASSERT_TRUE(router.add({"M" + std::to_string(index), "", "/", "", "", 0}).has_value());
    }
    EXPECT_EQ(router.add({"MORE", "", "/", "", "", 0}).error().kind, RouteError::Kind::limit);
    EXPECT_TRUE(router.add({"GET", "", "/", "", "", 0}).has_value());
    EXPECT_TRUE(router.add({"*", "", "/", "", "", 0}).has_value());
}

TEST(RouterAdd, bounds_what_allow_says) {
    Router router;
    const std::string longest(kAllowBytesMax - (sizeof("GET, HEAD, OPTIONS, ") - 1), 'A');
    EXPECT_EQ(router.add({longest + "A", "", "/", "", "", 0}).error().kind,
              RouteError::Kind::limit);
    EXPECT_TRUE(router.add({longest, "", "/a", "", "", 0}).has_value());
    EXPECT_EQ(router.add({"B", "", "/", "", "", 0}).error().kind, RouteError::Kind::limit);
    ASSERT_TRUE(router.add({"GET", "", "/{p}", "", "", 0}).has_value());
    router.freeze();
    Memory memory;
    Scratch scratch(router, memory);
    Match match;
    ASSERT_EQ(router.match("PUT", "", "/a", scratch, match), Outcome::method_not_allowed);
    EXPECT_EQ(match.allow.size(), kAllowBytesMax);
}

}  // namespace
}  // namespace trivet::route
