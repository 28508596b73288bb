#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/harness_test.h"

namespace trivet::http {

inline constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr std::string_view kGetLater = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";

// A server with a few routes, and requests that are answered later.
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
    // Wherever the bytes are cut, the answers are those to the whole.
    void expect_however_cut(const std::string& requests, const std::string& expected) {
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
    std::vector<Exchange*> waiting;
};

// The same with limits that are soon reached.
class LimitedTest : public ConnectionTest {
protected:
    LimitedTest()
        : ConnectionTest({.head = {64, 256, 4},
                          .body_bytes_max = 10,
                          .connections_max = 2,
                          .head_timeout_ms = 1000,
                          .body_timeout_ms = 2000,
                          .body_rate_min = 0,
                          .idle_timeout_ms = 3000,
                          .keep_alive_timeout_ms = 3500,
                          .send_timeout_ms = 4000,
                          .send_rate_min = 0}) {}
};

}  // namespace trivet::http
