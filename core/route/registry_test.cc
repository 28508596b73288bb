#include "route/registry.h"

#include <gtest/gtest.h>

#include <string>

#include "route/router.h"

namespace trivet::route {
namespace {

TEST(Registry, names_both_registrations_of_a_conflict) {
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

TEST(Registry, other_methods_types_and_slashes_are_no_conflict) {
    Router router;
    for (const char* pattern : {"/u", "/u/", "/u/{a}", "/u/{a:int}", "/u/a", "/u/{a}/{b}"}) {
        for (const char* method : {"GET", "POST", "HEAD", "*"}) {
            EXPECT_TRUE(router.add({method, "", pattern, "", "", 0}).has_value());
            EXPECT_FALSE(router.add({method, "", pattern, "", "", 0}).has_value());
        }
    }
}

TEST(Registry, says_where_a_pattern_is_malformed) {
    Router router;
    const auto added = router.add({"GET", "", "/x/{", "app.js:1:2", "", 0});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    EXPECT_EQ(added.error().message, "malformed route pattern");
    EXPECT_EQ(added.error().detail, "\"/x/{\" at app.js:1:2: offset 3: '{' without '}'");
    EXPECT_EQ(router.add({"GET", "", "/\n", "", "", 0}).error().detail,
              "\"/?\": offset 1: a control byte");
}

TEST(Registry, rejects_malformed_methods) {
    Router router;
    for (const char* method : {"", "get", "GET PUT", "GET,", ",GET", "GET,*", "GET, GET", "G*",
                               "**", "G/T", "1A", "-A"}) {
        const auto added = router.add({method, "", "/", "", "", 0});
        ASSERT_FALSE(added.has_value()) << method;
        EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    }
    EXPECT_TRUE(router.add({"M-SEARCH", "", "/", "", "", 0}).has_value());
}

TEST(Registry, bounds_the_methods) {
    Router router;
    for (std::size_t index = 3; index < kMethodsMax; ++index) {
        ASSERT_TRUE(router.add({"M" + std::to_string(index), "", "/", "", "", 0}).has_value());
    }
    EXPECT_EQ(router.add({"MORE", "", "/", "", "", 0}).error().kind, RouteError::Kind::limit);
    EXPECT_TRUE(router.add({"GET", "", "/", "", "", 0}).has_value());
    EXPECT_TRUE(router.add({"*", "", "/", "", "", 0}).has_value());
}

TEST(Registry, bounds_what_allow_says) {
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

TEST(Registry, takes_several_methods) {
    Router router;
    ASSERT_TRUE(router.add({"GET, PUT,DELETE", "", "/a", "", "", 7}).has_value());
    ASSERT_TRUE(router.add({" POST ", "", "/a", "", "", 8}).has_value());
    EXPECT_EQ(router.add({"*,GET", "", "/b", "", "", 9}).error().kind, RouteError::Kind::pattern);
    const auto twice = router.add({"GET,PUT,GET", "", "/b", "", "", 9});
    EXPECT_EQ(twice.error().detail, "\"GET\" is named twice");
    router.freeze();
    Memory memory;
    Scratch scratch(router, memory);
    Match match;
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
        ASSERT_EQ(router.match(method, "", "/a", scratch, match), Outcome::found) << method;
        EXPECT_EQ(match.value, 7u);
    }
    ASSERT_EQ(router.match("POST", "", "/a", scratch, match), Outcome::found);
    EXPECT_EQ(match.value, 8u);
    EXPECT_EQ(router.match("GET", "", "/b", scratch, match), Outcome::not_found);
}

TEST(Registry, adds_a_route_for_all_methods_or_none) {
    Router router;
    ASSERT_TRUE(router.add({"PUT", "", "/a", "one", "", 0}).has_value());
    const auto added = router.add({"GET,PUT,LOCK", "", "/a", "two", "name", 1});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().detail, "PUT \"/a\" at two conflicts with \"/a\" at one");
    EXPECT_EQ(router.url("name", {}, {}).error().kind, UrlError::Kind::not_found);
    router.freeze();
    EXPECT_EQ(router.allow_all(), "OPTIONS, PUT");
    Memory memory;
    Scratch scratch(router, memory);
    Match match;
    EXPECT_EQ(router.match("GET", "", "/a", scratch, match), Outcome::method_not_allowed);
}

TEST(Registry, compares_shapes_of_constraints_and_hosts) {
    Router router;
    const char* patterns[] = {"/{a:uuid}",       "/{a:path}",          "/{a:regex(x+)}",
                              "/{a:regex(x+?)}", "/{a:regex(x+)}/{b}", "/{a}"};
    const char* hosts[] = {"", "a.example", "{h}.example", "{h}.{i}", "[::1]"};
    const char* same_hosts[] = {"", "A.Example.", "{z}.EXAMPLE", "{x}.{y}", "[::1]"};
    for (const char* pattern : patterns) {
        for (const char* host : hosts) {
            EXPECT_TRUE(router.add({"GET", host, pattern, "", "", 0}).has_value()) << pattern;
        }
    }
    for (std::string pattern : patterns) {
        pattern.replace(pattern.find("{a"), 2, "{q");
        for (const char* host : same_hosts) {
            const auto added = router.add({"GET", host, pattern, "", "", 0});
            ASSERT_FALSE(added.has_value()) << pattern;
            EXPECT_EQ(added.error().kind, RouteError::Kind::conflict);
        }
    }
}

TEST(Registry, names_both_sites_of_a_host_route_and_of_a_name) {
    Router router;
    ASSERT_TRUE(router.add({"GET", "{t}.example", "/a", "x:1", "n", 0}).has_value());
    EXPECT_EQ(router.add({"GET", "{u}.example", "/a", "x:2", "", 0}).error().detail,
              "GET \"/a\" of host \"{u}.example\" at x:2 conflicts with"
              " \"/a\" of host \"{t}.example\" at x:1");
    const auto named = router.add({"GET", "", "/b", "x:3", "n", 0});
    EXPECT_EQ(named.error().kind, RouteError::Kind::conflict);
    EXPECT_EQ(named.error().message, "the route's name is already registered");
    EXPECT_EQ(named.error().detail,
              "name \"n\": \"/b\" at x:3 conflicts with \"/a\" of host \"{t}.example\" at x:1");
}

TEST(Registry, says_where_an_expression_is_malformed) {
    Router router;
    const auto added = router.add({"GET", "", "/x/{a:regex(b()}", "s:1", "", 0});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    EXPECT_EQ(added.error().detail,
              "\"/x/{a:regex(b()}\" at s:1: offset 14: regular expression: missing closing "
              "parenthesis");
}

TEST(Registry, says_where_a_host_is_malformed) {
    Router router;
    const auto added = router.add({"GET", "a..b", "/", "s:1", "", 0});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, RouteError::Kind::pattern);
    EXPECT_EQ(added.error().message, "malformed host");
    EXPECT_EQ(added.error().detail, "\"/\" of host \"a..b\" at s:1: offset 2: an empty label");
}

TEST(Registry, counts_the_parameters_of_a_host) {
    Router router;
    const auto same = router.add({"GET", "{a}.example", "/x/{a:int}", "", "", 0});
    ASSERT_FALSE(same.has_value());
    EXPECT_EQ(same.error().kind, RouteError::Kind::pattern);
    EXPECT_TRUE(same.error().detail.ends_with("offset 4: a parameter of the host's has its name"));
    std::string pattern;
    for (std::size_t index = 1; index < kParamsMax; ++index) {
        pattern += "/{p" + std::to_string(index) + "}";
    }
    EXPECT_TRUE(router.add({"GET", "{a}.example", pattern, "", "", 0}).has_value());
    EXPECT_FALSE(router.add({"GET", "{a}.{b}", pattern, "", "", 0}).has_value());
}

TEST(Registry, checks_prefixes) {
    Router router;
    EXPECT_TRUE(router.check_prefix("", "", "").has_value());
    EXPECT_TRUE(router.check_prefix("/a/{b:int}", "{c}.example", "").has_value());
    EXPECT_TRUE(router.check_prefix("/{a:regex(x)}", "", "").has_value());
    for (const char* prefix :
         {"a", "/{", "/{a:path}", "/x/{a:path}", "/{a}/{a}", "/{a:regex(()}"}) {
        const auto checked = router.check_prefix(prefix, "", "s");
        ASSERT_FALSE(checked.has_value()) << prefix;
        EXPECT_EQ(checked.error().kind, RouteError::Kind::pattern);
    }
    EXPECT_FALSE(router.check_prefix("", "a..b", "").has_value());
    EXPECT_FALSE(router.check_prefix("/{a}", "{a}.b", "").has_value());
    EXPECT_FALSE(router.has_hosts());
    EXPECT_FALSE(router.has_regexes());
}

}  // namespace
}  // namespace trivet::route
