#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/harness_test.h"
#include "realtime/fan_out.h"

namespace trivet::realtime {

// The content of the chunks that have come; without the head, whatever follows the last one kept.
inline std::string chunks_so_far(std::string_view received, bool* is_ended = nullptr) {
    std::string content;
    const std::size_t head_end = received.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return "no head";
    received.remove_prefix(head_end + 4);
    while (!received.empty()) {
        const std::size_t line = received.find("\r\n");
        if (line == std::string_view::npos) break;
        const std::size_t size = std::stoul(std::string(received.substr(0, line)), nullptr, 16);
        if (size == 0) {
            if (is_ended != nullptr) *is_ended = true;
            break;
        }
        if (received.size() < line + 2 + size + 2) break;
        content += received.substr(line + 2, size);
        EXPECT_EQ(received.substr(line + 2 + size, 2), "\r\n");
        received.remove_prefix(line + 2 + size + 2);
    }
    return content;
}

// One hub on one simulated loop; requests for /events subscribe to it.
class HubTest : public ::testing::Test, public http::ServerHarness, public Waker {
protected:
    explicit HubTest(const http::Limits& limits = {})
        : http::ServerHarness(limits), timers_(memory(), 0) {
        config.has_own_ids = true;
    }
    ~HubTest() override {
        stop();
        fan_out_.reset();
        if (hub_ != nullptr) hub_->release();
    }
    void SetUp() override {
        route("*", "/events", [this](http::Exchange& exchange) { subscribe(exchange); });
        route("*", "/hello", [this](http::Exchange& exchange) { text(exchange, "hi"); });
        stream("*", "/upload", [this](http::Exchange& exchange) { subscribe(exchange); });
    }
    // With `config` as it is then.
    void open() {
        EXPECT_EQ(check_config(config), "");
        start();
        fan_out_ = std::make_unique<FanOut>(0, memory(), server(), timers_, *this);
        hub_ = new EventHub(config, nullptr);
    }
    void subscribe(http::Exchange& exchange) {
        const std::uint32_t slot = exchange.slot;
        const std::uint32_t generation = exchange.generation;
        status = fan_out_->subscribe(exchange, *hub_, last_id, fields);
        if (status == Status::ok || server().find(slot, generation) == nullptr) return;
        refused_with = std::string(name(status));
        server().reply_problem(exchange, 503, {});
    }
    void wake_for_news() noexcept override { ++wakes; }

    Status publish(std::string_view data, std::string_view type = {}, std::string_view id = {}) {
        sse::Event event{.event = type, .data = data};
        if (!id.empty()) event.id = id;
        return hub_->publish(event, {}).status;
    }
    void turn() {
        loop().dispatch();
        server().resume_pending();
        const std::uint64_t now = loop().clock().now_ms();
        if (!timers_.empty() && timers_.next_ms() <= now) timers_.run(now);
        server().run_deadlines();
        if (fan_out_->has_news()) fan_out_->run();
        server().flush_output();
    }
    void settle() {
        for (int count = 0; count < 10'000; ++count) {
            turn();
            if (!loop().has_work() && !server().has_pending() && !fan_out_->has_news()) return;
        }
        FAIL() << "never settles";
    }
    void advance_ms(std::uint64_t ms) {
        loop().advance_ms(ms);
        settle();
    }
    io::SimPeer& listener(std::string_view head_fields = {}, std::string_view version = "1.1") {
        io::SimPeer& peer = loop().connect();
        settle();
        peer.send("GET /events HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
                  std::string(head_fields) + "\r\n");
        settle();
        return peer;
    }
    static std::string events(const io::SimPeer& peer) { return chunks_so_far(peer.received()); }
    static bool has_ended(const io::SimPeer& peer) {
        bool is_ended = false;
        chunks_so_far(peer.received(), &is_ended);
        return is_ended;
    }
    HubInfo info() { return hub_->info(); }

    HubConfig config;
    std::optional<std::string_view> last_id;
    std::vector<http1::HeaderView> fields;
    Status status = Status::ok;
    std::string refused_with;
    int wakes = 0;
    io::Timers timers_;
    std::unique_ptr<FanOut> fan_out_;
    EventHub* hub_ = nullptr;
};

}  // namespace trivet::realtime
