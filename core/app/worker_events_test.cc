// Server-Sent Events over sockets: hubs between loops, threads that publish, steps that are posted.
#include <algorithm>
#include <atomic>
#include <thread>

#include "app/worker_harness_test.h"
#include "realtime/event_stream.h"

namespace trivet::app {
namespace {

realtime::HubConfig own_ids() {
    realtime::HubConfig config;
    config.has_own_ids = true;
    return config;
}

// The content of the chunks in what was received.
std::string events_of(std::string_view received) {
    std::string content;
    const std::size_t head_end = received.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return content;
    received.remove_prefix(head_end + 4);
    for (;;) {
        const std::size_t line = received.find("\r\n");
        if (line == std::string_view::npos) return content;
        const std::size_t size = std::stoul(std::string(received.substr(0, line)), nullptr, 16);
        if (size == 0 || received.size() < line + size + 4) return content;
        content += received.substr(line + 2, size);
        received.remove_prefix(line + size + 4);
    }
}

class WorkerEventsTest : public WorkerTest {
protected:
    WorkerEventsTest() : WorkerTest({.idle_timeout_ms = 600'000, .send_timeout_ms = 600'000}) {
        app_.route("/hub", [this](RequestHandle request, const http::RequestView&) {
            status_ = worker_->subscribe(*find_exchange(*worker_, request), hub_, {}, {});
            if (status_ != Status::ok) answer(*worker_, request, name(status_));
        });
        EXPECT_EQ(open_hub(own_ids(), &app_.get(), hub_), Status::ok);
    }
    Status publish(std::string_view data) {
        const HubReference hub = find_hub(hub_);
        return hub ? hub->publish({.data = data}, {}).status : Status::stale;
    }
    std::uint64_t subscribers() {
        const HubReference hub = find_hub(hub_);
        return hub ? hub->info().subscribers : 0;
    }
    bool gets_events(Client& client, std::string_view expected) {
        return turn_until([&] {
            client.read_now();
            return events_of(client.received()) == expected;
        });
    }
    std::unique_ptr<Client> listener() {
        auto client = connect();
        const std::uint64_t before = subscribers();
        client->send(get("/hub"));
        EXPECT_TRUE(turn_until([&] { return subscribers() > before; }));
        return client;
    }
    // A request that is answered by posts.
    RequestHandle posted(Client& client) {
        const std::size_t seen = count_events(EventKind::request);
        client.send(get("/event", "Last-Event-ID: 1\r\n"));
        EXPECT_TRUE(turn_until([&] { return count_events(EventKind::request) > seen; }));
        return events_.back().request;
    }
    void post(RequestHandle request, PostKind kind, std::string_view body = {},
              std::uint32_t status = 0, const Records::Fields& fields = {},
              std::uint64_t length = http::kUnknownLength) {
        Records records;
        records.step(request, kind, body, status, fields, length);
        EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    }
    HubHandle hub_ = 0;
    Status status_ = Status::ok;
};

TEST_P(WorkerEventsTest, reaches_every_client) {
    start();
    const auto first = listener();
    const auto second = listener();
    publish("a");
    publish("b");
    EXPECT_TRUE(gets_events(*first, "data: a\n\ndata: b\n\n"));
    EXPECT_TRUE(gets_events(*second, "data: a\n\ndata: b\n\n"));
    publish("c");
    EXPECT_TRUE(gets_events(*first, "data: a\n\ndata: b\n\ndata: c\n\n"));
}

TEST_P(WorkerEventsTest, a_thread_wakes_a_loop_that_sleeps_for_ever) {
    start();
    const auto client = listener();
    std::atomic<bool> is_done{false};
    std::thread other([&] {
        std::string expected;
        for (int number = 0; number < 50; ++number) {
            EXPECT_EQ(publish(std::to_string(number)), Status::ok);
            expected += "data: " + std::to_string(number) + "\n\n";
            // One after the other, so that each finds the loop asleep, or about to be.
            for (bool is_more = true; is_more && events_of(client->received()) != expected;) {
                const std::size_t before = client->received().size();
                client->read_some();
                is_more = client->received().size() > before;
            }
            EXPECT_EQ(events_of(client->received()), expected);
        }
        is_done = true;
        worker_->wake();
    });
    while (!is_done) turn(-1);
    other.join();
}

TEST_P(WorkerEventsTest, a_client_that_leaves_is_forgotten) {
    start();
    const auto first = listener();
    auto second = listener();
    second->reset();
    EXPECT_TRUE(turn_until([&] { return subscribers() == 1; }));
    publish("a");
    EXPECT_TRUE(gets_events(*first, "data: a\n\n"));
}

TEST_P(WorkerEventsTest, a_client_that_takes_nothing_stops_nobody) {
    start();
    const auto stalled = listener();
    const auto client = listener();
    const std::string data(60'000, 'x');
    std::size_t expected = 0;
    for (int number = 0; number < 200; ++number) {  // more than the sockets of the stalled take
        publish(data);
        expected += data.size() + std::string_view("ea68\r\ndata: \n\n\r\n").size();
        ASSERT_TRUE(turn_until([&] {
            client->read_now();
            return client->received().size() - client->received().find("\r\n\r\n") - 4 == expected;
        }));
    }
    EXPECT_GT(expected, std::size_t{11} << 20);
    EXPECT_GT(find_hub(hub_)->info().subscribers, 0u);
    std::size_t kept = find_hub(hub_)->memory().bytes_in_use();
    EXPECT_LT(kept, std::size_t{1} << 20);
    stalled->reset();
    EXPECT_TRUE(turn_until([&] { return subscribers() == 1; }));
}

TEST_P(WorkerEventsTest, a_drain_ends_the_streams) {
    start();
    const auto client = listener();
    publish("a");
    worker_->request_drain();
    EXPECT_TRUE(ends(*client));
    EXPECT_EQ(events_of(client->received()), "data: a\n\n");
    EXPECT_TRUE(client->received().ends_with("0\r\n\r\n"));
    EXPECT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
}

TEST_P(WorkerEventsTest, a_hub_may_end_after_its_loop) {
    start();
    const auto client = listener();
    publish("a");
    worker_.reset();
    EXPECT_EQ(subscribers(), 0u);
    EXPECT_EQ(publish("b"), Status::ok);
    EXPECT_EQ(close_hub(hub_), Status::ok);
}

TEST_P(WorkerEventsTest, a_hub_of_another_app_is_refused) {
    App other;
    ASSERT_EQ(open_hub({}, &other, hub_), Status::ok);
    start();
    const auto client = connect();
    client->send(get("/hub"));
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "TRIVET_E_ARGUMENT");
    EXPECT_EQ(close_hub(hub_), Status::ok);
    client->send(get("/hub"));
    ASSERT_TRUE(gets(*client, 2));
    EXPECT_EQ(client->body(), "TRIVET_E_STALE");
}

TEST_P(WorkerEventsTest, a_posted_stream) {
    start();
    const auto client = connect();
    const RequestHandle request = posted(*client);
    post(request, PostKind::sse_begin, {}, 15'000, {{"X-One", "1"}}, 2000);
    post(request, PostKind::write, "data: a\n\n");
    post(request, PostKind::end);
    EXPECT_TRUE(turn_until([&] {
        client->read_now();
        return client->received().ends_with("0\r\n\r\n");
    }));
    EXPECT_EQ(events_of(client->received()), "retry: 2000\n\ndata: a\n\n");
    EXPECT_NE(client->received().find("X-One: 1\r\n"), std::string::npos);
    EXPECT_NE(client->received().find("Content-Type: text/event-stream\r\n"), std::string::npos);
}

TEST_P(WorkerEventsTest, a_posted_stream_that_cannot_begin_fails) {
    start();
    const auto client = connect();
    const auto refused = [&](std::uint32_t heartbeat_ms, const Records::Fields& fields,
                             std::uint64_t retry_ms) {
        const std::size_t before = client->responses();
        const RequestHandle request = posted(*client);
        post(request, PostKind::sse_begin, {}, heartbeat_ms, fields, retry_ms);
        EXPECT_TRUE(gets(*client, before + 1));
        EXPECT_EQ(worker_->server().exchanges_live(), 1u) << "until its thread lets go";
        post(request, PostKind::abort);
        EXPECT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
        return client->received().rfind("HTTP/1.1 500 ") != std::string::npos;
    };
    EXPECT_TRUE(refused(0, {{"Content-Type", "text/plain"}}, http::kUnknownLength));
    EXPECT_TRUE(refused(realtime::kHeartbeatMsMax + 1, {}, http::kUnknownLength));
    EXPECT_TRUE(refused(0, {}, std::uint64_t{1} << 31));
    EXPECT_TRUE(refused(0, Records::Fields(realtime::kStreamFieldsMax + 1, {"X", "1"}), 0));
}

TEST_P(WorkerEventsTest, posted_subscriptions) {
    start();
    for (const char* id : {"1", "2", "3"}) find_hub(hub_)->publish({.id = id, .data = id}, {});
    const auto by_field = connect();
    post(posted(*by_field), PostKind::sse_subscribe, {}, 0, {{"X-One", "1"}}, hub_);
    EXPECT_TRUE(gets_events(*by_field, "id: 2\ndata: 2\n\nid: 3\ndata: 3\n\n"));
    EXPECT_NE(by_field->received().find("X-One: 1\r\n"), std::string::npos);
    const auto by_record = connect();
    post(posted(*by_record), PostKind::sse_subscribe, "2", 1, {}, hub_);
    EXPECT_TRUE(gets_events(*by_record, "id: 3\ndata: 3\n\n"));
    const auto by_nothing = connect();
    post(posted(*by_nothing), PostKind::sse_subscribe, "", 1, {}, hub_);
    EXPECT_TRUE(turn_until([&] { return subscribers() == 3; }));
    publish("a");
    EXPECT_TRUE(gets_events(*by_nothing, "data: a\n\n"));
    EXPECT_EQ(worker_->server().exchanges_live(), 0u);
}

// What is published once the poster knows reaches the client; what fails is the poster's to answer.
TEST_P(WorkerEventsTest, a_posted_subscription_tells_its_outcome) {
    start();
    const auto client = connect();
    const auto outcome_of = [&](RequestHandle request, HubHandle hub, const Records::Fields& fields,
                                std::uint32_t status) {
        const std::size_t seen = count_events(EventKind::writable);
        post(request, PostKind::sse_subscribe, {}, status, fields, hub);
        EXPECT_TRUE(turn_until([&] { return count_events(EventKind::writable) > seen; }));
        EXPECT_EQ(events_.back().request, request);
        return static_cast<Status>(events_.back().status);
    };
    const RequestHandle refused = posted(*client);
    EXPECT_EQ(outcome_of(refused, hub_ + 2, {}, 2), Status::stale);
    EXPECT_EQ(outcome_of(refused, hub_, {{"Content-Type", "a/b"}}, 3), Status::header);
    Records records;
    records.add(refused, 200, "answered after all");
    EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "answered after all");
    EXPECT_EQ(outcome_of(refused, hub_, {}, 2), Status::stale) << "the request has ended";
    const auto other = connect();
    EXPECT_EQ(outcome_of(posted(*other), hub_, {}, 2), Status::ok);
    publish("a");
    EXPECT_TRUE(gets_events(*other, "data: a\n\n"));
}

TEST_P(WorkerEventsTest, posted_subscriptions_that_fail) {
    realtime::HubConfig config = own_ids();
    config.subscribers_max = 1;
    ASSERT_EQ(open_hub(config, &app_.get(), hub_), Status::ok);
    start();
    const auto holder = listener();
    const auto client = connect();
    const auto status_with = [&](HubHandle hub, const Records::Fields& fields) {
        const std::size_t before = client->responses();
        const std::size_t at = client->received().size();
        post(posted(*client), PostKind::sse_subscribe, {}, 0, fields, hub);
        EXPECT_TRUE(gets(*client, before + 1));
        return client->received().substr(at + 9, 3);
    };
    EXPECT_EQ(status_with(hub_, {}), "503");
    EXPECT_EQ(status_with(hub_ + 2, {}), "503");
    EXPECT_EQ(status_with(0, {}), "503");
    holder->finish();
    EXPECT_TRUE(turn_until([&] { return subscribers() == 0; }));
    EXPECT_EQ(status_with(hub_, {{"Content-Length", "1"}}), "500");
    EXPECT_EQ(status_with(hub_, Records::Fields(realtime::kStreamFieldsMax + 1, {"X", "1"})),
              "500");
    EXPECT_EQ(worker_->server().exchanges_live(), 0u);
}

TEST_P(WorkerEventsTest, a_posted_subscription_of_a_client_that_has_left) {
    start();
    auto client = connect();
    const RequestHandle request = posted(*client);
    client->reset();
    EXPECT_TRUE(turn_until([&] { return count_events(EventKind::gone) == 1; }));
    EXPECT_TRUE(turn_until([&] { return worker_->server().is_empty(); }));
    EXPECT_EQ(worker_->server().exchanges_live(), 1u) << "until its thread lets go";
    post(request, PostKind::sse_begin, {}, 0);
    turn();
    EXPECT_EQ(worker_->server().exchanges_live(), 1u);
    post(request, PostKind::sse_subscribe, {}, 0, {}, hub_);
    EXPECT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
    EXPECT_EQ(subscribers(), 0u);
}

// Two loops on threads of their own, clients of both, and two threads that publish.
TEST_P(WorkerEventsTest, loops_and_publishers_on_many_threads) {
    constexpr int kLoops = 2;
    constexpr int kClients = 8;
    constexpr int kEvents = 200;
    realtime::HubConfig config = own_ids();
    config.history_events = 4096;
    ASSERT_EQ(open_hub(config, &app_.get(), hub_), Status::ok);
    TestApp& app = app_;
    app.route("/many", [this](RequestHandle request, const http::RequestView&) {
        HandleParts parts{};
        bool is_owner = false;
        ASSERT_TRUE(split_handle(request, parts));
        Worker& worker = *find_worker(parts.loop, is_owner);
        EXPECT_EQ(worker.subscribe(*find_exchange(worker, request), hub_, "", {}), Status::ok);
    });
    std::atomic<Worker*> made[kLoops]{};
    std::vector<std::thread> loops;
    app.get().freeze();
    for (std::atomic<Worker*>& slot : made) {
        loops.emplace_back([&app, &slot] {
            const std::unique_ptr<Worker> worker = app.make();
            slot = worker.get();
            slot.notify_all();
            EXPECT_EQ(worker->run(), Status::ok);
            slot.wait(worker.get());  // until nobody uses it any more
        });
    }
    std::vector<std::unique_ptr<Client>> clients;
    for (std::atomic<Worker*>& slot : made) {
        slot.wait(nullptr);
        for (int count = 0; count < kClients; ++count) {
            clients.push_back(std::make_unique<Client>(slot.load()->port()));
            clients.back()->send(get("/many"));
        }
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (subscribers() < clients.size() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    std::vector<std::thread> publishers;
    for (const char* publisher : {"a", "b"}) {
        publishers.emplace_back([this, publisher] {
            for (int number = 0; number < kEvents; ++number) {
                EXPECT_EQ(publish(publisher + std::to_string(number)), Status::ok);
            }
        });
    }
    for (std::thread& publisher : publishers) publisher.join();
    EXPECT_EQ(find_hub(hub_)->info().counts.dropped, 0u);
    EXPECT_EQ(close_hub(hub_), Status::ok);
    for (std::atomic<Worker*>& slot : made) slot.load()->request_drain();
    std::string first;
    for (const std::unique_ptr<Client>& client : clients) {
        client->read_to_end();
        const std::string events = events_of(client->received());
        first = first.empty() ? events : first;
        EXPECT_EQ(events, first);
        EXPECT_EQ(std::count(events.begin(), events.end(), ':'), 2 * kEvents);
    }
    for (std::atomic<Worker*>& slot : made) {
        slot = nullptr;
        slot.notify_all();
    }
    for (std::thread& loop : loops) loop.join();
}

TRIVET_FOR_EACH_ENGINE(WorkerEventsTest);

}  // namespace
}  // namespace trivet::app
