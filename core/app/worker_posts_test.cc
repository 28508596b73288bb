// Answers from other threads, and several loops in one process.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

class WorkerPostTest : public WorkerTest {
protected:
    // No timeout of a connection may stand in for a wake-up that is missing.
    WorkerPostTest() : WorkerTest({.idle_timeout_ms = 600'000, .send_timeout_ms = 600'000}) {}
    RequestHandle next_event() {
        const std::size_t seen = events_.size();
        EXPECT_TRUE(turn_until([&] { return events_.size() > seen; }));
        return events_.back().request;
    }
};

TEST_P(WorkerPostTest, answers_from_another_thread) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    const RequestHandle request = next_event();
    std::thread other([&] {
        Records records;
        records.add(request, 201, "posted", {{"X-One", "1"}, {"X-Two", ""}});
        EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    });
    ASSERT_TRUE(gets(*client));
    other.join();
    EXPECT_EQ(client->status(), 201);
    EXPECT_EQ(client->body(), "posted");
    EXPECT_NE(client->received().find("X-One: 1\r\nX-Two: \r\n"), std::string::npos);
}

TEST_P(WorkerPostTest, wakes_a_loop_that_sleeps_for_ever) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    const RequestHandle request = next_event();
    std::thread other([&] {
        Records records;
        records.add(request, 200, "awake");
        EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
        client->read(1);
        worker_->wake();
    });
    turn(-1);
    EXPECT_TRUE(turn_until([&] { return worker_->server().exchanges_live() == 0; }));
    turn(0);
    other.join();
    EXPECT_EQ(client->body(), "awake");
}

// The first answer leaves with the turn that sleeps, so nothing would tell of its end.
TEST_P(WorkerPostTest, answers_behind_an_answer_that_is_leaving) {
    start();
    const auto client = connect();
    client->send(get("/hello") + get("/event"));
    const RequestHandle request = next_event();
    Records records;
    records.add(request, 200, "second");
    ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    std::atomic<bool> is_done{false};
    std::thread other([&] {
        client->read(2);
        is_done = true;
        worker_->wake();
    });
    while (!is_done) {
        turn(-1);
    }
    other.join();
    EXPECT_EQ(client->body(), "second");
}

TEST_P(WorkerPostTest, turns_what_cannot_be_sent_into_a_failure) {
    start();
    const auto client = connect();
    const auto post = [&](std::uint32_t status, const Records::Fields& fields,
                          http::Content content) {
        client->send(get("/event"));
        Records records;
        records.add(next_event(), status, "text", fields, content);
        EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    };
    std::size_t failures = 0;
    const auto expect_failure = [&] {
        ASSERT_TRUE(gets(*client, ++failures));
        const std::size_t last = client->received().rfind("HTTP/1.1 ");
        EXPECT_EQ(client->received().substr(last, 12), "HTTP/1.1 500");
    };
    post(0, {}, http::Content::text);
    expect_failure();
    post(99, {}, http::Content::text);
    expect_failure();
    post(600, {}, http::Content::text);
    expect_failure();
    post(200, {{"X-Evil", "a\r\nb: c"}}, http::Content::text);
    expect_failure();
    post(200, {{"Content-Length", "3"}}, http::Content::text);
    expect_failure();
    post(200, {}, static_cast<http::Content>(77));
    expect_failure();
    post(200, Records::Fields(http::kReplyFieldsMax + 1, {"a", "b"}), http::Content::text);
    expect_failure();
    EXPECT_EQ(worker_->server().stats().handler_failures_total, failures);
}

TEST_P(WorkerPostTest, counts_answers_that_come_too_late) {
    start();
    const auto client = connect();
    client->send(get("/event"));
    const RequestHandle request = next_event();
    Records records;
    records.add(request, 200, "first");
    records.add(request, 200, "second");
    records.add(0, 200, "nobody's");
    records.add(request ^ (std::uint64_t{1} << 50), 200, "another loop's");
    records.add(request + 2, 200, "not yet given out");
    ASSERT_EQ(worker_->post(records.data(), records.size()), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "first");
    EXPECT_EQ(worker_->stale_total(), 4u);
}

TEST_P(WorkerPostTest, refuses_malformed_records) {
    start();
    Records records;
    records.add(1, 200, "some body", {{"Name", "value"}});
    const auto* bytes = static_cast<const char*>(records.data());
    EXPECT_EQ(worker_->post(nullptr, 8), Status::argument);
    EXPECT_EQ(worker_->post(bytes + 1, records.size() - 8), Status::argument);
    for (std::size_t size = 1; size < records.size(); ++size) {
        EXPECT_EQ(worker_->post(bytes, size), Status::argument) << size;
    }
    EXPECT_EQ(worker_->post(bytes, records.size()), Status::ok);
    EXPECT_EQ(worker_->post(bytes, 0), Status::ok);
    turn(0);
    EXPECT_EQ(worker_->stale_total(), 1u);
}

