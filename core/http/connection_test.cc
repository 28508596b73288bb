#include "http/connection.h"

#include "http/harness_test.h"

namespace trivet::http {
namespace {

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionTest : public ::testing::Test, public ServerHarness {
protected:
    explicit ConnectionTest(const Limits& limits = {.head = {8192, 1 << 20, 100}})
        : ServerHarness(limits) {}
    void SetUp() override {
        route("GET", "/hello", [this](Exchange& exchange) { text(exchange, "hi"); });
        route("*", "/body", [this](Exchange& exchange) { text(exchange, exchange.view.body); });
        route("GET", "/users/{id:int}",
              [this](Exchange& exchange) { text(exchange, exchange.view.params[0].value); });
        route("*", "/later", [this](Exchange& exchange) { waiting.push_back(&exchange); });
        start();
    }
    // Answers the oldest request that waits.
    void answer(std::string_view body) {
        Exchange* exchange = waiting.front();
        waiting.erase(waiting.begin());
        text(*exchange, body);
        settle();
    }
    std::vector<Exchange*> waiting;
};

TEST_F(ConnectionTest, answers_and_stays_open) {
    io::SimPeer& peer = connect();
    for (int round = 0; round < 3; ++round) {
        const std::string answer = ask(peer, kGet);
        EXPECT_EQ(status_of(answer), 200);
        EXPECT_EQ(body_of(answer), "hi");
        EXPECT_NE(answer.find("Content-Length: 2\r\n"), std::string::npos);
        EXPECT_EQ(answer.find("Connection:"), std::string::npos);
        EXPECT_NE(answer.find("Date: "), std::string::npos);
    }
    EXPECT_FALSE(peer.server_has_finished());
    EXPECT_EQ(server().stats().requests_total, 3u);
}

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
    for (std::size_t split = 1; split < requests.size(); ++split) {
        io::SimPeer& peer = connect();
        std::string answer = ask(peer, requests.substr(0, split));
        answer += ask(peer, requests.substr(split));
        EXPECT_EQ(answer, expected) << "split at " << split;
        peer.finish();
        settle();
    }
    io::SimPeer& bytewise = connect();
    bytewise.receive_max = 1;
    EXPECT_EQ(ask(bytewise, requests), expected);
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

TEST_F(ConnectionTest, closes_when_asked_and_waits_for_the_peers_end) {
    io::SimPeer& peer = connect();
    const std::string answer =
        ask(peer, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(peer.server_has_finished());
    EXPECT_FALSE(peer.server_has_closed());
    peer.finish();
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ConnectionTest, gives_up_lingering_after_a_while) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(peer.server_has_closed());
    advance_ms(kLingerMs + 500);
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, keeps_http10_open_only_when_asked) {
    io::SimPeer& peer = connect();
    const std::string answer = ask(peer, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(answer.find("Connection: keep-alive\r\n"), std::string::npos);
    EXPECT_FALSE(peer.server_has_finished());
}

TEST_F(ConnectionTest, answers_head_without_content_and_stays_in_step) {
    io::SimPeer& peer = connect();
    const std::string answers =
        ask(peer, std::string("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n") + std::string(kGet));
    EXPECT_EQ(status_of(answers), 200);
    EXPECT_EQ(response_at(answers, 1), answers.find("\r\n\r\n") + 4);
    EXPECT_EQ(body_of(answers), "hi");
}

TEST_F(ConnectionTest, answers_options_and_405_with_allow) {
    io::SimPeer& peer = connect();
    const std::string options = ask(peer, "OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(options), 204);
    EXPECT_NE(options.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_EQ(options.find("Content-Length"), std::string::npos);
    const std::string wrong = ask(peer, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(wrong), 405);
    EXPECT_NE(wrong.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
    EXPECT_NE(wrong.find(R"({"type":"about:blank","title":"Method Not Allowed","status":405})"),
              std::string::npos);
    EXPECT_EQ(status_of(ask(peer, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")), 204);
}

TEST_F(ConnectionTest, reads_past_the_content_of_a_request_it_has_no_route_for) {
    io::SimPeer& peer = connect();
    const std::string answers =
        ask(peer, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
                      std::string(kGet));
    EXPECT_EQ(status_of(answers), 404);
    EXPECT_EQ(status_of(answers, 1), 200);
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

TEST_F(ConnectionTest, says_continue_only_when_it_will_read) {
    io::SimPeer& peer = connect();
    const std::string head =
        "POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    EXPECT_EQ(ask(peer, head), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(status_of(ask(peer, "ok")), 200);
    EXPECT_EQ(status_of(ask(peer, head + "ok")), 200);
    const std::string refused = ask(
        peer,
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(status_of(refused), 404);
    EXPECT_TRUE(peer.server_has_finished());
}

TEST_F(ConnectionTest, tells_when_the_client_leaves_and_still_answers_a_half_closed_one) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.finish();
    settle();
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(waiting[0]->view.flags & kGone, kGone);
    answer("still there?");
    EXPECT_EQ(body_of(peer.take_received()), "still there?");
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, tells_once_that_a_client_leaves_in_two_steps) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, std::string(kGet) + "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.finish();
    settle();
    EXPECT_EQ(gone, 1);
    peer.reset();
    settle();
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
}

TEST_F(ConnectionTest, gives_gone_for_an_answer_to_a_broken_connection) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    peer.reset();
    settle();
    EXPECT_EQ(gone, 1);
    EXPECT_TRUE(server().is_empty());
    EXPECT_EQ(server().exchanges_live(), 1u);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionTest, answers_what_came_before_the_peers_end) {
    io::SimPeer& peer = connect();
    peer.send(std::string(kGet) + std::string(kGet));
    peer.finish();
    settle();
    EXPECT_EQ(status_of(peer.take_received(), 1), 200);
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, says_at_debug_level_why_a_connection_ended) {
    io::SimPeer& peer = connect();
    log().set_level(LogLevel::debug);
    ::testing::internal::CaptureStderr();
    peer.finish();
    settle();
    const std::string line = ::testing::internal::GetCapturedStderr();
    EXPECT_NE(line.find("closed: closed by the client"), std::string::npos) << line;
}

TEST_F(ConnectionTest, answers_all_that_was_pipelined_before_the_peers_end) {
    io::SimPeer& peer = connect();
    peer.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) +
              "GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) + "GET /hel");
    peer.finish();
    settle();
    answer("one");
    answer("three");
    const std::string answers = peer.take_received();
    EXPECT_EQ(status_of(answers, 3), 200);
    EXPECT_EQ(response_at(answers, 4), std::string::npos);
    EXPECT_EQ(body_of(answers), "hi");
    EXPECT_TRUE(peer.server_has_closed());
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionTest, answers_what_was_pipelined_when_the_end_comes_with_the_turn) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(kGet) + "GET /hel");
    text(*waiting.front(), "first");
    peer.finish();
    settle();
    const std::string answers = peer.take_received();
    EXPECT_EQ(status_of(answers, 1), 200);
    EXPECT_EQ(body_of(answers), "hi");
    EXPECT_TRUE(peer.server_has_closed());
}

TEST_F(ConnectionTest, answers_what_was_pipelined_although_its_answers_are_taken_late) {
    const std::string body(60'000, 'b');
    const std::string request =
        "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + body;
    for (const int count : {18, 19, 40}) {
        io::SimPeer& peer = connect();
        peer.take_max = 0;
        std::string requests;
        for (int index = 0; index < count; ++index) {
            requests += request;
        }
        peer.send(requests);
        peer.finish();
        settle();
        peer.take_max = SIZE_MAX;
        settle();
        const auto last = static_cast<std::size_t>(count) - 1;
        EXPECT_EQ(status_of(peer.take_received(), last), 200) << count;
        EXPECT_TRUE(peer.server_has_closed()) << count;
    }
}

TEST_F(ConnectionTest, stops_reading_while_its_answers_are_not_taken) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    const std::string body(60'000, 'b');
    const std::string request =
        "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + body;
    for (int index = 0; index < 60; ++index) {
        peer.send(request);
    }
    settle();
    EXPECT_LT(memory().bytes_in_use(), 8u << 20);
    EXPECT_LT(server().stats().requests_total, 40u);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(server().stats().requests_total, 60u);
    EXPECT_EQ(status_of(peer.take_received(), 59), 200);
}

TEST_F(ConnectionTest, bounds_what_is_pipelined_behind_a_slow_request) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int index = 0; index < 100; ++index) {
        peer.send(std::string(8192, 'x'));
    }
    settle();
    EXPECT_LT(memory().bytes_in_use(), 4 * kPipelinedBytesMax);
}

TEST_F(ConnectionTest, hurries_a_send_that_an_answer_waits_for) {
    io::SimPeer& peer = connect();
    peer.take_max = 0;
    ask(peer, std::string(kGet) + "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(loop().hurries(), 0u);
    answer("second");
    EXPECT_EQ(loop().hurries(), 1u);
    peer.take_max = SIZE_MAX;
    settle();
    EXPECT_EQ(body_of(peer.take_received()), "second");
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

class LimitedTest : public ConnectionTest {
protected:
    LimitedTest()
        : ConnectionTest({.head = {64, 256, 4},
                          .body_bytes_max = 10,
                          .connections_max = 2,
                          .head_timeout_ms = 1000,
                          .body_timeout_ms = 2000,
                          .idle_timeout_ms = 3000,
                          .send_timeout_ms = 4000}) {}
};

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
    advance_ms(2500);
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

TEST_F(LimitedTest, a_request_under_way_has_no_deadline_of_its_connection) {
    io::SimPeer& peer = connect();
    ask(peer, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    advance_ms(60'000);
    answer("at last");
    EXPECT_EQ(body_of(peer.take_received()), "at last");
    advance_ms(2000);
    EXPECT_FALSE(peer.server_has_closed());
}

TEST_F(LimitedTest, closes_connections_beyond_the_limit_at_once) {
    connect();
    connect();
    io::SimPeer& third = connect();
    EXPECT_TRUE(third.server_has_closed());
    EXPECT_EQ(server().stats().connections_refused_total, 1u);
}

TEST_F(ConnectionTest, drains) {
    io::SimPeer& idle = connect();
    io::SimPeer& busy = connect();
    io::SimPeer& late = loop().connect();
    ask(idle, kGet);
    ask(busy, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    server().drain();
    settle();
    const std::string last = ask(late, kGet);
    EXPECT_NE(last.find("Connection: close"), std::string::npos);
    io::SimPeer& refused = loop().connect();
    settle();
    EXPECT_EQ(ask(refused, kGet), "");
    advance_ms(kDrainGraceMs + 300);
    EXPECT_TRUE(idle.server_has_closed());
    EXPECT_FALSE(busy.server_has_finished());
    answer("finished");
    EXPECT_NE(busy.received().find("Connection: close"), std::string::npos);
    busy.finish();
    late.finish();
    settle();
    EXPECT_TRUE(server().is_empty());
}

TEST_F(ConnectionTest, an_abort_leaves_nothing_but_unanswered_handles) {
    io::SimPeer& busy = connect();
    ask(busy, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    connect();
    server().abort();
    settle();
    EXPECT_TRUE(server().is_empty());
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(server().reply(*waiting[0], {}), Status::gone);
}

}  // namespace
}  // namespace trivet::http
