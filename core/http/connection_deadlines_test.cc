#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

TEST_F(LimitedTest, times_out_heads_contents_and_idle_connections) {
    io::SimPeer& head = connect();
    ask(head, "GET /he");
    advance_ms(1200);
    EXPECT_EQ(status_of(head.take_received()), 408);
    head.finish();
    settle();

    io::SimPeer& content = connect();
    ask(content, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    advance_ms(1500);
    EXPECT_EQ(content.take_received(), "");
    ask(content, "c");
    advance_ms(1500);
    EXPECT_EQ(content.take_received(), "");
    advance_ms(700);
    EXPECT_EQ(status_of(content.take_received()), 408);
    content.finish();
    settle();

    io::SimPeer& idle = connect();
    ask(idle, kGet);
    advance_ms(3000);
    EXPECT_FALSE(idle.server_has_closed());
    advance_ms(700);
    EXPECT_TRUE(idle.server_has_closed());
    EXPECT_EQ(idle.take_received(), "");
    EXPECT_EQ(server().stats().timeouts_total, 3u);
}

TEST_F(LimitedTest, a_slow_head_cannot_be_stretched_byte_by_byte) {
    io::SimPeer& peer = connect();
    std::string answer;
    for (int index = 0; index < 8 && answer.empty(); ++index) {
        answer = ask(peer, kGet.substr(static_cast<std::size_t>(index), 1));
        advance_ms(300);
        answer += peer.take_received();
    }
    EXPECT_EQ(status_of(answer), 408);
}

TEST_F(LimitedTest, closes_on_a_peer_that_takes_nothing_but_not_on_a_slow_one) {
    io::SimPeer& dead = connect();
    dead.take_max = 0;
    ask(dead, kGet);
    advance_ms(4200);
    advance_ms(4200);
    advance_ms(200);
    EXPECT_TRUE(dead.server_has_closed());

    io::SimPeer& slow = connect();
    slow.take_max = 0;
    ask(slow, kGet);
    for (int index = 0; index < 6; ++index) {
        advance_ms(2000);
        slow.take_max = 1;
        loop().dispatch();
        slow.take_max = 0;
    }
    EXPECT_FALSE(slow.server_has_closed());
}

TEST_F(LimitedTest, looks_at_a_dead_peer_in_time_although_requests_come) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    for (int second = 0; second < 9; ++second) {
        ask(peer, kGet);
        advance_ms(1000);
    }
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(LimitedTest, an_answer_that_leaves_slowly_does_not_put_off_what_comes_behind_it) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, kGet);
    advance_ms(3600);  // the wait for the next request is over, but the answer has not left
    EXPECT_FALSE(peer.server_has_closed());
    peer.take_max = SIZE_MAX;
    settle();
    advance_ms(200);
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(status_of(peer.take_received()), 200);
}

TEST_F(LimitedTest, a_request_under_way_has_no_deadline_of_its_connection) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    advance_ms(60'000);
    answer("at last");
    EXPECT_EQ(body_of(peer.take_received()), "at last");
    advance_ms(2000);
    EXPECT_FALSE(peer.server_has_closed());
}

TEST_F(ConnectionTest, gives_up_lingering_after_a_while) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(peer.server_has_closed());
    advance_ms(kLingerMs + 500);
    EXPECT_TRUE(peer.server_has_closed());
}

