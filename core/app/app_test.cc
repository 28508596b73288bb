#include "app/app.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace trivet::app {
namespace {

void count_drop(void* counter) { ++*static_cast<int*>(counter); }

std::expected<void, Error> add(App& app, std::string_view methods, std::string_view pattern,
                               std::string_view site, const Route& route) {
    return app.add_route({.methods = methods, .pattern = pattern, .site = site}, route);
}

route::Outcome match(App& app, std::string_view method, std::string_view path, route::Match& out) {
    static Memory memory;
    route::Scratch scratch(app.router(), memory);
    return app.router().match(method, "", path, scratch, out);
}

TEST(App, keeps_routes_with_what_belongs_to_them) {
    App app;
    int drops = 0;
    const Route route{nullptr, &drops, count_drop, {}, {}};
    ASSERT_TRUE(add(app, "GET", "/a", "", route).has_value());
    ASSERT_TRUE(add(app, "POST", "/a", "", {}).has_value());
    app.freeze();
    route::Match found;
    ASSERT_EQ(match(app, "GET", "/a", found), route::Outcome::found);
    EXPECT_EQ(app.route(found.value).user_data, &drops);
    ASSERT_EQ(match(app, "POST", "/a", found), route::Outcome::found);
    EXPECT_EQ(app.route(found.value).user_data, nullptr);
}

TEST(App, drops_user_data_once_however_the_route_fares) {
    int kept = 0;
    int conflicting = 0;
    int malformed = 0;
    int endless = 0;
    int late = 0;
    {
        App app;
        ASSERT_TRUE(
            add(app, "GET", "/a", "main.c:1", {nullptr, &kept, count_drop, {}, {}}).has_value());
        const auto conflict =
            add(app, "GET", "/a", "main.c:2", {nullptr, &conflicting, count_drop, {}, {}});
        ASSERT_FALSE(conflict.has_value());
        EXPECT_EQ(conflict.error().status, Status::conflict);
        EXPECT_NE(conflict.error().detail.find("main.c:1"), std::string::npos);
        EXPECT_NE(conflict.error().detail.find("main.c:2"), std::string::npos);
        EXPECT_EQ(
            add(app, "GET", "/{", "", {nullptr, &malformed, count_drop, {}, {}}).error().status,
            Status::pattern);
        EXPECT_EQ(add(app, "GET", "/" + std::string(5000, 'a'), "",
                      {nullptr, &endless, count_drop, {}, {}})
                      .error()
                      .status,
                  Status::pattern);
        app.freeze();
        EXPECT_EQ(add(app, "GET", "/b", "", {nullptr, &late, count_drop, {}, {}}).error().status,
                  Status::state);
        EXPECT_EQ(kept, 0);
        EXPECT_EQ((std::vector<int>{conflicting, malformed, endless, late}),
                  (std::vector<int>{1, 1, 1, 1}));
    }
    EXPECT_EQ(kept, 1);
    EXPECT_EQ((std::vector<int>{conflicting, malformed, endless, late}),
              (std::vector<int>{1, 1, 1, 1}));
}

TEST(App, groups_say_for_their_routes_whether_content_is_decoded) {
    App app;
    using enum Decompress;
    const auto outer = app.add_group("/a", nullptr, "", "", {}, on);
    const auto inner = app.add_group("/b", *outer, "", "");
    const auto other = app.add_group("/c", *outer, "", "", {}, off);
    int count = 0;
    const auto added = [&](const Group* group, Decompress choice) {
        const std::string pattern = "/" + std::to_string(++count);
        RouteOptions options{.methods = "GET", .pattern = pattern};
        options.group = group;
        EXPECT_TRUE(app.add_route(options, {.before = {}, .after = {}, .decompress = choice}));
        return app.route(static_cast<std::uint32_t>(count)).decompress;
    };
    EXPECT_EQ(added(nullptr, inherit), inherit);
    EXPECT_EQ(added(nullptr, on), on);
    EXPECT_EQ(added(*inner, inherit), on);
    EXPECT_EQ(added(*inner, off), off);
    EXPECT_EQ(added(*other, inherit), off);
    EXPECT_EQ(added(*other, on), on);
}

TEST(App, groups_give_their_routes_prefix_and_host) {
    App app;
    const auto outer = app.add_group("/api", nullptr, "api.example.com", "");
    ASSERT_TRUE(outer.has_value());
    const auto inner = app.add_group("/{org}", *outer, "", "");
    ASSERT_TRUE(inner.has_value());
    RouteOptions options{.methods = "GET, PUT", .pattern = "/users/{id:int}", .site = "main.c:1"};
    options.group = *inner;
    options.name = "user";
    const url::Param metadata[] = {{"team", "core"}};
    options.metadata = metadata;
    ASSERT_TRUE(app.add_route(options, {}).has_value());
    const RouteDescription& route = app.description(1);
    EXPECT_EQ(route.pattern, "/api/{org}/users/{id:int}");
    EXPECT_EQ(route.host, "api.example.com");
    EXPECT_EQ(route.methods, "GET,PUT");
    ASSERT_EQ(route.metadata.size(), 1u);
    EXPECT_EQ(std::string_view(route.metadata[0].value), "core");
    const route::NamedText params[] = {{"id", "7"}, {"org", "a b"}};
    const route::NamedText query[] = {{"q", "x&y"}};
    const std::string_view expected = "//api.example.com/api/a%20b/users/7?q=x%26y";
    std::string room(100, '?');
    ASSERT_EQ(app.url("user", params, query, room).value(), expected.size());
    EXPECT_EQ(room.substr(0, expected.size()), expected);
    EXPECT_EQ(app.url("user", params, query, {}).value(), expected.size());
    EXPECT_EQ(app.url("nobody", {}, {}, room).error().status, Status::not_found);
    EXPECT_EQ(app.url("user", {}, {}, room).error().status, Status::argument);
}

TEST(App, refuses_groups_that_are_malformed_or_anothers) {
    App app;
    App other;
    EXPECT_EQ(app.add_group("api", nullptr, "", "").error().status, Status::pattern);
    EXPECT_EQ(app.add_group("/api/", nullptr, "", "").error().status, Status::pattern);
    EXPECT_EQ(app.add_group("/{id", nullptr, "", "").error().status, Status::pattern);
    EXPECT_EQ(app.add_group("/a", nullptr, "bad host", "").error().status, Status::pattern);
    const auto foreign = other.add_group("/x", nullptr, "", "");
    ASSERT_TRUE(foreign.has_value());
    EXPECT_EQ(app.add_group("/a", *foreign, "", "").error().status, Status::argument);
    RouteOptions options{.methods = "GET", .pattern = "/a"};
    options.group = *foreign;
    EXPECT_EQ(app.add_route(options, {}).error().status, Status::argument);
    EXPECT_EQ(app.add_before(*foreign, {}), Status::argument);
    app.freeze();
    EXPECT_EQ(app.add_group("/b", nullptr, "", "").error().status, Status::state);
}

TEST(App, drops_what_hooks_were_given_once) {
    int drops = 0;
    const auto before = [](RequestHandle, const http::RequestView*, void*) {
        return kHookContinue;
    };
    {
        App app;
        const auto group = app.add_group("/g", nullptr, "", "");
        EXPECT_EQ(app.add_before(nullptr, {before, &drops, count_drop}), Status::ok);
        EXPECT_EQ(app.add_before(*group, {before, &drops, count_drop}), Status::ok);
        EXPECT_EQ(app.add_before(nullptr, {nullptr, &drops, count_drop}), Status::argument);
        EXPECT_EQ(drops, 1);
        EXPECT_EQ(app.set_fallback({nullptr, &drops, count_drop}), Status::ok);
        EXPECT_EQ(app.set_fallback({nullptr, &drops, count_drop}), Status::ok);
        EXPECT_EQ(drops, 2);
        app.freeze();
        EXPECT_EQ(app.set_fallback({nullptr, &drops, count_drop}), Status::state);
        EXPECT_EQ(app.add_before(nullptr, {before, &drops, count_drop}), Status::state);
        EXPECT_EQ(drops, 4);
    }
    EXPECT_EQ(drops, 7);
}

TEST(App, is_configured_before_it_starts) {
    App app;
    Config config;
    config.limits.body_bytes_max = 7;
    ASSERT_TRUE(app.configure(config).has_value());
    EXPECT_EQ(app.config().limits.body_bytes_max, 7u);
    config.backlog = 0;
    const auto refused = app.configure(config);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, Status::argument);
    EXPECT_NE(refused.error().detail.find("backlog"), std::string::npos);
    EXPECT_EQ(app.config().backlog, Config{}.backlog);
    app.freeze();
    EXPECT_EQ(app.configure({}).error().status, Status::state);
}

TEST(App, is_frozen_by_whichever_thread_comes_first) {
    App app;
    ASSERT_TRUE(add(app, "GET", "/a", "", {}).has_value());
    std::vector<std::thread> threads;
    for (int count = 0; count < 4; ++count) {
        threads.emplace_back([&] {
            app.freeze();
            route::Match found;
            EXPECT_EQ(match(app, "GET", "/a", found), route::Outcome::found);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace trivet::app
