#include "route/walk.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "route/registry.h"
#include "route/routes_test.h"

namespace trivet::route {
namespace {

// How many nodes a match visits.
std::uint32_t visits(const std::vector<std::string>& patterns, std::string_view path) {
    Registry registry;
    for (const std::string& pattern : patterns) {
        EXPECT_TRUE(registry.add({"PUT", {}, pattern, {}, {}, 0}).has_value()) << pattern;
    }
    FrozenRoutes routes(registry.methods());
    const std::uint32_t root = routes.add(registry.every_host());
    routes.link();
    const auto room = std::make_unique<ScratchRoom>();
    Match match;
    Walk walk(routes, Methods::kGet, path, false, *room, match);
    EXPECT_EQ(walk.visit(root, 0), nullptr);
    return walk.visits();
}

TEST(Walk, visits_each_node_once_at_most) {
    // Every mixture of a literal and a parameter in ten segments: all of them match.
    constexpr unsigned kDepth = 10;
    std::vector<std::string> patterns;
    for (unsigned mixture = 0; mixture < 1U << kDepth; ++mixture) {
        std::string pattern;
        for (unsigned depth = 0; depth < kDepth; ++depth) {
            pattern += (mixture >> depth & 1) != 0 ? "/7" : "/{p" + std::to_string(depth) + "}";
        }
        patterns.push_back(pattern);
    }
    std::string path;
    for (unsigned depth = 0; depth < kDepth; ++depth) {
        path += "/7";
    }
    EXPECT_EQ(visits(patterns, path), (2U << kDepth) - 1);
    // One segment more or less changes where it ends, not how often.
    EXPECT_EQ(visits(patterns, path + "/7"), (2U << kDepth) - 1);
    EXPECT_EQ(visits(patterns, path.substr(2)), (1U << kDepth) - 1);
}

TEST(Walk, visits_one_node_a_segment_without_alternatives) {
    EXPECT_EQ(visits({"/a/b/c", "/a/b/d", "/a/{p}/e"}, "/a/b/c"), 5u);
    EXPECT_EQ(visits({"/a/b/c", "/x/b/c"}, "/a/b/c"), 4u);
    EXPECT_EQ(visits({"/a/{p:path}"}, "/a/b/c/d/e/f"), 3u);
}

TEST(Walk, ends_where_no_pattern_goes_on) {
    std::string path;
    for (int segment = 0; segment < 4000; ++segment) {
        path += "/a";
    }
    EXPECT_EQ(visits({"/a/a", "/{p}/{q}"}, path), 5u);
    std::string longest;
    for (std::size_t segment = 0; segment < kSegmentsMax; ++segment) {
        longest += "/a";
    }
    EXPECT_EQ(visits({longest}, longest), kSegmentsMax + 1);
    EXPECT_EQ(visits({longest}, path), kSegmentsMax + 1);
}

TEST(Walk, gives_up_on_expressions_after_some_exceeded_their_limits) {
    std::vector<std::string> patterns;
    for (int index = 0; index < 10; ++index) {
        patterns.push_back("GET /{p:regex((a+)+[" + std::to_string(index) + "z])}");
    }
    patterns.emplace_back("GET /{p}");
    Routes routes(patterns);
    const std::string slow = "/" + std::string(40, 'a') + "!";
    EXPECT_EQ(routes.ask("GET " + slow), "10 p=" + slow.substr(1));
    EXPECT_EQ(routes.scratch().limits_total(), kRegexGiveUpsMax);
    EXPECT_EQ(routes.ask("GET " + slow), "10 p=" + slow.substr(1));
    EXPECT_EQ(routes.scratch().limits_total(), 2 * kRegexGiveUpsMax);
    EXPECT_EQ(routes.ask("GET /aa7"), "7 p=aa7");
    EXPECT_EQ(routes.scratch().limits_total(), 2 * kRegexGiveUpsMax);
}

TEST(Walk, tries_expressions_on_long_segments_up_to_their_limit) {
    Routes routes({"GET /{p:regex([a-z]+)}", "GET /x/{q}"});
    const std::string longest(kRegexBytesMax, 'a');
    std::string encoded;
    for (std::size_t index = 0; index < kRegexBytesMax; ++index) {
        encoded += "%61";
    }
    EXPECT_EQ(routes.ask("GET /" + longest), "0 p=" + longest);
    EXPECT_EQ(routes.ask("GET /" + encoded), "0 p=" + encoded + "*");
    EXPECT_EQ(routes.scratch().limits_total(), 0u);
    EXPECT_EQ(routes.ask("GET /" + longest + "a"), "404");
    EXPECT_EQ(routes.ask("GET /" + encoded + "a"), "404");
    EXPECT_EQ(routes.scratch().limits_total(), 2u);
}

}  // namespace
}  // namespace trivet::route
