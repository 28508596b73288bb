#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/app.h"
#include "app/inspect.h"

namespace trivet::app {
namespace {

using middleware::Middleware;

const Middleware* make(App& app, std::string_view kind,
                       const std::vector<std::pair<std::string, std::string>>& pairs = {}) {
    std::vector<url::Param> options;
    for (const auto& [name, value] : pairs) {
        options.push_back({Str(name), Str(value)});
    }
    const auto made = app.add_middleware(kind, options);
    EXPECT_TRUE(made) << made.error().detail;
    return made ? *made : nullptr;
}

void add(App& app, std::string_view pattern, const Group* group = nullptr,
         std::vector<const Middleware*> mounts = {}) {
    const auto added = app.add_route(
        {.methods = "GET", .pattern = pattern, .group = group, .middleware = mounts},
        {[](RequestHandle, const http::RequestView*, void*) {}, nullptr, nullptr, {}, {}});
    ASSERT_TRUE(added) << added.error().detail;
}

TEST(AppMiddleware, stands_around_routes_from_the_app_inwards) {
    App app;
    const Group* group = *app.add_group("/g", nullptr, {}, {});
    const Middleware* id = make(app, "request_id");
    const Middleware* key = make(app, "api_key", {{"key", "k"}});
    const Middleware* token = make(app, "bearer", {{"token", "t"}});
    add(app, "/");
    add(app, "/in", group, {token});
    ASSERT_EQ(app.use(nullptr, id), Status::ok);
    ASSERT_EQ(app.use(group, key), Status::ok);
    app.freeze();
    const auto chains = app.rules().chains;
    ASSERT_EQ(chains.size(), 3u);
    EXPECT_EQ(chains[0], chains[1]) << "requests without a route have the app's";
    EXPECT_FALSE(chains[1]->is_guarded());
    EXPECT_TRUE(chains[2]->is_guarded());
    const auto order = app.description(2).chain->order();
    EXPECT_EQ(std::vector(order.begin(), order.end()), (std::vector{id, key, token}));
}

TEST(AppMiddleware, settings_mount_what_the_program_does_not) {
    App app;
    Config config = app.config();
    config.compress = 1;
    config.compress_min_bytes = 7;
    config.etag = 1;
    ASSERT_TRUE(app.configure(config));
    const Middleware* off = make(app, "compress", {{"enabled", "false"}});
    add(app, "/");
    add(app, "/plain", nullptr, {off});
    app.freeze();
    const auto order_of = [&](std::uint32_t value) {
        std::vector<std::string> kinds;
        for (const Middleware* item : app.description(value).chain->order()) {
            kinds.push_back(std::string(item->kind()) + ": " + item->summary());
        }
        return kinds;
    };
    const auto whole = order_of(1);
    ASSERT_EQ(whole.size(), 2u);
    EXPECT_NE((whole[0] + whole[1]).find("from 7 bytes"), std::string::npos);
    const auto plain = order_of(2);
    ASSERT_EQ(plain.size(), 2u) << "its own replaces that of the settings";
    EXPECT_NE((plain[0] + plain[1]).find("compress: off"), std::string::npos);
}

TEST(AppMiddleware, without_any_there_is_no_table) {
    App app;
    add(app, "/");
    ASSERT_EQ(app.use(nullptr, make(app, "body_limit", {{"bytes", "5"}})), Status::ok);
    app.freeze();
    EXPECT_TRUE(app.rules().chains.empty());
}

TEST(AppMiddleware, its_limits_are_those_of_the_routes) {
    App app;
    const OwnLimits own{.body_bytes_max = 7};
    const Group* plain = *app.add_group("/plain", nullptr, {}, {});
    const Group* limited = *app.add_group("/limited", nullptr, {}, {}, own);
    const Middleware* five = make(app, "body_limit", {{"bytes", "5"}});
    const Middleware* six = make(app, "body_limit", {{"bytes", "6"}});
    const Middleware* soon = make(app, "timeout", {{"ms", "9"}});
    ASSERT_EQ(app.use(nullptr, five), Status::ok);
    ASSERT_EQ(app.use(limited, six), Status::ok);
    add(app, "/");
    add(app, "/a", plain, {six, soon});
    add(app, "/a", limited);
    app.freeze();
    const auto limits = app.rules().limits;
    ASSERT_EQ(limits.size(), 4u);
    EXPECT_EQ(limits[0].body_bytes_max, 5u);
    EXPECT_EQ(limits[1].body_bytes_max, 5u);
    EXPECT_EQ(limits[2].body_bytes_max, 6u);
    EXPECT_EQ(limits[2].request_timeout_ms, 9u);
    EXPECT_EQ(limits[3].body_bytes_max, 7u) << "what the group says itself goes first";
}

TEST(AppMiddleware, refuses_what_is_not_its_own) {
    App app;
    App other;
    const Middleware* foreign = make(other, "request_id");
    const Group* foreign_group = *other.add_group("/g", nullptr, {}, {});
    const Middleware* own = make(app, "request_id");
    EXPECT_EQ(app.use(nullptr, foreign), Status::argument);
    EXPECT_EQ(app.use(nullptr, nullptr), Status::argument);
    EXPECT_EQ(app.use(foreign_group, own), Status::argument);
    const auto added =
        app.add_route({.methods = "GET", .pattern = "/", .middleware = std::span(&foreign, 1)}, {});
    EXPECT_EQ(added.error().status, Status::argument);
    for (std::size_t count = 0; count < App::kMountsMax; ++count) {
        EXPECT_EQ(app.use(nullptr, own), Status::ok);
    }
    EXPECT_EQ(app.use(nullptr, own), Status::limit);
    const std::vector<const Middleware*> many(App::kMountsMax + 1, own);
    EXPECT_EQ(
        app.add_route({.methods = "GET", .pattern = "/", .middleware = many}, {}).error().status,
        Status::limit);
    app.freeze();
    EXPECT_EQ(app.use(nullptr, own), Status::state);
    EXPECT_EQ(app.add_middleware("request_id", {}).error().status, Status::state);
}

TEST(AppMiddleware, a_wrong_option_says_so) {
    App app;
    const url::Param option{"ms", "soon"};
    const auto made = app.add_middleware("timeout", {&option, 1});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().status, Status::argument);
    EXPECT_EQ(made.error().message, "invalid middleware");
    EXPECT_EQ(made.error().detail, "timeout: ms is \"soon\", allowed are 1 to 86400000");
}

TEST(AppMiddleware, the_fields_it_looks_for_have_a_bound) {
    App app;
    for (std::size_t count = 0; count < middleware::kOwnFieldsMax; ++count) {
        const std::string header = "x-" + std::to_string(count);
        make(app, "api_key", {{"key", "k"}, {"header", header}, {"optional", "true"}});
        make(app, "api_key", {{"key", "k"}, {"header", header}, {"optional", "true"}});
    }
    const url::Param options[] = {{"key", "k"}, {"header", "x-more"}};
    EXPECT_EQ(app.add_middleware("api_key", options).error().status, Status::limit);
}

TEST(AppMiddleware, is_described_without_its_secrets) {
    App app;
    ASSERT_EQ(app.use(nullptr, make(app, "bearer", {{"token", "hush"}})), Status::ok);
    add(app, "/");
    const std::string text = describe(app, {}, "1");
    EXPECT_NE(
        text.find(R"("middleware":[{"phase":"auth","kind":"bearer","options":"1 credential"}])"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("hush"), std::string::npos);
}

}  // namespace
}  // namespace trivet::app
