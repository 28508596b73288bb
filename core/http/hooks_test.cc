#include <gtest/gtest.h>

#include <string>

#include "http/harness_test.h"

// Refusals that come to a handler, answers that are changed, fields that are added.

namespace trivet::http {
namespace {

class HooksTest : public testing::Test, public ServerHarness {
protected:
    explicit HooksTest(const Limits& limits = {}) : ServerHarness(limits) {}

    void answer(Exchange& exchange, std::uint32_t status) {
        const std::string body = std::to_string(exchange.view.refusal);
        EXPECT_EQ(
            server().reply(
                exchange, {.status = status, .content = Content::text, .fields = {}, .body = body}),
            Status::ok);
    }
};

class SmallBodyTest : public HooksTest {
protected:
    SmallBodyTest() : HooksTest(limits()) {}
    static Limits limits() {
        Limits limits;
        limits.body_bytes_max = 4;
        return limits;
    }
    static constexpr const char* kTooLong =
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345";
    static constexpr const char* kTooLongInChunks =
        "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n";
};

TEST_F(HooksTest, a_path_without_a_route_comes_to_the_fallback) {
    route("GET", "/a", [&](Exchange& exchange) { text(exchange, "a"); });
    take_refusals([&](Exchange& exchange) { answer(exchange, 404); });
    start();
    const std::string got = ask(connect(), "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(got), 404);
    EXPECT_EQ(body_of(got), "404");
}

TEST_F(HooksTest, allow_is_added_to_a_fallbacks_405_and_to_nothing_else) {
    route("GET", "/a", [&](Exchange& exchange) { text(exchange, "a"); });
    take_refusals([&](Exchange& exchange) {
        answer(exchange, exchange.view.refusal == 405 && exchange.view.body.empty() ? 405 : 200);
    });
    start();
    io::SimPeer& peer = connect();
    const std::string refused = ask(peer, "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(refused.find("\r\nAllow: GET, HEAD, OPTIONS\r\n"), std::string::npos) << refused;
    const std::string taken =
        ask(peer, "DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(status_of(taken), 200);
    EXPECT_EQ(taken.find("Allow"), std::string::npos);
}

TEST_F(HooksTest, the_fallback_gets_the_content) {
    std::string content;
    take_refusals([&](Exchange& exchange) {
        content = std::string_view(exchange.view.body);
        answer(exchange, 404);
    });
    start();
    io::SimPeer& peer = connect();
    ask(peer, "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    EXPECT_EQ(status_of(ask(peer, "cd")), 404);
    EXPECT_EQ(content, "abcd");
}

TEST_F(HooksTest, options_stays_with_the_engine) {
    route("GET", "/a", [&](Exchange& exchange) { text(exchange, "a"); });
    take_refusals([&](Exchange& exchange) { answer(exchange, 404); });
    start();
    EXPECT_EQ(status_of(ask(connect(), "OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n")), 204);
}

TEST_F(HooksTest, a_refusal_to_a_client_that_waits_closes_after_the_answer) {
    take_refusals([&](Exchange& exchange) { answer(exchange, 404); });
    start();
    const std::string got = ask(connect(),
                                "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
                                "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(status_of(got), 404);
    EXPECT_NE(got.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(got.find("100 Continue"), std::string::npos);
}

TEST_F(SmallBodyTest, content_beyond_the_limit_comes_to_the_fallback_and_closes) {
    route("POST", "/a", [&](Exchange& exchange) { text(exchange, "a"); });
    take_refusals([&](Exchange& exchange) { answer(exchange, 413); });
    start();
    for (const char* request : {kTooLong, kTooLongInChunks}) {
        io::SimPeer& peer = connect();
        const std::string got = ask(peer, request);
        EXPECT_EQ(status_of(got), 413) << got;
        EXPECT_EQ(body_of(got), "413");
        EXPECT_NE(got.find("\r\nConnection: close\r\n"), std::string::npos);
        EXPECT_EQ(response_at(got, 1), std::string::npos);
        EXPECT_TRUE(peer.server_has_finished());
    }
}

TEST_F(SmallBodyTest, a_late_answer_to_content_beyond_the_limit_is_the_last_one) {
    Exchange* waiting = nullptr;
    route("POST", "/a", [&](Exchange& exchange) { text(exchange, "a"); });
    take_refusals([&](Exchange& exchange) { waiting = &exchange; });
    start();
    for (const char* request : {kTooLong, kTooLongInChunks}) {
        io::SimPeer& peer = connect();
        EXPECT_EQ(ask(peer, std::string(request) + "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), "");
        ASSERT_NE(waiting, nullptr);
        answer(*waiting, 413);
        settle();
        EXPECT_EQ(status_of(peer.take_received()), 413);
        EXPECT_TRUE(peer.server_has_finished());
    }
}

TEST_F(HooksTest, an_after_hook_changes_the_answer) {
    route("GET", "/a", [&](Exchange& exchange) {
        exchange.has_after_hooks = true;
        text(exchange, "a");
    });
    after = [](Exchange& exchange, Reply& reply) {
        EXPECT_EQ(exchange.add_field("X-After", "1"), Status::ok);
        reply.status = 201;
        reply.body = "changed";
    };
    start();
    const std::string got = ask(connect(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(got), 201);
    EXPECT_EQ(body_of(got), "changed");
    EXPECT_NE(got.find("\r\nX-After: 1\r\n"), std::string::npos);
}

TEST_F(HooksTest, an_after_hook_that_spoils_the_answer_makes_it_a_failure) {
    route("GET", "/a", [&](Exchange& exchange) {
        exchange.has_after_hooks = true;
        text(exchange, "a");
    });
    after = [](Exchange&, Reply& reply) { reply.status = 99; };
    start();
    EXPECT_EQ(status_of(ask(connect(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n")), 500);
    EXPECT_EQ(server().stats().handler_failures_total, 1u);
}

TEST_F(HooksTest, an_after_hook_cannot_answer) {
    route("GET", "/a", [&](Exchange& exchange) {
        exchange.has_after_hooks = true;
        text(exchange, "a");
    });
    after = [&](Exchange& exchange, Reply&) {
        EXPECT_EQ(server().reply(exchange, {}), Status::state);
        EXPECT_EQ(server().reply_problem(exchange, 500, ""), Status::state);
        EXPECT_EQ(server().reply_fail(exchange, ""), Status::state);
    };
    start();
    EXPECT_EQ(body_of(ask(connect(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n")), "a");
}

TEST_F(HooksTest, what_is_kept_with_an_unanswered_request_is_dropped_with_the_server) {
    static int dropped;
    dropped = 0;
    int one = 1;
    route("GET", "/a",
          [&](Exchange& exchange) { exchange.set_data(&one, [](void*) { ++dropped; }); });
    start();
    ask(connect(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(dropped, 0);
    stop();
    EXPECT_EQ(dropped, 1);
}

TEST_F(HooksTest, the_error_handler_answers_for_the_engine_and_for_handlers) {
    interests.maps_errors = true;
    error = [&](Exchange& exchange, std::uint32_t status, std::string_view detail) {
        const std::string body = "mapped " + std::string(detail);
        server().reply(exchange,
                       {.status = status, .content = Content::text, .fields = {}, .body = body});
    };
    route("GET", "/problem",
          [&](Exchange& exchange) { server().reply_problem(exchange, 409, "there"); });
    route("GET", "/fail", [&](Exchange& exchange) { server().reply_fail(exchange, "secret"); });
    start();
    io::SimPeer& peer = connect();
    EXPECT_EQ(body_of(ask(peer, "GET /problem HTTP/1.1\r\nHost: h\r\n\r\n")), "mapped there");
    EXPECT_EQ(body_of(ask(peer, "GET /fail HTTP/1.1\r\nHost: h\r\n\r\n")), "mapped ");
    EXPECT_EQ(body_of(ask(peer, "GET /none HTTP/1.1\r\nHost: h\r\n\r\n")), "mapped ");
    const std::string got = ask(peer, "PUT /fail HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(got), 405);
    EXPECT_NE(got.find("\r\nAllow: "), std::string::npos);
}

TEST_F(HooksTest, an_error_handler_that_does_not_answer_leaves_it_to_the_engine) {
    interests.maps_errors = true;
    int asked = 0;
    error = [&](Exchange&, std::uint32_t, std::string_view) { ++asked; };
    start();
    const std::string got = ask(connect(), "GET /none HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(got), 404);
    EXPECT_NE(got.find("application/problem+json"), std::string::npos);
    EXPECT_EQ(asked, 1);
}

TEST_F(HooksTest, added_fields_are_checked_and_bounded) {
    route("GET", "/a", [&](Exchange& exchange) {
        EXPECT_EQ(exchange.add_field("X", "a\r\nY: b"), Status::header);
        EXPECT_EQ(exchange.add_field("Content-Length", "1"), Status::header);
        for (std::size_t count = 0; count < kAddedFieldsMax; ++count) {
            EXPECT_EQ(exchange.add_field("X", "1"), Status::ok);
        }
        EXPECT_EQ(exchange.add_field("X", "1"), Status::limit);
        text(exchange, "a");
    });
    start();
    io::SimPeer& peer = connect();
    EXPECT_NE(ask(peer, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n").find("\r\nX: 1\r\n"),
              std::string::npos);
}

TEST_F(HooksTest, what_is_kept_with_a_request_is_dropped_once) {
    static int dropped;
    dropped = 0;
    const auto drop = [](void* data) { dropped += *static_cast<int*>(data); };
    int one = 1;
    int ten = 10;
    route("GET", "/a", [&](Exchange& exchange) {
        EXPECT_EQ(exchange.data(), nullptr);
        exchange.set_data(&one, drop);
        EXPECT_EQ(exchange.data(), &one);
        const int before = dropped;
        exchange.set_data(&ten, drop);
        EXPECT_EQ(dropped, before + 1);
        text(exchange, "a");
    });
    start();
    io::SimPeer& peer = connect();
    ask(peer, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(dropped, 11);
    ask(peer, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(dropped, 22);
}

TEST_F(HooksTest, the_authority_of_an_absolute_target_is_the_host_where_there_is_no_field) {
    route("GET", "/a", [&](Exchange& exchange) { text(exchange, "any"); });
    route("GET", "/a", [&](Exchange& exchange) { text(exchange, "example"); }, "example.com");
    start();
    EXPECT_EQ(body_of(ask(connect(), "GET http://example.com/a HTTP/1.0\r\n\r\n")), "example");
    EXPECT_EQ(body_of(ask(connect(), "GET /a HTTP/1.0\r\n\r\n")), "any");
}

TEST_F(HooksTest, the_authority_of_an_absolute_target_replaces_host) {
    std::string host;
    route("GET", "/a", [&](Exchange& exchange) {
        const http1::HeaderView* field = exchange.find_header("host");
        host = field != nullptr ? std::string(std::string_view(field->value)) : "none";
        text(exchange, "a");
    });
    start();
    ask(connect(), "GET http://example.com:81/a HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(host, "example.com:81");
}

}  // namespace
}  // namespace trivet::http