// Clients that drip, by default.
class RatesTest : public ConnectionTest {
protected:
    RatesTest() : ConnectionTest(Limits{}) {}
    void SetUp() override {
        stream("POST", "/stream", [this](Exchange& exchange) {
            reading = &exchange;
            server().read(exchange);
        });
        stream("POST", "/quiet", [this](Exchange& exchange) { reading = &exchange; });
        readable = [this](Exchange& exchange) {
            ContentRead part = server().read(exchange);
            while (!part.bytes.empty()) part = server().read(exchange);
            if (part.failure != ContentFailure::none) {
                failure = part.failure;
                server().reply_fail(exchange, "content");
            }
        };
        ConnectionTest::SetUp();
    }
    // Milliseconds until the peer is answered or closed, a byte of content a second.
    std::uint64_t drip(io::SimPeer& peer, std::size_t bytes) {
        const std::uint64_t begin = loop().clock().now_ms();
        while (peer.received().empty() && loop().clock().now_ms() < begin + 600'000) {
            peer.send(std::string(bytes, 'x'));
            advance_ms(1'000);
        }
        return loop().clock().now_ms() - begin;
    }
    Exchange* reading = nullptr;
    ContentFailure failure = ContentFailure::none;
};

TEST_F(RatesTest, cuts_a_head_that_drips) {
    io::SimPeer& peer = connect();
    ask(peer, "POST /body HTTP/1.1\r\nX: ");
    EXPECT_LT(drip(peer, 1), 17'000u);
    EXPECT_EQ(status_of(peer.received()), 408);
}

TEST_F(RatesTest, cuts_who_says_nothing) {
    io::SimPeer& silent = connect();
    io::SimPeer& served = connect();
    EXPECT_EQ(status_of(ask(served, kGet)), 200);
    advance_ms(74'000);
    EXPECT_FALSE(silent.server_has_closed() || served.server_has_closed());
    advance_ms(3'000);
    EXPECT_TRUE(silent.server_has_closed());
    EXPECT_TRUE(served.server_has_closed());
}

TEST_F(RatesTest, cuts_content_that_drips) {
    io::SimPeer& gathered = connect();
    ask(gathered, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_LT(drip(gathered, 1), 35'000u);
    EXPECT_EQ(status_of(gathered.received()), 408);
    io::SimPeer& streamed = connect();
    ask(streamed, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_LT(drip(streamed, 1), 35'000u);
    EXPECT_EQ(status_of(streamed.received()), 408);
    EXPECT_EQ(failure, ContentFailure::timeout);
    EXPECT_EQ(server().stats().timeouts_total, 2u);
}

TEST_F(RatesTest, leaves_content_that_comes_slowly_and_steadily) {
    io::SimPeer& peer = connect();
    ask(peer, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_GT(drip(peer, 300), 330'000u);
    EXPECT_EQ(status_of(peer.received()), 200);
}

TEST_F(RatesTest, does_not_count_the_time_in_which_the_handler_does_not_read) {
    readable = [](Exchange&) {};
    io::SimPeer& peer = connect();
    ask(peer, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
    for (int index = 0; index < 8; ++index) {
        ask(peer, std::string(10'000, 'x'));
    }
    advance_ms(200'000);
    EXPECT_EQ(reading->content->failure(), ContentFailure::none);
    server().read(*reading);
    server().read(*reading);
    settle();
    advance_ms(20'000);
    EXPECT_EQ(reading->content->failure(), ContentFailure::none);
    advance_ms(20'000);
    EXPECT_EQ(reading->content->failure(), ContentFailure::timeout);
    server().reply_fail(*reading, "slow");
    settle();
    EXPECT_EQ(status_of(peer.take_received()), 408);
}

TEST_F(RatesTest, does_not_count_the_time_before_the_client_is_told_to_continue) {
    io::SimPeer& peer = connect();
    ask(peer,
        "POST /quiet HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    readable = [](Exchange&) {};
    advance_ms(100'000);
    EXPECT_EQ(reading->content->failure(), ContentFailure::none);
    server().read(*reading);
    settle();
    EXPECT_EQ(peer.take_received(), "HTTP/1.1 100 Continue\r\n\r\n");
    advance_ms(31'000);
    EXPECT_EQ(reading->content->failure(), ContentFailure::timeout);
    server().reply_fail(*reading, "slow");
}

TEST_F(RatesTest, closes_on_a_client_that_takes_an_answer_too_slowly) {
    struct Case {
        std::size_t a_second;
        bool is_cut;
    };
    for (const Case one : {Case{100, true}, Case{400, false}}) {
        io::SimPeer& peer = connect();
        peer.take_max = 0;
        ask(peer, "POST /later HTTP/1.1\r\nHost: a\r\n\r\n");
        answer(std::string(200'000, 'x'));
        for (int second = 0; second < 100 && !peer.server_has_closed(); ++second) {
            peer.take_max = one.a_second;
            turn();
            peer.take_max = 0;
            advance_ms(1'000);
        }
        EXPECT_EQ(peer.server_has_closed(), one.is_cut) << one.a_second;
        peer.reset();
        settle();
    }
}

TEST_F(RatesTest, answers_for_a_handler_that_takes_too_long) {
    io::SimPeer& peer = connect();
    ask(peer, std::string(kGetLater));
    advance_ms(299'000);
    EXPECT_EQ(peer.take_received(), "");
    advance_ms(2'000);
    const std::string answer = peer.take_received();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(status_of(ask(peer, kGet)), 200) << "the connection is as good as before";
    EXPECT_EQ(server().exchanges_live(), 1u);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(RatesTest, leaves_the_handler_of_an_answer_that_has_begun_its_time) {
    io::SimPeer& peer = connect();
    ask(peer, std::string(kGetLater));
    server().begin(*waiting[0], {.status = 200, .content = {}, .fields = {}, .body = {}});
    advance_ms(1'000'000);
    EXPECT_EQ(gone, 0);
    EXPECT_EQ(server().finish(*waiting[0]), Status::ok);
    settle();
    EXPECT_EQ(chunks_of(peer.take_received()), "");
}

TEST_F(RatesTest, answers_for_a_handler_that_does_not_read_either) {
    io::SimPeer& peer = connect();
    ask(peer,
        "POST /quiet HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + std::string(kGet));
    advance_ms(301'000);
    const std::string answers = peer.take_received();
    EXPECT_EQ(status_of(answers), 503);
    EXPECT_EQ(status_of(answers, 1), 200);
    EXPECT_EQ(server().reply(*reading, {}), Status::gone);
}

TEST_F(LimitedTest, waits_longer_between_requests_than_for_the_first) {
    io::SimPeer& first = connect();
    io::SimPeer& second = connect();
    ask(second, kGet);
    advance_ms(3'200);
    EXPECT_TRUE(first.server_has_closed());
    EXPECT_FALSE(second.server_has_closed());
    advance_ms(500);
    EXPECT_TRUE(second.server_has_closed());
}

}  // namespace
}  // namespace trivet::http