TEST_P(WorkerPostTest, survives_random_records) {
    start();
    std::mt19937_64 random(42);
    Records valid;
    valid.add(1, 200, "some body", {{"Name", "value"}, {"Other", "value"}});
    valid.add(2, 200, "more");
    std::size_t accepted = 0;
    for (int round = 0; round < 5000; ++round) {
        std::vector<std::uint64_t> words(valid.size() / 8);
        std::memcpy(words.data(), valid.data(), valid.size());
        auto* bytes = reinterpret_cast<unsigned char*>(words.data());
        for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
            bytes[random() % valid.size()] =
                static_cast<unsigned char>(random() % 2 == 0 ? 255 : random());
        }
        const std::size_t size =
            random() % 3 == 0 ? random() % (valid.size() / 8 + 1) * 8 : valid.size();
        // In memory of just that size, so that the address sanitizer sees a look beyond it.
        const std::vector<std::uint64_t> exact(
            words.begin(), words.begin() + static_cast<std::ptrdiff_t>(size / 8));
        const Status status = worker_->post(exact.data(), size);
        EXPECT_TRUE(status == Status::ok || status == Status::argument);
        accepted += status == Status::ok ? 1 : 0;
        if (round % 64 == 0) {
            turn(0);
        }
    }
    turn(0);
    EXPECT_GT(accepted, 0u);
    const auto client = connect();
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerPostTest, takes_answers_of_many_threads_while_it_turns) {
    start();
    constexpr int kThreads = 4;
    constexpr std::size_t kRequests = 200;  // of each client
    std::mutex mutex;
    std::condition_variable has_work;
    std::deque<RequestHandle> queue;
    bool is_over = false;
    std::vector<std::thread> handlers;
    for (int index = 0; index < kThreads; ++index) {
        handlers.emplace_back([&] {
            for (;;) {
                std::unique_lock lock(mutex);
                has_work.wait(lock, [&] { return is_over || !queue.empty(); });
                if (queue.empty()) {
                    return;
                }
                const RequestHandle request = queue.front();
                queue.pop_front();
                lock.unlock();
                // The request is this thread's until it is answered.
                http::Exchange* exchange = find_exchange(*worker_, request);
                ASSERT_NE(exchange, nullptr);
                const auto query = exchange->query_items();
                ASSERT_TRUE(query.has_value());
                Records records;
                records.add(request, 200,
                            query->empty() ? "none" : std::string_view((*query)[0].value));
                EXPECT_EQ(worker_->post(records.data(), records.size()), Status::ok);
                // From here on the handle is stale sooner or later, which must be found out safely.
                find_exchange(*worker_, request);
            }
        });
    }
    std::atomic<int> finished{0};
    std::vector<std::thread> clients;
    for (int index = 0; index < kThreads; ++index) {
        clients.emplace_back([&, index] {
            Client client(worker_->port());
            std::string expected;
            for (std::size_t count = 1; count <= kRequests; ++count) {
                const std::string value = std::to_string(index) + "-" + std::to_string(count);
                client.send(get("/event?v=" + value + "%20"));
                client.read(count);
                EXPECT_EQ(client.body(), value + " ");
            }
            ++finished;
            worker_->wake();
        });
    }
    Event events[16];
    while (finished < kThreads) {
        std::size_t count = 0;
        ASSERT_EQ(worker_->turn(-1, events, std::size(events), count), Status::ok);
        for (std::size_t index = 0; index < count; ++index) {
            if (events[index].kind == static_cast<std::uint32_t>(EventKind::request)) {
                const std::lock_guard lock(mutex);
                queue.push_back(events[index].request);
            }
        }
        has_work.notify_all();
    }
    {
        const std::lock_guard lock(mutex);
        is_over = true;
    }
    has_work.notify_all();
    for (std::vector<std::thread>* group : {&clients, &handlers}) {
        for (std::thread& thread : *group) {
            thread.join();
        }
    }
    EXPECT_EQ(worker_->stale_total(), 0u);
    EXPECT_EQ(worker_->server().stats().requests_total, kThreads * kRequests);
}

TRIVET_FOR_EACH_ENGINE(WorkerPostTest);

class WorkersTest : public ::testing::TestWithParam<io::Engine> {};

TEST_P(WorkersTest, share_an_app_and_a_port) {
    TestApp app(GetParam());
    std::atomic<std::uint64_t> handled{0};
    app.route("/hello", [&](RequestHandle request, const http::RequestView&) {
        HandleParts parts{};
        ASSERT_TRUE(split_handle(request, parts));
        bool is_owner = false;
        Worker* worker = find_worker(parts.loop, is_owner);
        ASSERT_NE(worker, nullptr);
        EXPECT_TRUE(is_owner);
        ++handled;
        answer(*worker, request, "ok");
    });
    std::mutex mutex;
    std::condition_variable has_started;
    std::vector<Worker*> workers;
    const auto serve = [&](std::uint32_t port) {
        auto worker = Worker::create(app.get(), {.reuses_port = true, .port = port});
        EXPECT_TRUE(worker.has_value());
        {
            const std::lock_guard lock(mutex);
            workers.push_back(worker ? worker->get() : nullptr);
        }
        has_started.notify_all();
        if (worker) {
            EXPECT_EQ((*worker)->run(), Status::ok);
            const std::lock_guard lock(mutex);  // nobody asks a worker that ends
            std::erase(workers, worker->get());
        }
    };
    const auto await = [&](std::size_t count) {
        std::unique_lock lock(mutex);
        has_started.wait(lock, [&] { return workers.size() == count; });
    };
    std::thread first(serve, 0);
    await(1);
    const std::uint32_t port = workers[0]->port();
    std::thread second(serve, port);
    await(2);
    constexpr std::uint64_t kConnections = 40;
    for (std::uint64_t count = 0; count < kConnections; ++count) {
        Client client(port);
        client.send(get("/hello", "Connection: close\r\n"));
        client.read_to_end();
        EXPECT_EQ(client.body(), "ok");
    }
    {
        const std::lock_guard lock(mutex);
        for (Worker* worker : workers) {
            worker->request_drain();
        }
    }
    first.join();
    second.join();
    EXPECT_EQ(handled, kConnections);
}

TRIVET_FOR_EACH_ENGINE(WorkersTest);

}  // namespace
}  // namespace trivet::app
