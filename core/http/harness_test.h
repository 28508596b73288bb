#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "http/server.h"
#include "io/sim.h"

namespace trivet::http {

// A server over the simulated loop whose handlers are lambdas. Every test of this folder drives
// one.
class ServerHarness : public Dispatcher {
public:
    explicit ServerHarness(const Limits& limits = {}) : limits_(limits), log_(2, LogLevel::off) {}
    virtual ~ServerHarness() { server_.reset(); }

    using Handler = std::function<void(Exchange&)>;
    void route(std::string_view method, std::string_view pattern, Handler handler,
               std::string_view host = {}) {
        const auto added = router_.add({.methods = method,
                                        .host = host,
                                        .pattern = pattern,
                                        .site = {},
                                        .name = {},
                                        .value = static_cast<std::uint32_t>(handlers_.size())});
        ASSERT_TRUE(added.has_value());
        handlers_.push_back(std::move(handler));
        streamed_.resize(handlers_.size(), false);
    }
    // Of the route added last.
    RouteLimits& own_limits() {
        rules_.resize(handlers_.size(), common_limits(limits_));
        return rules_.back();
    }
    // The same, delivered when the head is there.
    void stream(std::string_view method, std::string_view pattern, Handler handler,
                std::uint64_t bytes_max = std::uint64_t{1} << 40) {
        route(method, pattern, std::move(handler));
        streamed_.back() = true;
        own_limits().body_bytes_max = bytes_max;
    }
    // Has understood requests that would be refused come to a handler.
    void take_refusals(Handler handler) {
        interests.takes_refusals = true;
        handlers_[kNoRoute] = std::move(handler);
    }
    void start() {
        router_.freeze();
        rules_.resize(rules_.empty() ? 0 : handlers_.size(), common_limits(limits_));
        server_ = std::make_unique<Server>(loop_, memory_, limits_, router_, log_, *this, interests,
                                           0, 1, RouteRules{rules_, gates, chains});
        server_->listen(3);
    }
    // Ends the server and all it holds.
    void stop() { server_.reset(); }
    void turn() {
        loop_.dispatch();
        server_->resume_pending();
        server_->run_deadlines();
        server_->flush_output();
    }
    // Turns until nothing is left to do.
    void settle() {
        for (int count = 0; count < 10'000; ++count) {
            turn();
            if (!loop_.has_work() && !server_->has_pending()) {
                return;
            }
        }
        FAIL() << "never settles";
    }
    io::SimPeer& connect() {
        io::SimPeer& peer = loop_.connect();
        settle();
        return peer;
    }
    // What the peer gets for what it sends.
    std::string ask(io::SimPeer& peer, std::string_view bytes) {
        peer.send(bytes);
        settle();
        return peer.take_received();
    }
    void advance_ms(std::uint64_t ms) {
        loop_.advance_ms(ms);
        settle();
    }

    void on_request(Exchange& exchange) noexcept override { handlers_[exchange.route](exchange); }
    void on_gone(Exchange&) noexcept override { ++gone; }
    void on_reply(Exchange& exchange, Reply& reply) noexcept override { after(exchange, reply); }
    void on_error(Exchange& exchange, std::uint32_t status,
                  std::string_view detail) noexcept override {
        error(exchange, status, detail);
    }
    void choose_content(const Exchange& exchange, ContentPolicy& policy) noexcept override {
        policy.is_streamed = streamed_[exchange.route];
    }
    void on_readable(Exchange& exchange) noexcept override { readable(exchange); }
    void on_writable(Exchange& exchange) noexcept override { writable(exchange); }

    void text(Exchange& exchange, std::string_view body) {
        EXPECT_EQ(
            server_->reply(exchange,
                           {.status = 200, .content = Content::text, .fields = {}, .body = body}),
            Status::ok);
    }

    io::SimLoop& loop() { return loop_; }
    Server& server() { return *server_; }
    Memory& memory() { return memory_; }
    Log& log() { return log_; }
    int gone = 0;
    Interests interests;               // read by start()
    std::vector<Gate> gates;           // the same
    std::vector<const Chain*> chains;  // the same
    std::function<void(Exchange&, Reply&)> after;
    std::function<void(Exchange&, std::uint32_t, std::string_view)> error;
    std::function<void(Exchange&)> readable;
    std::function<void(Exchange&)> writable;

private:
    Limits limits_;
    Memory memory_;
    io::SimLoop loop_;
    Log log_;
    route::Router router_;
    std::vector<Handler> handlers_{Handler{}};  // [kNoRoute] takes refusals
    std::vector<bool> streamed_{false};
    std::vector<RouteLimits> rules_;  // empty when no route has limits of its own
    std::unique_ptr<Server> server_;
};

// Start of the n-th response (from 0) in a run of bytes; npos when there are fewer.
inline std::size_t response_at(std::string_view bytes, std::size_t n) {
    std::size_t at = 0;
    for (std::size_t index = 0;; ++index) {
        at = bytes.find("HTTP/1.1 ", at);
        if (at == std::string_view::npos || index == n) {
            return at;
        }
        ++at;
    }
}

inline int status_of(std::string_view bytes, std::size_t n = 0) {
    const std::size_t at = response_at(bytes, n);
    return at == std::string_view::npos ? 0 : std::stoi(std::string(bytes.substr(at + 9, 3)));
}

// The content of an answer in chunks; the trailer section behind it when `trailers` is given. What
// breaks the rules gives "malformed".
inline std::string chunks_of(std::string_view answer, std::string* trailers = nullptr) {
    std::string content;
    const std::size_t head_end = answer.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return "malformed";
    answer.remove_prefix(head_end + 4);
    for (;;) {
        std::size_t size = 0;
        const auto parsed = std::from_chars(answer.data(), answer.data() + answer.size(), size, 16);
        const auto digits = static_cast<std::size_t>(parsed.ptr - answer.data());
        if (digits == 0 || answer.substr(digits, 2) != "\r\n") return "malformed";
        answer.remove_prefix(digits + 2);
        if (size == 0) break;
        if (answer.size() < size + 2 || answer.substr(size, 2) != "\r\n") return "malformed";
        content += answer.substr(0, size);
        answer.remove_prefix(size + 2);
    }
    if (!answer.starts_with("\r\n") && trailers == nullptr) return "malformed";
    if (trailers != nullptr) *trailers = answer.substr(0, answer.find("\r\n\r\n") + 2);
    return content;
}

inline std::string body_of(std::string_view bytes) {
    const std::size_t at = bytes.rfind("\r\n\r\n");
    return at == std::string_view::npos ? std::string() : std::string(bytes.substr(at + 4));
}

}  // namespace trivet::http
