#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

TEST_F(ConnectionTest, answers_the_same_however_the_bytes_are_split) {
    const std::string requests =
        "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        "GET /users/42?x=1 HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n"
        "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n";
    io::SimPeer& whole = connect();
    const std::string expected = ask(whole, requests);
    ASSERT_EQ(status_of(expected, 3), 404);
    expect_however_cut(requests, expected);
}

TEST_F(ConnectionTest, keeps_the_order_of_pipelined_requests_behind_a_slow_one) {
    io::SimPeer& peer = connect();
    std::string bytes = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int index = 0; index < 20; ++index) {
        bytes += "GET /users/" + std::to_string(index) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    EXPECT_EQ(ask(peer, bytes), "");
    answer("first");
    const std::string answers = peer.take_received();
    ASSERT_EQ(status_of(answers, 20), 200);
    EXPECT_LT(answers.find("first"), response_at(answers, 1));
    EXPECT_EQ(body_of(answers), "19");
}

TEST_F(ConnectionTest, keeps_a_late_request_apart_from_the_receive_buffer) {
    io::SimPeer& peer = connect();
    ask(peer,
        "POST /later?q=1 HTTP/1.1\r\nHost: a\r\nX-Token: secret\r\nContent-Length: 3\r\n\r\nabc");
    ASSERT_EQ(waiting.size(), 1u);
    Exchange& exchange = *waiting[0];
    EXPECT_FALSE(exchange.is_in_place);
    EXPECT_EQ(std::string_view(exchange.view.body), "abc");
    EXPECT_EQ(std::string_view(exchange.view.query), "q=1");
    EXPECT_EQ(std::string_view(exchange.find_header("x-token")->value), "secret");
    answer("done");
    EXPECT_EQ(body_of(peer.take_received()), "done");
}

TEST_F(ConnectionTest, refuses_what_it_cannot_understand_and_closes) {
    for (const std::string_view bad :
         {"GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "\x01\x02\r\n\r\n",
          "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"}) {
        io::SimPeer& peer = connect();
        const std::string answer = ask(peer, bad);
        EXPECT_EQ(status_of(answer), 400) << bad;
        EXPECT_NE(answer.find("Connection: close"), std::string::npos);
        EXPECT_TRUE(peer.server_has_finished());
        EXPECT_EQ(ask(peer, kGet), "");
        peer.finish();
        settle();
    }
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ConnectionTest, does_not_begin_for_who_has_left_while_the_program_held_up_the_loop) {
    for (const bool is_late : {false, true}) {
        for (const bool is_reset : {false, true}) {
            if (is_reset && !is_late) continue;
            loop().set_late(is_late);
            io::SimPeer& peer = connect();
            waiting.clear();
            peer.send(kGetLater);
            is_reset ? peer.reset() : peer.finish();
            settle();
            EXPECT_EQ(waiting.empty(), is_late);
            EXPECT_NE(peer.server_has_closed(), !is_late);
            if (!is_late) {
                answer("half closed");
                EXPECT_EQ(body_of(peer.take_received()), "half closed");
            }
        }
    }
    loop().set_late(true);
    EXPECT_EQ(status_of(ask(connect(), kGet)), 200) << "who waits is answered";
    io::SimPeer& pipelined = connect();
    pipelined.send(std::string(kGet) + std::string(kGetLater));
    pipelined.finish();
    waiting.clear();
    settle();
    EXPECT_TRUE(waiting.empty());
    EXPECT_TRUE(pipelined.server_has_closed());
    EXPECT_EQ(server().exchanges_live(), 0u);
    EXPECT_EQ(server().stats().requests_dropped_total, 2u)
        << "what a reset takes along has not come";
}

TEST_F(ConnectionTest, bounds_what_is_pipelined_behind_a_slow_request) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int index = 0; index < 100; ++index) {
        peer.send(std::string(8192, 'x'));
    }
    settle();
    EXPECT_LT(memory().bytes_in_use(), 5 * kPipelinedBytesMax);
}

TEST_F(ConnectionTest, reads_on_when_what_it_had_put_off_is_the_beginning_of_a_large_head) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string request =
        "GET /hello HTTP/1.1\r\nHost: a\r\nX-Large: " + std::string(200'000, 'x') + "\r\n\r\n";
    for (std::size_t at = 0; at < request.size(); at += 50'000) {
        peer.send(request.substr(at, 50'000));
    }
    settle();
    answer("first");
    EXPECT_EQ(status_of(peer.take_received(), 1), 200);
}

TEST_F(LimitedTest, enforces_each_limit_with_its_status) {
    struct Case {
        std::string bytes;
        int status;
    };
    const std::string host = "Host: a\r\n";
    const Case cases[] = {
        {"GET /" + std::string(70, 'a') + " HTTP/1.1\r\n", 414},
        {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(300, 'a'), 431},
        {"GET / HTTP/1.1\r\n" + host + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n", 431},
        {"POST /body HTTP/1.1\r\n" + host + "Content-Length: 11\r\n\r\n", 413},
        {"POST /body HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nabcde\r\n",
         413},
        {"POST /body HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nb\r\n", 413},
        {"POST /body HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
         413},
        {"POST /body HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n",
         413},
        {"POST /body HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
         400},
        {"POST /nowhere HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nb\r\n", 413},
        {"POST /body HTTP/1.1\r\n" + host + "Content-Length: 10\r\n\r\n0123456789", 200},
    };
    for (const Case& example : cases) {
        io::SimPeer& peer = connect();
        EXPECT_EQ(status_of(ask(peer, example.bytes)), example.status) << example.bytes;
        peer.finish();
        settle();
    }
}

}  // namespace
}  // namespace trivet::http
