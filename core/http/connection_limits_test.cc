// Limits that single routes have in place of the server's.
#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

class RouteLimitsTest : public ::testing::Test, public ServerHarness {
protected:
    RouteLimitsTest()
        : ServerHarness({.body_bytes_max = 10,
                         .body_timeout_ms = 2000,
                         .body_rate_min = 0,
                         .request_timeout_ms = 5000,
                         .idle_timeout_ms = 600'000,
                         .send_timeout_ms = 1000,
                         .send_rate_min = 0}) {}

    void body_route(std::string_view pattern) {
        route("POST", pattern, [this](Exchange& exchange) { text(exchange, exchange.view.body); });
    }
    void late_route(std::string_view pattern) {
        route("*", pattern, [this](Exchange& exchange) { waiting.push_back(&exchange); });
    }
    void answer() {
        Exchange* exchange = waiting.front();
        waiting.erase(waiting.begin());
        text(*exchange, "late");
        settle();
    }
    static std::string post(std::string_view path, std::string_view length,
                            std::string_view content) {
        return "POST " + std::string(path) +
               " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n" +
               std::string(content);
    }
    static std::string get(std::string_view path) {
        return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    std::vector<Exchange*> waiting;
};

TEST_F(RouteLimitsTest, content_may_be_as_long_as_its_route_says) {
    body_route("/own");
    own_limits().body_bytes_max = 12;
    body_route("/common");
    start();
    io::SimPeer& peer = connect();
    EXPECT_EQ(body_of(ask(peer, post("/own", "12", "0123456789ab"))), "0123456789ab");
    EXPECT_EQ(body_of(ask(peer, post("/common", "10", "0123456789"))), "0123456789");
    EXPECT_EQ(status_of(ask(peer, post("/common", "11", ""))), 413);
    EXPECT_EQ(status_of(ask(connect(), post("/own", "13", ""))), 413);
    // Without a route the server's own limit holds, whatever the connection has asked for before.
    io::SimPeer& other = connect();
    ask(other, post("/own", "1", "0"));
    EXPECT_EQ(status_of(ask(other, post("/none", "10", "0123456789"))), 404);
    EXPECT_EQ(status_of(ask(other, post("/none", "11", ""))), 413);
}

TEST_F(RouteLimitsTest, chunked_content_too) {
    body_route("/own");
    own_limits().body_bytes_max = 4;
    start();
    const std::string head = "POST /own HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(body_of(ask(connect(), head + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n")), "abcd");
    EXPECT_EQ(status_of(ask(connect(), head + "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")), 413);
}

TEST_F(RouteLimitsTest, content_may_cease_for_as_long_as_its_route_says) {
    body_route("/own");
    own_limits().body_timeout_ms = 500;
    body_route("/common");
    start();
    io::SimPeer& own = connect();
    io::SimPeer& common = connect();
    ask(own, post("/own", "5", "ab"));
    ask(common, post("/common", "5", "ab"));
    advance_ms(1000);
    EXPECT_EQ(status_of(own.take_received()), 408);
    EXPECT_EQ(common.take_received(), "");
    EXPECT_EQ(body_of(ask(common, "cde")), "abcde");
}

TEST_F(RouteLimitsTest, content_may_be_as_slow_as_its_route_says) {
    body_route("/own");
    own_limits().body_rate_min = 8;
    body_route("/common");
    start();
    io::SimPeer& own = connect();
    io::SimPeer& common = connect();
    ask(own, post("/own", "10", "a"));
    ask(common, post("/common", "10", "a"));
    std::string of_own;
    for (int count = 0; count < 3; ++count) {
        advance_ms(1000);
        of_own += ask(own, "b");
        EXPECT_EQ(ask(common, "b"), "") << "one byte a second is enough here";
    }
    EXPECT_EQ(status_of(of_own), 408) << "8 a second are not";
    EXPECT_EQ(body_of(ask(common, "cccccc")), "abbbcccccc");
}

TEST_F(RouteLimitsTest, a_handler_may_take_as_long_as_its_route_says) {
    late_route("/own");
    own_limits().request_timeout_ms = 500;
    late_route("/common");
    late_route("/endless");
    own_limits().request_timeout_ms = 0;
    start();
    io::SimPeer& own = connect();
    io::SimPeer& common = connect();
    io::SimPeer& endless = connect();
    ask(own, get("/own"));
    ask(common, get("/common"));
    ask(endless, get("/endless"));
    advance_ms(1000);
    EXPECT_EQ(status_of(own.take_received()), 503);
    EXPECT_EQ(common.take_received(), "");
    advance_ms(5000);
    EXPECT_EQ(status_of(common.take_received()), 503);
    EXPECT_EQ(server().stats().timeouts_total, 2u);
    advance_ms(3'600'000);
    EXPECT_EQ(endless.take_received(), "");
    for (int count = 0; count < 2; ++count) {  // they were answered for
        server().break_off(*waiting[static_cast<std::size_t>(count)]);
    }
    waiting.erase(waiting.begin(), waiting.begin() + 2);
    answer();
    EXPECT_EQ(body_of(endless.take_received()), "late");
}

