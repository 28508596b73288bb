#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

// A feed that does what the test says.
class TestFeed final : public Feed {
public:
    void on_ready() noexcept override {
        ++ready;
        if (!next.empty()) {
            given = next.front();
            next.erase(next.begin());
            connection->give(given, true);
        } else if (ends) {
            connection->end_feed();
        }
    }
    void on_gone() noexcept override { ++gone; }
    void on_released() noexcept override {
        EXPECT_EQ(gone, 1);
        ++released;
    }

    Connection* connection = nullptr;
    std::vector<std::string> next;
    std::string given;
    bool ends = false;
    int ready = 0;
    int gone = 0;
    int released = 0;
};

class FeedTest : public ConnectionTest {
protected:
    void SetUp() override {
        route("*", "/feed", [this](Exchange& exchange) {
            ASSERT_EQ(server().begin(exchange, {.status = 200}), Status::ok);
            feed_.connection = exchange.connection;
            server().hand_over(exchange, feed_);
        });
        ConnectionTest::SetUp();
    }
    // A client whose answer is being fed.
    io::SimPeer& listener(std::string_view version = "1.1") {
        io::SimPeer& peer = connect();
        peer.send("GET /feed HTTP/" + std::string(version) + "\r\nHost: a\r\n\r\n");
        settle();
        return peer;
    }
    TestFeed feed_;
};

TEST_F(FeedTest, gives_when_the_head_has_left) {
    feed_.next = {"2\r\nhi\r\n", "3\r\nyou\r\n"};
    feed_.ends = true;
    io::SimPeer& peer = listener();
    EXPECT_EQ(chunks_of(peer.received()), "hiyou");
    EXPECT_NE(peer.received().find("Transfer-Encoding: chunked"), std::string::npos);
    EXPECT_EQ(feed_.ready, 3);
    EXPECT_EQ(feed_.gone, 0);
    EXPECT_EQ(feed_.released, 0);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(FeedTest, a_kept_connection_serves_the_next_request) {
    feed_.ends = true;
    io::SimPeer& peer = listener();
    EXPECT_EQ(status_of(peer.take_received()), 200);
    EXPECT_EQ(body_of(ask(peer, kGet)), "hi");
}

TEST_F(FeedTest, gives_later) {
    io::SimPeer& peer = listener();
    EXPECT_EQ(feed_.ready, 1);
    feed_.connection->give("2\r\nhi\r\n", false);
    settle();
    EXPECT_EQ(feed_.ready, 2);
    EXPECT_TRUE(peer.received().ends_with("\r\n\r\n2\r\nhi\r\n"));
    feed_.connection->end_feed();
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "hi");
}

TEST_F(FeedTest, http_1_0_ends_with_the_connection) {
    feed_.next = {"hi"};
    feed_.ends = true;
    io::SimPeer& peer = listener("1.0");
    EXPECT_FALSE(feed_.connection == nullptr);
    EXPECT_EQ(body_of(peer.received()), "hi");
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(FeedTest, a_pipelined_request_waits) {
    io::SimPeer& peer = connect();
    peer.send("GET /feed HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet));
    settle();
    EXPECT_EQ(response_at(peer.received(), 1), std::string::npos);
    feed_.connection->end_feed();
    settle();
    EXPECT_EQ(status_of(peer.received(), 1), 200);
}

TEST_F(FeedTest, too_much_behind_the_request_stops_the_reading) {
    io::SimPeer& peer = listener();
    for (int count = 0; count < 40; ++count) peer.send(std::string(8192, 'x'));
    settle();
    EXPECT_LT(memory().bytes_in_use(), 600'000u);
    EXPECT_EQ(feed_.gone, 0);
}

TEST_F(FeedTest, a_client_that_closes_its_side_has_left) {
    io::SimPeer& peer = listener();
    peer.finish();
    settle();
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_EQ(feed_.released, 1);
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_TRUE(server().is_empty());
}

TEST_F(FeedTest, a_client_that_closes_its_side_gets_what_there_is) {
    feed_.next = {"2\r\nhi\r\n"};
    io::SimPeer& peer = connect();
    peer.send(std::string(kGet) + "GET /feed HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.finish();
    settle();
    EXPECT_EQ(status_of(peer.received(), 0), 200);
    EXPECT_EQ(status_of(peer.received(), 1), 200);
    EXPECT_TRUE(peer.received().ends_with("2\r\nhi\r\n0\r\n\r\n")) << peer.received();
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_TRUE(server().is_empty());
}

TEST_F(FeedTest, a_reset_while_bytes_are_on_their_way) {
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    feed_.connection->give("2\r\nhi\r\n", true);
    turn();
    peer.reset();
    settle();
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_EQ(feed_.released, 1);
    EXPECT_TRUE(server().is_empty());
}

TEST_F(FeedTest, what_is_on_its_way_outlives_the_end) {
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    feed_.connection->give("2\r\nhi\r\n", true);
    turn();
    feed_.connection->abort("the test says so");
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_EQ(feed_.released, 0);
    settle();
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, a_drain_ends_the_answer) {
    io::SimPeer& peer = listener();
    server().drain();
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "");
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, a_drain_waits_for_what_is_on_its_way) {
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    feed_.connection->give("2\r\nhi\r\n", true);
    turn();
    server().drain();
    turn();
    EXPECT_EQ(feed_.gone, 0);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "hi");
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, a_drain_waits_for_what_the_feed_has_left) {
    io::SimPeer& peer = listener();
    feed_.next = {"2\r\nhi\r\n", "3\r\nyou\r\n"};
    server().drain();
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "hiyou");
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, a_drain_before_the_head_has_left) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    peer.send("GET /feed HTTP/1.1\r\nHost: a\r\n\r\n");
    turn();
    turn();
    server().drain();
    turn();
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "");
    EXPECT_EQ(feed_.ready, 1);
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, the_end_of_the_server_ends_it) {
    listener();
    stop();
    EXPECT_EQ(feed_.gone, 1);
    EXPECT_EQ(feed_.released, 1);
}

