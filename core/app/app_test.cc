#include "app/app.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace trivet::app {
namespace {

void count_drop(void* counter) { ++*static_cast<int*>(counter); }

TEST(App, keeps_routes_with_what_belongs_to_them) {
    App app;
    int drops = 0;
    const Route route{nullptr, &drops, count_drop};
    ASSERT_TRUE(app.add_route("GET", "/a", "", route).has_value());
    ASSERT_TRUE(app.add_route("POST", "/a", "", {}).has_value());
    app.freeze();
    route::Match match;
    ASSERT_EQ(app.router().match("GET", "/a", match), route::Outcome::found);
    EXPECT_EQ(app.route(match.value).user_data, &drops);
    ASSERT_EQ(app.router().match("POST", "/a", match), route::Outcome::found);
    EXPECT_EQ(app.route(match.value).user_data, nullptr);
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
            app.add_route("GET", "/a", "main.c:1", {nullptr, &kept, count_drop}).has_value());
        const auto conflict =
            app.add_route("GET", "/a", "main.c:2", {nullptr, &conflicting, count_drop});
        ASSERT_FALSE(conflict.has_value());
        EXPECT_EQ(conflict.error().status, Status::conflict);
        EXPECT_NE(conflict.error().detail.find("main.c:1"), std::string::npos);
        EXPECT_NE(conflict.error().detail.find("main.c:2"), std::string::npos);
        EXPECT_EQ(app.add_route("GET", "/{", "", {nullptr, &malformed, count_drop}).error().status,
                  Status::pattern);
        EXPECT_EQ(
            app.add_route("GET", "/" + std::string(5000, 'a'), "", {nullptr, &endless, count_drop})
                .error()
                .status,
            Status::pattern);
        app.freeze();
        EXPECT_EQ(app.add_route("GET", "/b", "", {nullptr, &late, count_drop}).error().status,
                  Status::state);
        EXPECT_EQ(kept, 0);
        EXPECT_EQ((std::vector<int>{conflicting, malformed, endless, late}),
                  (std::vector<int>{1, 1, 1, 1}));
    }
    EXPECT_EQ(kept, 1);
    EXPECT_EQ((std::vector<int>{conflicting, malformed, endless, late}),
              (std::vector<int>{1, 1, 1, 1}));
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
    ASSERT_TRUE(app.add_route("GET", "/a", "", {}).has_value());
    std::vector<std::thread> threads;
    for (int count = 0; count < 4; ++count) {
        threads.emplace_back([&] {
            app.freeze();
            route::Match match;
            EXPECT_EQ(app.router().match("GET", "/a", match), route::Outcome::found);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace trivet::app
