#include "app/body_check.h"

#include <string>
#include <string_view>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

class BodyCheckTest : public WorkerTest {
protected:
    BodyCheckTest() {
        const std::string_view schema =
            R"({"type":"array","items":{"type":"integer"},"maxItems":1000})";
        EXPECT_TRUE(app_.get()
                        .add_route({.methods = "POST", .pattern = "/list", .body_schema = schema},
                                   {.user_data = this, .before = {}, .after = {}})
                        .has_value());
    }
    static std::string post(std::string_view content) {
        return "POST /list HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
               "Content-Length: " +
               std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
    }
    static bool fail(void* context, std::size_t) {
        auto& self = *static_cast<BodyCheckTest*>(context);
        return ++self.count_ == self.failing_;
    }
    std::uint64_t count_ = 0;
    std::uint64_t failing_ = 0;
};

TEST_P(BodyCheckTest, lets_what_is_right_through) {
    start();
    const auto client = connect();
    client->send(post("[1,2]"));
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::request) == 1; }));
    EXPECT_EQ(client->responses(), 0u);
}

TEST_P(BodyCheckTest, lists_a_hundred_mistakes_and_says_that_there_are_more) {
    start();
    const auto client = connect();
    std::string content = "[true";
    for (int count = 1; count < 200; ++count) {
        content += ",true";
    }
    client->send(post(content + "]"));
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 422);
    const std::string body = client->body();
    EXPECT_NE(body.find(R"("detail":"more than 100 values are wrong")"), std::string::npos);
    EXPECT_NE(body.find(R"({"in":"body","pointer":"/99","code":"type",)"), std::string::npos);
    EXPECT_EQ(body.find("/100"), std::string::npos);
    EXPECT_EQ(count_events(EventKind::request), 0u);
}

// A pointer holds whatever a client calls its members.
TEST_P(BodyCheckTest, escapes_what_it_tells_back) {
    start();
    const auto client = connect();
    client->send("POST /list HTTP/1.1\r\nHost: a\r\nContent-Type: \"\xff\\" +
                 std::string(300, 'x') + "\r\nContent-Length: 2\r\n\r\n[]");
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 415);
    EXPECT_NE(client->body().find("not \\\"\xEF\xBF\xBD\\\\x"), std::string::npos)
        << client->body();
    EXPECT_LT(client->body().size(), 400u);
}

TEST_P(BodyCheckTest, survives_the_failure_of_any_allocation) {
    std::string content = "[1";
    for (int count = 1; count < 900; ++count) {
        content += ",true";
    }
    do {
        ++failing_;
        count_ = 0;
        start();
        const auto client = connect();
        worker_->memory().set_failure_hook(fail, this);
        client->send(post(content + "]"));
        ASSERT_TRUE(turn_until([&] {
            client->read_now();
            return client->responses() == 1 || client->is_ended();
        }));
        worker_->memory().set_failure_hook(nullptr, nullptr);
        if (client->responses() == 1) {
            EXPECT_TRUE(client->status() == 422 || client->status() == 503) << client->status();
        }
        EXPECT_EQ(count_events(EventKind::request), 0u);
        EXPECT_EQ(worker_->server().exchanges_live(), 0u);
        worker_.reset();
        ASSERT_LT(failing_, 200u);
    } while (count_ >= failing_);
    EXPECT_GT(failing_, 3u);
}

TRIVET_FOR_EACH_ENGINE(BodyCheckTest);

TEST(BodySchemaTest, is_refused_where_it_cannot_be_checked) {
    struct Case {
        std::string_view schema;
        bool is_streamed;
        std::string_view message;
    };
    for (const Case& one : {Case{"{\"type\":", false, "body_schema is no JSON Schema"},
                            Case{R"({"items":{"format":"duration"}})", false,
                                 "body_schema asks for what the engine does not check"},
                            Case{"{}", true, "body_schema is of content that comes whole"}}) {
        App app;
        auto added = app.add_route({.methods = "POST", .pattern = "/", .body_schema = one.schema},
                                   {.before = {}, .after = {}, .is_streamed = one.is_streamed});
        ASSERT_FALSE(added.has_value());
        EXPECT_EQ(added.error().status, Status::argument);
        EXPECT_EQ(added.error().message, one.message);
        EXPECT_FALSE(added.error().detail.empty());
    }
}

}  // namespace
}  // namespace trivet::app
