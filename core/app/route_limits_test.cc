#include "app/route_limits.h"

#include <gtest/gtest.h>

#include <map>

#include "app/app.h"
#include "app/group.h"

namespace trivet::app {
namespace {

http::RouteLimits common() { return http::common_limits(http::Limits{}); }

// Where the routes of an app were put, by their pattern.
class BoundLimits {
public:
    explicit BoundLimits(App& app) : rules_(app.rules()) {
        for (std::size_t number = 1; number <= app.route_count(); ++number) {
            numbers_[app.description(static_cast<std::uint32_t>(number)).pattern] = number;
        }
    }
    const http::RouteLimits& of(const std::string& pattern) const {
        return rules_.limits[numbers_.at(pattern)];
    }
    // The bounds that hold for a route, the innermost first.
    std::vector<std::uint32_t> bounds(const std::string& pattern) const {
        std::vector<std::uint32_t> found;
        for (std::uint32_t gate = of(pattern).gate; gate != 0;
             gate = rules_.gates[gate - 1].outer) {
            found.push_back(rules_.gates[gate - 1].requests_max);
        }
        return found;
    }
    const http::RouteRules& rules() const { return rules_; }

private:
    http::RouteRules rules_;
    std::map<std::string, std::size_t> numbers_;
};

void add(App& app, std::string_view pattern, const Group* group, const OwnLimits& limits) {
    ASSERT_TRUE(
        app.add_route({.methods = "GET", .pattern = pattern, .group = group, .limits = limits}, {})
            .has_value());
}

const Group* add_group(App& app, std::string_view prefix, const Group* parent,
                       const OwnLimits& limits) {
    const auto group = app.add_group(prefix, parent, "", "", limits);
    EXPECT_TRUE(group.has_value());
    return group ? *group : nullptr;
}

TEST(RouteLimits, what_is_not_set_is_as_around_it) {
    std::vector<http::Gate> gates;
    EXPECT_EQ(overlay(common(), {}, gates), common());
    const http::RouteLimits all = overlay(common(),
                                          {.body_bytes_max = 1,
                                           .body_timeout_ms = 2,
                                           .body_rate_min = 3,
                                           .request_timeout_ms = 4,
                                           .send_rate_min = 5},
                                          gates);
    EXPECT_EQ(all, (http::RouteLimits{1, 2, 3, 4, 5, 0}));
    EXPECT_EQ(overlay(all, {}, gates), all);
    EXPECT_TRUE(gates.empty());
}

TEST(RouteLimits, none_is_told_from_not_set) {
    std::vector<http::Gate> gates;
    const http::RouteLimits none = overlay(
        common(),
        {.body_rate_min = kNoLimit, .request_timeout_ms = kNoLimit, .send_rate_min = kNoLimit},
        gates);
    EXPECT_EQ(none.body_rate_min, 0u);
    EXPECT_EQ(none.request_timeout_ms, 0u);
    EXPECT_EQ(none.send_rate_min, 0u);
    EXPECT_EQ(none.body_timeout_ms, common().body_timeout_ms);
}

TEST(RouteLimits, a_bound_is_a_gate_within_the_one_around_it) {
    std::vector<http::Gate> gates;
    const http::RouteLimits outer = overlay(common(), {.requests_max = 10}, gates);
    const http::RouteLimits between = overlay(outer, {.body_bytes_max = 5}, gates);
    const http::RouteLimits inner = overlay(between, {.requests_max = 3}, gates);
    EXPECT_EQ(between.gate, outer.gate);
    ASSERT_EQ(gates.size(), 2u);
    EXPECT_EQ(gates[inner.gate - 1].requests_max, 3u);
    EXPECT_EQ(gates[inner.gate - 1].outer, outer.gate);
    EXPECT_EQ(gates[outer.gate - 1].outer, 0u);
}

TEST(RouteLimits, faults_name_the_field) {
    EXPECT_EQ(limits_fault({}), "");
    EXPECT_EQ(limits_fault({.body_bytes_max = std::uint64_t{1} << 40}), "");
    EXPECT_EQ(limits_fault({.body_bytes_max = kNoLimit}), "")
        << "a number like others, as wide as it is";
    EXPECT_EQ(limits_fault({.body_bytes_max = (std::uint64_t{1} << 40) + 1}),
              "body_bytes_max is 1099511627777, allowed are 0 to 1099511627776 bytes");
    EXPECT_EQ(limits_fault({.body_timeout_ms = kNoLimit}),
              "body_timeout_ms is none, allowed are 1 to 86400000 ms");
    EXPECT_EQ(limits_fault({.requests_max = kNoLimit}),
              "requests_max is none, allowed are 1 to 1048576");
    EXPECT_EQ(limits_fault({.requests_max = 1'048'577}),
              "requests_max is 1048577, allowed are 1 to 1048576");
    EXPECT_EQ(limits_fault({.send_rate_min = 1'048'577}),
              "send_rate_min is 1048577, allowed are 0 (any) and 1 to 1048576 bytes");
    EXPECT_EQ(
        limits_fault(
            {.body_rate_min = kNoLimit, .request_timeout_ms = kNoLimit, .send_rate_min = kNoLimit}),
        "");
    EXPECT_NE(limits_fault({.request_timeout_ms = 86'400'001}), "");
}

TEST(RouteLimits, are_shown_as_they_hold) {
    Group outer;
    outer.limits = {.body_bytes_max = 1, .request_timeout_ms = 2, .requests_max = 7};
    Group inner;
    inner.parent = &outer;
    inner.limits = {.request_timeout_ms = kNoLimit, .requests_max = 9};
    const auto text = [](const OwnLimits& own, const Group* group) {
        std::string found;
        for (const NamedLimit& limit : named_limits(own, group)) {
            found += std::string(limit.name) + "=" + std::to_string(limit.value) + " ";
        }
        return found;
    };
    EXPECT_EQ(text({}, nullptr), "");
    EXPECT_EQ(text({.body_bytes_max = kNoLimit, .requests_max = 3}, nullptr),
              "body_bytes_max=4294967295 requests_max=3 ");
    EXPECT_EQ(text({.body_timeout_ms = 4}, &inner),
              "body_bytes_max=1 body_timeout_ms=4 request_timeout_ms=0 group_requests_max=7 ");
}

TEST(RouteLimits, of_an_app_are_inherited_outward) {
    App app;
    Config config = app.config();
    config.limits.body_rate_min = 99;
    ASSERT_TRUE(app.configure(config).has_value());
    const Group* outer = add_group(app, "/o", nullptr, {.body_bytes_max = 20, .requests_max = 8});
    const Group* inner =
        add_group(app, "/i", outer, {.body_bytes_max = 30, .request_timeout_ms = kNoLimit});
    add(app, "/plain", nullptr, {});
    add(app, "/own", nullptr, {.send_rate_min = 7, .requests_max = 1});
    add(app, "/a", outer, {});
    add(app, "/b", inner, {.body_timeout_ms = 5, .requests_max = 2});
    // As long as nothing is frozen, the app may still be configured.
    config.limits.send_rate_min = 77;
    ASSERT_TRUE(app.configure(config).has_value());
    app.freeze();
    const BoundLimits bound(app);
    EXPECT_EQ(bound.rules().limits[http::kNoRoute], http::common_limits(config.limits));
    EXPECT_EQ(bound.of("/plain"), http::common_limits(config.limits));
    EXPECT_EQ(bound.of("/own").send_rate_min, 7u);
    EXPECT_EQ(bound.of("/own").body_rate_min, 99u);
    EXPECT_EQ(bound.of("/o/a").body_bytes_max, 20u);
    EXPECT_EQ(bound.of("/o/a").send_rate_min, 77u);
    EXPECT_EQ(bound.of("/o/i/b").body_bytes_max, 30u);
    EXPECT_EQ(bound.of("/o/i/b").request_timeout_ms, 0u);
    EXPECT_EQ(bound.of("/o/i/b").body_timeout_ms, 5u);
    EXPECT_EQ(bound.bounds("/plain"), std::vector<std::uint32_t>{});
    EXPECT_EQ(bound.bounds("/own"), std::vector<std::uint32_t>{1});
    EXPECT_EQ(bound.bounds("/o/a"), std::vector<std::uint32_t>{8});
    EXPECT_EQ(bound.bounds("/o/i/b"), (std::vector<std::uint32_t>{2, 8}));
}

TEST(RouteLimits, of_an_app_cost_nothing_when_there_are_none) {
    App app;
    add(app, "/a", add_group(app, "/g", nullptr, {.body_bytes_max = 5}),
        {.body_bytes_max = 1 << 20});
    add(app, "/b", nullptr, {});
    app.freeze();
    EXPECT_TRUE(app.rules().limits.empty()) << "1 MiB is what the app has";
    EXPECT_TRUE(app.rules().gates.empty());
}

TEST(RouteLimits, of_an_app_are_checked_when_they_are_set) {
    App app;
    const auto group = app.add_group("/g", nullptr, "", "", {.requests_max = kNoLimit});
    ASSERT_FALSE(group.has_value());
    EXPECT_EQ(group.error().status, Status::argument);
    EXPECT_EQ(group.error().message, "invalid limits");
    EXPECT_EQ(group.error().detail, "requests_max is none, allowed are 1 to 1048576");
    int drops = 0;
    const auto route = app.add_route(
        {.methods = "GET", .pattern = "/x", .limits = {.body_timeout_ms = 86'400'001}},
        {.user_data = &drops,
         .drop = [](void* counter) { ++*static_cast<int*>(counter); },
         .before = {},
         .after = {}});
    ASSERT_FALSE(route.has_value());
    EXPECT_EQ(route.error().status, Status::argument);
    EXPECT_EQ(drops, 1);
    EXPECT_EQ(app.route_count(), 0u);
}

}  // namespace
}  // namespace trivet::app