TEST_F(FeedTest, no_request_timeout_applies) {
    io::SimPeer& peer = listener();
    advance_ms(24 * 3'600'000);
    EXPECT_EQ(feed_.gone, 0);
    EXPECT_FALSE(peer.server_has_finished());
}

TEST_F(FeedTest, a_client_that_takes_nothing_is_closed) {
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    feed_.connection->give("2\r\nhi\r\n", false);
    turn();
    for (int count = 0; count < 3; ++count) {
        loop().advance_ms(31'000);
        turn();
    }
    EXPECT_EQ(feed_.gone, 1);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(feed_.released, 1);
    EXPECT_EQ(server().stats().timeouts_total, 1u);
}

TEST_F(FeedTest, no_memory_for_the_last_chunk_closes) {
    io::SimPeer& peer = listener();
    std::vector<void*> blocks;  // so that the pool has none left
    for (std::size_t count = 0; count < BlockPool::kKeptMax; ++count) {
        blocks.push_back(server().pool().take());
    }
    memory().set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    feed_.connection->end_feed();
    memory().set_failure_hook(nullptr, nullptr);
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_FALSE(peer.received().ends_with("0\r\n\r\n"));
    for (void* block : blocks) server().pool().give_back(block);
}

class BeatTest : public ConnectionTest {
protected:
    void SetUp() override {
        route("*", "/beat", [this](Exchange& exchange) {
            ASSERT_EQ(server().begin(exchange, {.status = 200}), Status::ok);
            server().set_beat(exchange, "beat", 10'000);
            exchange_ = &exchange;
        });
        route("*", "/late", [this](Exchange& exchange) { exchange_ = &exchange; });
        ConnectionTest::SetUp();
    }
    io::SimPeer& listener(std::string_view method = "GET") {
        io::SimPeer& peer = connect();
        peer.send(std::string(method) + " /beat HTTP/1.1\r\nHost: a\r\n\r\n");
        settle();
        return peer;
    }
    static int beats(const io::SimPeer& peer) {
        int count = 0;
        for (std::size_t at = 0;
             (at = peer.received().find("4\r\nbeat\r\n", at)) != std::string::npos; ++at) {
            ++count;
        }
        return count;
    }
    Exchange* exchange_ = nullptr;
};

TEST_F(BeatTest, beats_while_nothing_is_written) {
    io::SimPeer& peer = listener();
    advance_ms(9'900);
    EXPECT_EQ(beats(peer), 0);
    advance_ms(300);
    EXPECT_EQ(beats(peer), 1);
    advance_ms(10'200);
    EXPECT_EQ(beats(peer), 2);
    bool is_full = false;
    server().write(*exchange_, "x", is_full);
    settle();
    advance_ms(9'900);
    EXPECT_EQ(beats(peer), 2) << "moved by what was written";
    advance_ms(300);
    EXPECT_EQ(beats(peer), 3);
    server().finish(*exchange_);
    settle();
    EXPECT_EQ(chunks_of(peer.received()), "beatbeatxbeat");
    EXPECT_EQ(server().stats().timeouts_total, 0u);
}

TEST_F(BeatTest, a_client_that_takes_nothing_gets_no_more) {
    io::SimPeer& peer = listener();
    peer.take_max = 0;
    bool is_full = false;
    server().write(*exchange_, "x", is_full);
    turn();
    loop().advance_ms(10'200);
    turn();
    loop().advance_ms(10'200);
    turn();
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(beats(peer), 0);
    server().finish(*exchange_);
    settle();
}

// Exchanges are used again.
TEST_F(BeatTest, no_other_answer_has_the_beat_of_an_earlier_one) {
    io::SimPeer& peer = listener();
    server().finish(*exchange_);
    settle();
    peer.take_received();
    const std::uint32_t slot = exchange_->slot;
    peer.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    ASSERT_EQ(exchange_->slot, slot);
    advance_ms(25'000);
    EXPECT_EQ(peer.received(), "");
    ASSERT_EQ(server().begin(*exchange_, {.status = 200}, 5), Status::ok);
    advance_ms(25'000);
    bool is_full = false;
    EXPECT_EQ(server().write(*exchange_, "hello", is_full), Status::ok);
    EXPECT_EQ(server().finish(*exchange_), Status::ok);
    settle();
    EXPECT_EQ(body_of(peer.received()), "hello");
}

TEST_F(BeatTest, a_head_alone_has_no_beat) {
    io::SimPeer& peer = listener("HEAD");
    advance_ms(60'000);
    EXPECT_EQ(beats(peer), 0);
    server().finish(*exchange_);
    settle();
    EXPECT_EQ(status_of(peer.received()), 200);
}

}  // namespace
}  // namespace trivet::http
