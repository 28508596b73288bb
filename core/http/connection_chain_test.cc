#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "http/chain.h"
#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

// A chain whose parts are lambdas.
class TestChain final : public Chain {
public:
    explicit TestChain(std::string line, bool is_guarded = false, bool answers_preflights = false)
        : line_(std::move(line)) {
        fields_size_max_ = line_.size();
        is_guarded_ = is_guarded;
        answers_preflights_ = answers_preflights;
    }
    const ChainAnswer* on_head(Exchange& exchange, Random&) const noexcept override {
        ++seen;
        preflight = std::string_view(exchange.notes.preflight);
        is_refused_preflight = exchange.notes.is_refused_preflight;
        return head ? head(exchange) : nullptr;
    }
    char* write_fields(char* out, const Exchange&,
                       std::span<const http1::HeaderView>) const noexcept override {
        return append(out, line_);
    }

    std::function<const ChainAnswer*(Exchange&)> head;
    mutable int seen = 0;
    mutable std::string preflight;
    mutable bool is_refused_preflight = false;

private:
    const std::string line_;
};

constexpr ChainAnswer kRefused{401, "who are you"};
constexpr ChainAnswer kDone{204, {}};
constexpr std::string_view kHost = " HTTP/1.1\r\nHost: a\r\n";

std::string request(std::string_view line, std::string_view fields = {}) {
    return std::string(line) + std::string(kHost) + std::string(fields) + "\r\n";
}

class ConnectionChainTest : public ::testing::Test, public ServerHarness {
protected:
    // Routes 1 (GET /a) and 2 (POST /a) have chains, 3 (GET /b) has none.
    void serve() {
        route("GET", "/a", [this](Exchange& exchange) { text(exchange, "a"); });
        route("POST", "/a", [this](Exchange& exchange) { text(exchange, exchange.view.body); });
        route("GET", "/b", [this](Exchange& exchange) { text(exchange, "b"); });
        chains = {&none_, first_, &post_, nullptr};
        start();
    }
    std::string ask_alone(std::string_view bytes) { return ask(connect(), bytes); }

    TestChain none_{"X-Chain: none\r\n"};
    TestChain get_{"X-Chain: get\r\n"};
    TestChain post_{"X-Chain: post\r\n", true};
    const Chain* first_ = &get_;
};

TEST_F(ConnectionChainTest, fields_of_the_route_end_the_head) {
    serve();
    const std::string answer = ask_alone(request("GET /a"));
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("\r\nX-Chain: get\r\n\r\na"), std::string::npos) << answer;
}

TEST_F(ConnectionChainTest, a_route_without_a_chain_pays_nothing) {
    serve();
    EXPECT_EQ(ask_alone(request("GET /b")).find("X-Chain"), std::string::npos);
    EXPECT_EQ(get_.seen + post_.seen + none_.seen, 0);
}

TEST_F(ConnectionChainTest, requests_without_a_route_come_to_the_first_one) {
    serve();
    const std::string answer = ask_alone(request("GET /none"));
    EXPECT_EQ(status_of(answer), 404);
    EXPECT_NE(answer.find("X-Chain: none"), std::string::npos);
    EXPECT_NE(ask_alone(request("OPTIONS *")).find("X-Chain: none"), std::string::npos);
}

TEST_F(ConnectionChainTest, the_guarded_chain_of_a_path_holds_for_its_other_methods) {
    serve();
    for (const char* line : {"DELETE /a", "OPTIONS /a"}) {
        EXPECT_NE(ask_alone(request(line)).find("X-Chain: post"), std::string::npos) << line;
    }
    post_.head = [](Exchange&) { return &kRefused; };
    EXPECT_EQ(status_of(ask_alone(request("DELETE /a"))), 401);
    EXPECT_EQ(status_of(ask_alone(request("OPTIONS /a"))), 401);
    EXPECT_EQ(status_of(ask_alone(request("HEAD /a"))), 200);
}

