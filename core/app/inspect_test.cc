#include "app/inspect.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/fd.h"

namespace trivet::app {
namespace {

void answer(RequestHandle, const http::RequestView*, void*) {}
std::int32_t pass(RequestHandle, const http::RequestView*, void*) { return kHookContinue; }
void see(RequestHandle, const http::RequestView*, ReplyView*, void*) {}

void add(App& app, const RouteOptions& options) {
    const auto added = app.add_route(options, {answer, nullptr, nullptr, {}, {}});
    ASSERT_TRUE(added) << added.error().detail;
}

class InspectTest : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading_ = Fd(ends[0]);
        writing_ = ends[1];
    }
    void TearDown() override {
        ::unsetenv(kInspectVariable);
        ::unsetenv("TRIVET_WORKERS");
        ::close(writing_);
    }
    void ask() const { ::setenv(kInspectVariable, std::to_string(writing_).c_str(), 1); }
    // All that is written until the other end is closed.
    std::string read() const {
        std::string text;
        std::array<char, 256> room{};
        for (ssize_t size = 1; size > 0;) {
            size = ::read(reading_.get(), room.data(), room.size());
            if (size > 0) text.append(room.data(), static_cast<std::size_t>(size));
        }
        return text;
    }

    App app_;
    Fd reading_;
    int writing_ = -1;
};

TEST_F(InspectTest, does_nothing_unless_asked) {
    EXPECT_EQ(inspect(app_, {}, "1.2.3").error().status, Status::not_found);
    ::setenv(kInspectVariable, "", 1);
    EXPECT_EQ(inspect(app_, {}, "1.2.3").error().status, Status::not_found);
    // The app can still be changed.
    add(app_, {.methods = "GET", .pattern = "/"});
}

TEST_F(InspectTest, writes_once_and_closes) {
    ask();
    ASSERT_TRUE(inspect(app_, {}, "1.2.3"));
    EXPECT_EQ(std::getenv(kInspectVariable), nullptr);
    const std::string text = read();
    EXPECT_TRUE(
        text.starts_with("{\"trivet\":\"1.2.3\",\"routes\":[],\"problems\":[],"
                         "\"openapi\":{\"openapi\":\"3.1.0\","))
        << text;
    EXPECT_TRUE(text.ends_with("}}\n")) << text;
    EXPECT_EQ(inspect(app_, {}, "1.2.3").error().status, Status::not_found);
}

TEST_F(InspectTest, tells_routes_in_order_with_constraints_and_names_of_hooks) {
    const std::array<url::Param, 1> metadata = {{{"te\"am", "c\\re\x01\xff"}}};
    add(app_, {.methods = "GET, PUT",
               .pattern = "/a/{id:int}/{u:uuid}/{c:regex([A-Z]{3})}/{t}/{rest:path}",
               .site = "app.py:3",
               .name = "a",
               .host = "{tenant}.example.com",
               .metadata = metadata});
    add(app_, {.methods = "*", .pattern = "/b"});
    const std::array<RouteHooks, 2> hooks = {{{"auth,limit", "log"}, {"", ""}}};
    const std::string text = describe(app_, hooks, "1");
    EXPECT_EQ(text.substr(0, text.find(",\"openapi\":")),
              "{\"trivet\":\"1\",\"routes\":["
              "{\"methods\":[\"GET\",\"PUT\"],"
              "\"pattern\":\"/a/{id:int}/{u:uuid}/{c:regex([A-Z]{3})}/{t}/{rest:path}\","
              "\"host\":\"{tenant}.example.com\",\"name\":\"a\",\"site\":\"app.py:3\","
              "\"metadata\":{\"te\\\"am\":\"c\\\\re\\u0001\xEF\xBF\xBD\"},"
              "\"constraints\":{\"id\":\"int\",\"u\":\"uuid\",\"c\":\"regex([A-Z]{3})\","
              "\"t\":\"text\",\"rest\":\"path\"},\"limits\":{},"
              "\"middleware\":[],\"before\":[\"auth\",\"limit\"],\"after\":[\"log\"]},"
              "{\"methods\":[\"*\"],\"pattern\":\"/b\",\"host\":\"\",\"name\":\"\",\"site\":\"\","
              "\"metadata\":{},\"constraints\":{},\"limits\":{},\"middleware\":[],\"before\":[],"
              "\"after\":[]}],"
              "\"problems\":[]");
}

TEST_F(InspectTest, shows_the_engines_own_hooks_by_their_place) {
    const auto group = app_.add_group("/g", nullptr, "", "");
    ASSERT_TRUE(group);
    ASSERT_EQ(app_.add_before(nullptr, {pass, nullptr, nullptr}), Status::ok);
    ASSERT_EQ(app_.add_before(*group, {pass, nullptr, nullptr}), Status::ok);
    ASSERT_EQ(app_.add_after(nullptr, {see, nullptr, nullptr}), Status::ok);
    add(app_, {.methods = "GET", .pattern = "/x", .group = *group});
    const std::string text = describe(app_, {}, "1");
    const std::size_t before = text.find("\"before\":[\"app_test+0x");
    ASSERT_NE(before, std::string::npos) << text;
    EXPECT_NE(text.find(",\"app_test+0x", before), std::string::npos) << text;
    EXPECT_NE(text.find("\"after\":[\"app_test+0x"), std::string::npos) << text;
}

TEST_F(InspectTest, shows_the_limits_of_routes_and_their_groups) {
    const auto group =
        app_.add_group("/g", nullptr, "", "", {.body_bytes_max = 4096, .requests_max = 10});
    ASSERT_TRUE(group);
    add(app_, {.methods = "GET",
               .pattern = "/x",
               .group = *group,
               .limits = {.request_timeout_ms = kNoLimit, .requests_max = 2}});
    EXPECT_NE(describe(app_, {}, "1")
                  .find("\"limits\":{\"body_bytes_max\":4096,"
                        "\"request_timeout_ms\":0,\"requests_max\":2,"
                        "\"group_requests_max\":10}"),
              std::string::npos);
}

TEST_F(InspectTest, tells_problems_of_the_configuration) {
    ::setenv("TRIVET_WORKERS", "many", 1);
    App malformed;
    EXPECT_NE(describe(malformed, {}, "1").find("\"problems\":[\"TRIVET_WORKERS is 'many'"),
              std::string::npos);
    ::setenv("TRIVET_WORKERS", "1024", 1);
    App crowded;
    EXPECT_EQ(describe(crowded, {}, "1").find("\"problems\":[]"), std::string::npos);
}

TEST_F(InspectTest, refuses_names_for_another_number_of_routes) {
    add(app_, {.methods = "GET", .pattern = "/"});
    ask();
    const std::array<RouteHooks, 2> hooks{};
    EXPECT_EQ(inspect(app_, hooks, "1").error().status, Status::argument);
}

TEST_F(InspectTest, refuses_what_is_no_descriptor) {
    for (const char* text : {"x", "-1", "3x", " 3", "99999999999", "."}) {
        ::setenv(kInspectVariable, text, 1);
        const auto inspected = inspect(app_, {}, "1");
        ASSERT_FALSE(inspected) << text;
        EXPECT_EQ(inspected.error().status, Status::argument) << text;
        EXPECT_EQ(inspected.error().detail, text);
    }
    ::setenv(kInspectVariable, "1000000", 1);
    EXPECT_EQ(inspect(app_, {}, "1").error().status, Status::system);
}

}  // namespace
}  // namespace trivet::app
