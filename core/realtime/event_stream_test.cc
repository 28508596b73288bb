#include "realtime/event_stream.h"

#include "realtime/hub_harness_test.h"

namespace trivet::realtime {
namespace {

class EventStreamTest : public HubTest {
protected:
    void SetUp() override {
        route("*", "/stream", [this](http::Exchange& exchange) {
            begun = begin_stream(server(), exchange, stream_config);
            if (begun == Status::ok) {
                kept = &exchange;
            } else if (begun != Status::memory) {  // with which it has ended
                server().reply_problem(exchange, 500, {});
            }
        });
        route("*", "/early", [this](http::Exchange& exchange) {
            EXPECT_EQ(send_event(server(), exchange, {.data = "a"}, is_full, message),
                      Status::state);
            text(exchange, "hi");
        });
        open();
    }
    io::SimPeer& ask(std::string_view version = "1.1", std::string_view method = "GET") {
        io::SimPeer& peer = loop().connect();
        settle();
        peer.send(std::string(method) + " /stream HTTP/" + std::string(version) +
                  "\r\nHost: a\r\n\r\n");
        settle();
        return peer;
    }
    Status send(const sse::Event& event) {
        message = {};
        const Status sent = send_event(server(), *kept, event, is_full, message);
        settle();
        return sent;
    }
    void finish() {
        EXPECT_EQ(server().finish(*kept), Status::ok);
        settle();
    }
    StreamConfig stream_config;
    Status begun = Status::ok;
    http::Exchange* kept = nullptr;
    bool is_full = false;
    std::string_view message;
};

TEST_F(EventStreamTest, begins_and_sends) {
    stream_config.retry_ms = 0;
    io::SimPeer& peer = ask();
    EXPECT_NE(peer.received().find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_NE(peer.received().find("Cache-Control: no-cache, no-transform\r\n"), std::string::npos);
    EXPECT_NE(peer.received().find("X-Accel-Buffering: no\r\n"), std::string::npos);
    EXPECT_EQ(send({.id = "1", .data = "a\nb"}), Status::ok);
    EXPECT_EQ(events(peer), "retry: 0\n\nid: 1\ndata: a\ndata: b\n\n") << "sent at once";
    EXPECT_FALSE(is_full);
    finish();
    EXPECT_TRUE(has_ended(peer));
}

TEST_F(EventStreamTest, tells_what_cannot_be_said) {
    ask();
    EXPECT_EQ(send({}), Status::argument);
    EXPECT_EQ(message, sse::message(sse::EventError::empty));
    EXPECT_EQ(send({.data = "\xff"}), Status::argument);
    EXPECT_EQ(message, sse::message(sse::EventError::text));
    EXPECT_EQ(send({.data = "a"}), Status::ok);
    finish();
}

TEST_F(EventStreamTest, refuses_what_is_out_of_bounds) {
    const std::vector<http1::HeaderView> many(kStreamFieldsMax + 1, {"X", "1"});
    for (const StreamConfig& bad : std::vector<StreamConfig>{
             {.heartbeat_ms = kHeartbeatMsMax + 1}, {.retry_ms = -2}, {.fields = many}}) {
        stream_config = bad;
        EXPECT_EQ(http::status_of(ask().received()), 500);
        EXPECT_EQ(begun, Status::argument);
    }
    const http1::HeaderView type{"content-type", "text/plain"};
    stream_config = {.fields = {&type, 1}};
    EXPECT_EQ(http::status_of(ask().received()), 500);
    EXPECT_EQ(begun, Status::header);
}

TEST_F(EventStreamTest, takes_as_many_fields_as_there_may_be) {
    const std::vector<http1::HeaderView> many(kStreamFieldsMax, {"X", "1"});
    stream_config.fields = many;
    io::SimPeer& peer = ask();
    EXPECT_EQ(http::status_of(peer.received()), 200);
    finish();
}

TEST_F(EventStreamTest, sends_nothing_before_it_has_begun) {
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(http::body_of(peer.received()), "hi");
}

TEST_F(EventStreamTest, beats_while_the_producer_is_silent) {
    stream_config.heartbeat_ms = 1000;
    io::SimPeer& peer = ask();
    loop().advance_ms(1200);
    settle();
    EXPECT_EQ(events(peer), ":\n\n");
    send({.data = "a"});
    loop().advance_ms(800);
    settle();
    EXPECT_EQ(events(peer), ":\n\ndata: a\n\n");
    loop().advance_ms(400);
    settle();
    EXPECT_EQ(events(peer), ":\n\ndata: a\n\n:\n\n");
    finish();
}

TEST_F(EventStreamTest, no_beat_when_none_is_wanted) {
    stream_config.heartbeat_ms = 0;
    io::SimPeer& peer = ask();
    loop().advance_ms(3'600'000);
    settle();
    EXPECT_EQ(events(peer), "");
    finish();
}

TEST_F(EventStreamTest, http_1_0_and_head) {
    io::SimPeer& old = ask("1.0");
    send({.data = "a"});
    finish();
    EXPECT_TRUE(old.received().ends_with("\r\n\r\ndata: a\n\n"));
    EXPECT_TRUE(old.server_has_finished());
    io::SimPeer& head = ask("1.1", "HEAD");
    send({.data = "a"});
    finish();
    EXPECT_TRUE(head.received().ends_with("\r\n\r\n"));
}

TEST_F(EventStreamTest, survives_failing_memory) {
    for (int failing = 0; failing < 6; ++failing) {
        int countdown = failing;
        io::SimPeer& peer = loop().connect();
        settle();
        std::vector<void*> blocks;  // so that the pool has none left
        for (std::size_t count = 0; count < BlockPool::kKeptMax; ++count) {
            blocks.push_back(server().pool().take());
        }
        memory().set_failure_hook(
            [](void* left, std::size_t) { return (*static_cast<int*>(left))-- == 0; }, &countdown);
        kept = nullptr;
        peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
        settle();
        Status sent = Status::ok;
        if (kept != nullptr && begun == Status::ok) sent = send({.data = "a"});
        memory().set_failure_hook(nullptr, nullptr);
        for (void* block : blocks) server().pool().give_back(block);
        EXPECT_TRUE(sent == Status::ok || sent == Status::memory);
        if (kept != nullptr && begun == Status::ok && sent == Status::ok) finish();
        peer.reset();
        settle();
        EXPECT_EQ(server().exchanges_live(), 0u);
    }
}

}  // namespace
}  // namespace trivet::realtime