TEST_F(RouteLimitsTest, a_client_may_take_an_answer_as_slowly_as_its_route_says) {
    const std::string large(100'000, 'x');
    for (const char* pattern : {"/own", "/common"}) {
        route("GET", pattern, [this, &large](Exchange& exchange) { text(exchange, large); });
        own_limits().send_rate_min = std::string_view(pattern) == "/own" ? 1000 : 0;
    }
    start();
    io::SimPeer& own = connect();
    io::SimPeer& common = connect();
    own.take_max = 0;
    common.take_max = 0;
    ask(own, get("/own"));
    ask(common, get("/common"));
    for (int count = 0; count < 8; ++count) {
        advance_ms(600);
        own.take_max = 10;
        common.take_max = 10;
        loop().dispatch();
        own.take_max = 0;
        common.take_max = 0;
    }
    EXPECT_TRUE(own.server_has_closed()) << "too little for this route";
    EXPECT_FALSE(common.server_has_closed()) << "it takes something";
}

TEST_F(RouteLimitsTest, requests_beyond_a_gate_are_told_to_come_back) {
    gates = {{.requests_max = 2, .outer = 0}, {.requests_max = 1, .outer = 1}};
    late_route("/outer");
    own_limits().gate = 1;
    late_route("/inner");
    own_limits().gate = 2;
    late_route("/free");
    start();
    io::SimPeer& first = connect();
    io::SimPeer& second = connect();
    io::SimPeer& third = connect();
    ask(first, get("/inner"));
    const std::string refused = ask(second, get("/inner"));
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(ask(second, get("/outer")), "") << "it waits";
    EXPECT_EQ(status_of(ask(third, get("/outer"))), 503) << "one of each are two";
    EXPECT_EQ(ask(third, get("/free")), "");
    EXPECT_EQ(server().stats().requests_shed_total, 2u);
    answer();
    EXPECT_EQ(body_of(first.take_received()), "late");
    EXPECT_EQ(ask(first, get("/inner")), "") << "there is room again";
    while (!waiting.empty()) {
        answer();
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(RouteLimitsTest, a_refused_request_with_content_ends_its_connection) {
    gates = {{.requests_max = 1, .outer = 0}};
    late_route("/one");
    own_limits().gate = 1;
    start();
    ask(connect(), get("/one"));
    io::SimPeer& peer = connect();
    const std::string refused = ask(peer, post("/one", "5", "hello") + get("/one"));
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(response_at(refused, 1), std::string::npos);
    answer();
}

TEST_F(RouteLimitsTest, whoever_leaves_makes_room_when_its_handler_is_done) {
    gates = {{.requests_max = 1, .outer = 0}};
    late_route("/one");
    own_limits().gate = 1;
    body_route("/body");
    own_limits().gate = 1;
    start();
    io::SimPeer& leaver = connect();
    ask(leaver, get("/one"));
    leaver.reset();
    settle();
    EXPECT_EQ(status_of(ask(connect(), get("/one"))), 503) << "its handler still runs";
    server().break_off(*waiting.front());
    waiting.clear();
    ask(connect(), get("/one"));
    EXPECT_EQ(waiting.size(), 1u);
    answer();
}

TEST_F(RouteLimitsTest, whoever_was_given_up_keeps_its_room_until_it_notices) {
    gates = {{.requests_max = 1, .outer = 0}};
    late_route("/one");
    own_limits().gate = 1;
    own_limits().request_timeout_ms = 500;
    start();
    io::SimPeer& peer = connect();
    ask(peer, get("/one"));
    advance_ms(1000);
    EXPECT_EQ(status_of(peer.take_received()), 503);
    EXPECT_EQ(server().gate_count(1), 1u) << "its handler still works";
    const std::string refused = ask(peer, get("/one"));
    EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    server().break_off(*waiting.front());
    waiting.clear();
    EXPECT_EQ(server().gate_count(1), 0u);
    EXPECT_EQ(ask(peer, get("/one")), "");
    answer();
    EXPECT_EQ(body_of(peer.take_received()), "late");
}

TEST_F(RouteLimitsTest, every_end_of_a_request_makes_room) {
    gates = {{.requests_max = 1, .outer = 0}, {.requests_max = 1, .outer = 1}};
    const Reply head{.status = 200, .content = Content::text, .fields = {}, .body = {}};
    bool is_full = false;
    const Reply whole{.status = 200, .content = Content::text, .fields = {}, .body = "whole"};
    const auto has_begun = [&](Exchange& exchange, std::uint64_t length = kUnknownLength) {
        return server().begin(exchange, head, length) == Status::ok;
    };
    const std::vector<Handler> ends = {
        [&](Exchange& exchange) { server().reply(exchange, whole); },
        [&](Exchange& exchange) { server().reply_problem(exchange, 400, "no"); },
        [&](Exchange& exchange) { server().reply_fail(exchange, "an exception"); },
        [&](Exchange& exchange) { server().break_off(exchange); },
        [&](Exchange& exchange) {
            if (has_begun(exchange)) {
                server().write(exchange, "piece", is_full);
                server().finish(exchange);
            }
        },
        [&](Exchange& exchange) {
            if (has_begun(exchange, 10)) server().finish(exchange);  // less than was promised
        },
        [&](Exchange& exchange) {
            if (has_begun(exchange)) server().break_off(exchange);
        },
        [&](Exchange& exchange) {
            if (has_begun(exchange)) server().reply_fail(exchange, "an exception");
        },
    };
    Handler end;
    route("*", "/late", [&](Exchange& exchange) { waiting.push_back(&exchange); });
    own_limits().gate = 2;
    route("*", "/now", [&](Exchange& exchange) { end(exchange); });
    own_limits().gate = 2;
    stream("*", "/stream", [&](Exchange& exchange) { end(exchange); });
    own_limits().gate = 2;
    start();
    for (const Handler& each : ends) {
        end = each;
        for (const std::string& request :
             {get("/now"), "HEAD" + get("/now").substr(3), post("/now", "2", "ab"),
              post("/stream", "2", "ab"), post("/stream", "2", "a")}) {
            ask(connect(), request);
            EXPECT_EQ(server().gate_count(1), 0u) << &each - ends.data() << " " << request;
            EXPECT_EQ(server().gate_count(2), 0u) << &each - ends.data() << " " << request;
        }
        for (const bool is_reset : {false, true}) {  // the same for a client that has gone
            io::SimPeer& peer = connect();
            ask(peer, get("/late"));
            ASSERT_EQ(server().gate_count(1), 1u);
            is_reset ? peer.reset() : peer.finish();
            settle();
            each(*waiting.front());
            waiting.clear();
            settle();
            EXPECT_EQ(server().gate_count(1), 0u) << &each - ends.data() << " " << is_reset;
        }
    }
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(RouteLimitsTest, what_has_no_route_passes_no_gate) {
    gates = {{.requests_max = 1, .outer = 0}};
    route("GET", "/one", [this](Exchange& exchange) { waiting.push_back(&exchange); });
    own_limits().gate = 1;
    start();
    ask(connect(), get("/one"));
    io::SimPeer& peer = connect();
    const std::string refused = ask(peer, "HEAD" + get("/one").substr(3));
    EXPECT_EQ(status_of(refused), 503) << "HEAD is the route's";
    EXPECT_EQ(body_of(refused), "");
    EXPECT_EQ(status_of(ask(peer, post("/one", "2", "ab"))), 405);
    EXPECT_EQ(status_of(ask(peer, get("/none"))), 404);
    EXPECT_EQ(server().gate_count(1), 1u);
    answer();
    EXPECT_EQ(server().gate_count(1), 0u);
}

TEST_F(RouteLimitsTest, a_request_takes_room_from_its_delivery_on) {
    gates = {{.requests_max = 1, .outer = 0}};
    late_route("/one");
    own_limits().gate = 1;
    body_route("/body");
    own_limits().gate = 1;
    start();
    // Who sends content slowly keeps nobody out.
    io::SimPeer& slow = connect();
    io::SimPeer& other = connect();
    ask(slow, post("/body", "5", "ab"));
    ask(other, post("/body", "5", "ab"));
    io::SimPeer& first = connect();
    EXPECT_EQ(ask(first, get("/one")), "");
    EXPECT_EQ(status_of(ask(slow, "cde")), 503);
    EXPECT_EQ(status_of(ask(connect(), post("/body", "5", ""))), 503) << "before its content";
    answer();
    EXPECT_EQ(body_of(ask(other, "cde")), "abcde");
    EXPECT_EQ(server().gate_count(1), 0u);
}

TEST_F(RouteLimitsTest, streams_take_room_with_their_heads) {
    gates = {{.requests_max = 1, .outer = 0}};
    stream("POST", "/stream", [this](Exchange& exchange) { waiting.push_back(&exchange); });
    own_limits().gate = 1;
    start();
    io::SimPeer& first = connect();
    ask(first, post("/stream", "5", "ab"));
    EXPECT_EQ(waiting.size(), 1u);
    const std::string refused = ask(connect(), post("/stream", "5", "ab"));
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nConnection: close\r\n"), std::string::npos);
    answer();
    EXPECT_EQ(body_of(first.take_received()), "late");
    EXPECT_EQ(server().gate_count(1), 0u);
}

TEST_F(RouteLimitsTest, pipelined_requests_have_each_its_own) {
    body_route("/own");
    own_limits().body_bytes_max = 2;
    body_route("/common");
    start();
    const std::string answers =
        ask(connect(), post("/own", "2", "ab") + post("/common", "4", "abcd") +
                           post("/own", "2", "ab") + post("/own", "3", "abc"));
    EXPECT_EQ(status_of(answers, 0), 200);
    EXPECT_EQ(status_of(answers, 1), 200);
    EXPECT_EQ(status_of(answers, 2), 200);
    EXPECT_EQ(status_of(answers, 3), 413);
}

}  // namespace
}  // namespace trivet::http