TEST_F(ConnectionChainTest, what_a_chain_answers_keeps_the_connection) {
    serve();
    get_.head = [](Exchange&) { return &kRefused; };
    const std::string two = request("GET /a") + request("GET /b");
    const std::string answer = ask_alone(two);
    EXPECT_EQ(status_of(answer, 0), 401);
    EXPECT_EQ(status_of(answer, 1), 200);
    EXPECT_NE(answer.find("who are you"), std::string::npos);
    EXPECT_EQ(server().stats().requests_total, 2u);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionChainTest, content_is_not_read_for_a_refusal) {
    serve();
    post_.head = [](Exchange&) { return &kRefused; };
    const std::string head = request("POST /a", "Content-Length: 5\r\nExpect: 100-continue\r\n");
    const std::string answer = ask_alone(head);
    EXPECT_EQ(status_of(answer), 401);
    EXPECT_EQ(answer.find("100 Continue"), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionChainTest, content_is_read_for_who_passes) {
    serve();
    const std::string answer = ask_alone(request("POST /a", "Content-Length: 5\r\n") + "hello");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "hello");
}

TEST_F(ConnectionChainTest, errors_within_content_have_the_fields) {
    serve();
    const std::string answer =
        ask_alone(request("POST /a", "Transfer-Encoding: chunked\r\n") + "zz\r\n");
    EXPECT_EQ(status_of(answer), 400);
    EXPECT_NE(answer.find("X-Chain: post"), std::string::npos);
    EXPECT_EQ(server().exchanges_live(), 0u);
}

TEST_F(ConnectionChainTest, the_error_handler_may_answer_for_it) {
    interests.maps_errors = true;
    error = [this](Exchange& exchange, std::uint32_t status, std::string_view) {
        EXPECT_EQ(status, 401u);
        text(exchange, "mapped");
    };
    serve();
    get_.head = [](Exchange& exchange) {
        EXPECT_EQ(exchange.add_field("WWW-Authenticate", "Test"), Status::ok);
        return &kRefused;
    };
    const std::string answer = ask_alone(request("GET /a"));
    EXPECT_EQ(body_of(answer), "mapped");
    EXPECT_NE(answer.find("WWW-Authenticate: Test"), std::string::npos);
    EXPECT_NE(answer.find("X-Chain: get"), std::string::npos);
}

class PreflightTest : public ConnectionChainTest {
protected:
    static std::string preflight(std::string_view method, std::string_view path = "/a") {
        return request(
            "OPTIONS " + std::string(path),
            "Origin: https://b\r\nAccess-Control-Request-Method: " + std::string(method) + "\r\n");
    }
    void serve_preflights() {
        first_ = &cors_;
        serve();
        cors_.head = [](Exchange& exchange) -> const ChainAnswer* {
            return exchange.notes.preflight.empty() ? nullptr : &kDone;
        };
        post_.head = [](Exchange&) { return &kRefused; };
    }

    TestChain cors_{"X-Chain: cors\r\n", false, true};
};

TEST_F(PreflightTest, comes_to_the_chain_of_the_method_it_asks_for) {
    serve_preflights();
    EXPECT_EQ(status_of(ask_alone(preflight("GET"))), 204);
    EXPECT_EQ(cors_.preflight, "GET");
    EXPECT_FALSE(cors_.is_refused_preflight);
}

TEST_F(PreflightTest, is_an_ordinary_request_where_nobody_answers_it) {
    serve_preflights();
    EXPECT_EQ(status_of(ask_alone(preflight("POST"))), 401);
}

TEST_F(PreflightTest, a_method_that_is_not_there_is_known) {
    serve_preflights();
    post_.head = nullptr;
    ask_alone(preflight("PUT"));
    EXPECT_EQ(post_.preflight, "PUT");
    EXPECT_TRUE(post_.is_refused_preflight);
}

TEST_F(PreflightTest, without_an_origin_it_is_none) {
    serve_preflights();
    EXPECT_EQ(status_of(ask_alone(request("OPTIONS /a", "Access-Control-Request-Method: GET\r\n"))),
              401);
}

}  // namespace
}  // namespace trivet::http
