// Who subscribes, and how subscriptions end.
#include "realtime/fan_out.h"

#include "http/coded_test.h"
#include "realtime/hub_harness_test.h"

namespace trivet::realtime {
namespace {

class FanOutTest : public HubTest {};

TEST_F(FanOutTest, sends_a_head_and_what_is_published) {
    open();
    publish("before");
    io::SimPeer& first = listener();
    io::SimPeer& second = listener();
    EXPECT_EQ(status, Status::ok);
    const std::string& head = first.received();
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_NE(head.find("Cache-Control: no-cache, no-transform\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Accel-Buffering: no\r\n"), std::string::npos);
    EXPECT_EQ(events(first), "");
    publish("a", "tick", "1");
    publish("b");
    settle();
    for (const io::SimPeer* peer : {&first, &second}) {
        EXPECT_EQ(events(*peer), "id: 1\nevent: tick\ndata: a\n\ndata: b\n\n");
    }
    EXPECT_EQ(wakes, 1) << "news are told once a turn";
    publish("c");
    settle();
    EXPECT_TRUE(events(first).ends_with("data: c\n\n"));
    EXPECT_EQ(wakes, 2);
    EXPECT_EQ(info().subscribers, 2u);
    EXPECT_EQ(info().counts.delivered, 6u);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(FanOutTest, what_all_share_is_not_encoded_for_one) {
    http::CodingRules rules;
    rules.offer(codec::Coding::gzip, 5);
    rules.types.add("text/event-stream");
    const http::RulesChain chain(http::AnswerRules{&rules, nullptr});
    chains = {nullptr, &chain, nullptr, nullptr};
    open();
    io::SimPeer& peer = listener("Accept-Encoding: gzip\r\n");
    publish("a");
    settle();
    EXPECT_EQ(peer.received().find("Content-Encoding"), std::string::npos);
    EXPECT_EQ(events(peer), "data: a\n\n");
    stop();
}

TEST_F(FanOutTest, nobody_is_woken_without_subscribers) {
    open();
    publish("a");
    EXPECT_EQ(wakes, 0);
    io::SimPeer& peer = listener();
    peer.finish();
    settle();
    publish("b");
    EXPECT_EQ(wakes, 0);
    EXPECT_EQ(info().subscribers, 0u);
    EXPECT_EQ(info().subscribers_total, 1u);
}

TEST_F(FanOutTest, replays_what_a_client_has_missed) {
    open();
    for (const char* id : {"1", "2", "3"}) publish(id, {}, id);
    EXPECT_EQ(events(listener("Last-Event-ID: 1\r\n")), "id: 2\ndata: 2\n\nid: 3\ndata: 3\n\n");
    EXPECT_EQ(events(listener("last-event-id: 3\r\n")), "");
    EXPECT_EQ(info().gaps_total, 0u);
    EXPECT_EQ(events(listener("Last-Event-ID: 0\r\n")).size(), 3u * 15);
    EXPECT_EQ(info().gaps_total, 1u);
    last_id = "2";
    EXPECT_EQ(events(listener("Last-Event-ID: 1\r\n")), "id: 3\ndata: 3\n\n");
    last_id = "";
    EXPECT_EQ(events(listener("Last-Event-ID: 1\r\n")), "");
}

TEST_F(FanOutTest, nothing_is_missed_or_doubled_between_replay_and_news) {
    open();
    for (const char* id : {"1", "2"}) publish(id, {}, id);
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 1\r\n\r\n");
    // Whatever the subscription has come to, an event of every turn arrives once.
    std::string expected = "id: 2\ndata: 2\n\n";
    for (int number = 3; number < 12; ++number) {
        turn();
        const std::string id = std::to_string(number);
        publish(id, {}, id);
        expected += "id: " + id + "\ndata: " + id + "\n\n";
    }
    settle();
    EXPECT_EQ(events(peer), expected);
}

TEST_F(FanOutTest, events_of_the_handlers_own_turn_arrive) {
    route("GET", "/first", [this](http::Exchange& exchange) {
        publish("before");
        EXPECT_EQ(fan_out_->subscribe(exchange, *hub_, {}, {}), Status::ok);
        publish("a");
        publish("b");
    });
    open();
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(events(peer), "data: a\n\ndata: b\n\n");
}

TEST_F(FanOutTest, http_1_0_gets_events_without_frames) {
    open();
    io::SimPeer& old = listener({}, "1.0");
    io::SimPeer& peer = listener();
    publish("a");
    publish("b");
    settle();
    EXPECT_EQ(http::body_of(old.received().substr(0, old.received().find("data: a"))), "");
    EXPECT_TRUE(old.received().ends_with("\r\n\r\ndata: a\n\ndata: b\n\n"));
    EXPECT_EQ(events(peer), "data: a\n\ndata: b\n\n");
    hub_->close();
    settle();
    EXPECT_TRUE(old.server_has_finished());
    EXPECT_FALSE(peer.server_has_finished());
    EXPECT_TRUE(has_ended(peer));
}

TEST_F(FanOutTest, head_gets_the_head_alone) {
    open();
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(status, Status::ok);
    EXPECT_EQ(http::status_of(peer.received(), 1), 200);
    EXPECT_EQ(info().subscribers, 0u);
    publish("a");
    EXPECT_EQ(wakes, 0);
}

TEST_F(FanOutTest, further_fields_replace_the_defaults) {
    open();
    fields = {{"X-One", "1"}, {"cache-control", "no-store"}};
    const std::string head = listener().received();
    EXPECT_NE(head.find("X-One: 1\r\n"), std::string::npos);
    EXPECT_NE(head.find("cache-control: no-store\r\n"), std::string::npos);
    EXPECT_EQ(head.find("no-transform"), std::string::npos);
}

TEST_F(FanOutTest, refuses_fields_that_must_not_leave) {
    open();
    for (const http1::HeaderView& field :
         {http1::HeaderView{"Content-Type", "text/plain"}, http1::HeaderView{"X", "a\nb"},
          http1::HeaderView{"Content-Length", "1"}}) {
        fields = {field};
        EXPECT_EQ(http::status_of(listener().received()), 503);
        EXPECT_EQ(status, Status::header);
    }
    EXPECT_EQ(info().subscribers, 0u);
}

TEST_F(FanOutTest, a_hub_without_room_leaves_the_request_unanswered) {
    config.subscribers_max = 1;
    open();
    io::SimPeer& first = listener();
    EXPECT_EQ(http::status_of(listener().received()), 503);
    EXPECT_EQ(status, Status::limit);
    first.finish();
    settle();
    EXPECT_EQ(http::status_of(listener().received()), 200);
}

TEST_F(FanOutTest, a_closed_hub_leaves_the_request_unanswered) {
    open();
    hub_->close();
    EXPECT_EQ(http::status_of(listener().received()), 503);
    EXPECT_EQ(status, Status::stale);
    EXPECT_FALSE(fan_out_->has_news());
}

TEST_F(FanOutTest, content_must_be_read_first) {
    open();
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    settle();
    EXPECT_EQ(status, Status::state);
    EXPECT_EQ(refused_with, "TRIVET_E_STATE");
}

TEST_F(FanOutTest, a_begun_answer_cannot_subscribe) {
    route("GET", "/begun", [this](http::Exchange& exchange) {
        ASSERT_EQ(server().begin(exchange, {.status = 200}), Status::ok);
        EXPECT_EQ(fan_out_->subscribe(exchange, *hub_, {}, {}), Status::state);
        EXPECT_EQ(server().finish(exchange), Status::ok);
    });
    open();
    io::SimPeer& peer = loop().connect();
    settle();
    peer.send("GET /begun HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(http::chunks_of(peer.received()), "");
    EXPECT_EQ(info().subscribers_total, 0u);
}

TEST_F(FanOutTest, closing_the_hub_sends_the_rest_and_ends) {
    open();
    io::SimPeer& peer = listener();
    io::SimPeer& slow = listener();
    slow.take_max = 1;
    for (int number = 0; number < 5; ++number) publish(std::to_string(number));
    hub_->close();
    settle();
    for (const io::SimPeer* client : {&peer, &slow}) {
        EXPECT_EQ(events(*client).size(), 5u * 9);
        EXPECT_TRUE(has_ended(*client));
    }
    EXPECT_EQ(info().subscribers, 0u);
    peer.take_received();
    peer.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(http::body_of(peer.received()), "hi");
}

TEST_F(FanOutTest, closing_an_idle_hub_ends_its_clients) {
    open();
    io::SimPeer& peer = listener();
    hub_->close();
    settle();
    EXPECT_TRUE(has_ended(peer));
}

TEST_F(FanOutTest, a_hub_that_closes_while_a_head_leaves) {
    open();
    io::SimPeer& peer = loop().connect();
    settle();
    peer.take_max = 0;
    peer.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    turn();
    publish("a");
    hub_->close();
    turn();
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(events(peer), "data: a\n\n");
    EXPECT_TRUE(has_ended(peer));
}

TEST_F(FanOutTest, a_drain_ends_all_streams) {
    open();
    io::SimPeer& peer = listener();
    io::SimPeer& old = listener({}, "1.0");
    publish("last");
    turn();
    server().drain();
    settle();
    EXPECT_EQ(events(peer), "data: last\n\n");
    EXPECT_TRUE(has_ended(peer));
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_TRUE(old.received().ends_with("data: last\n\n"));
    EXPECT_TRUE(old.server_has_finished());
    EXPECT_EQ(info().subscribers, 0u);
}

TEST_F(FanOutTest, leaves_with_news_that_nobody_waits_for_any_more) {
    open();
    io::SimPeer& peer = listener();
    publish("a");
    server().abort();
    loop().dispatch();
    EXPECT_TRUE(fan_out_->has_news());
    settle();
    EXPECT_EQ(info().subscribers, 0u);
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(http::status_of(listener().received()), 200) << "a new part of the same hub";
}

TEST_F(FanOutTest, ends_with_its_server_while_news_wait) {
    open();
    listener();
    publish("a");
    stop();
    EXPECT_EQ(info().subscribers, 0u);
    fan_out_.reset();
    EXPECT_TRUE(timers_.empty());
}

}  // namespace
}  // namespace trivet::realtime
