// Loops for tests: connections within the process, and a clock that tests put forward.
#include "app/injection.h"

#include <dirent.h>

#include <thread>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

std::size_t descriptors() {
    DIR* folder = ::opendir("/proc/self/fd");
    std::size_t count = 0;
    while (::readdir(folder) != nullptr) {
        ++count;
    }
    ::closedir(folder);
    return count;
}

class InjectionTest : public WorkerTest {
protected:
    void start(bool is_deferred = false) {
        worker_ =
            app_.make({.is_bound = false, .port = 0, .is_deferred = is_deferred, .is_test = true});
    }
    std::unique_ptr<Client> inject() {
        auto client = app_.get().inject();
        EXPECT_TRUE(client.has_value());
        return client ? std::make_unique<Client>(std::move(*client)) : nullptr;
    }
    Status refusal() {
        auto client = app_.get().inject();
        return client ? Status::ok : client.error().status;
    }
    Status advance(std::uint64_t milliseconds) { return app_.get().advance(milliseconds); }
};

TEST_P(InjectionTest, serves_a_connection_that_has_no_port) {
    start();
    EXPECT_EQ(worker_->port(), 0u);
    const auto client = inject();
    client->send(get("/hello") + get("/event"));
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "Hello, World!");
    ASSERT_TRUE(turn_until([&] { return count_events(EventKind::request) == 1; }));
    EXPECT_EQ(answer(*worker_, events_[0].request, "second"), Status::ok);
    ASSERT_TRUE(gets(*client, 2));
    EXPECT_EQ(client->body(), "second");
}

TEST_P(InjectionTest, wakes_a_loop_that_waits_in_another_thread) {
    start();
    std::string received;
    std::thread other([&] {
        const auto client = inject();
        client->send(get("/hello"));
        client->read(1);
        received = client->body();
        worker_->request_drain();
    });
    EXPECT_EQ(worker_->run(), Status::ok);
    other.join();
    EXPECT_EQ(received, "Hello, World!");
}

TEST_P(InjectionTest, accepts_from_the_start_on) {
    start(true);
    const auto client = inject();
    client->send(get("/hello"));
    turn(0);
    client->read_now();
    EXPECT_EQ(client->received(), "");
    EXPECT_EQ(worker_->server().stats().connections_total, 0u);
    ASSERT_TRUE(worker_->start().has_value());
    EXPECT_TRUE(gets(*client));
}

TEST_P(InjectionTest, is_refused_where_no_loop_is_for_tests) {
    EXPECT_EQ(refusal(), Status::not_found);
    EXPECT_EQ(advance(1), Status::not_found);
    WorkerTest::start();
    EXPECT_EQ(refusal(), Status::not_found);
    EXPECT_EQ(advance(1), Status::not_found);
    start();
    EXPECT_EQ(refusal(), Status::ok);
    EXPECT_EQ(advance(1), Status::ok);
    worker_.reset();
    EXPECT_EQ(refusal(), Status::not_found);
}

TEST_P(InjectionTest, serves_who_had_connected_before_the_drain_and_nobody_after_it) {
    start();
    const auto client = inject();
    client->send(get("/hello"));
    worker_->request_drain();
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(refusal(), Status::state);
    client->finish();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    EXPECT_EQ(refusal(), Status::state);
}

TEST_P(InjectionTest, ends_without_a_line_in_the_log) {
    Config config;
    config.engine = GetParam();
    config.log_level = static_cast<std::uint32_t>(LogLevel::info);
    ASSERT_TRUE(app_.get().configure(config).has_value());
    start();
    ::testing::internal::CaptureStderr();
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_P(InjectionTest, is_counted_with_no_address) {
    TestApp narrow(GetParam(), {.connections_per_address_max = 1});
    worker_ = narrow.make({.is_bound = false, .is_test = true});
    std::vector<Fd> clients;
    for (int count = 0; count < 3; ++count) {
        auto client = narrow.get().inject();
        ASSERT_TRUE(client.has_value());
        clients.push_back(std::move(*client));
    }
    ASSERT_TRUE(turn_until([&] { return worker_->server().stats().connections == 3; }));
    EXPECT_EQ(worker_->server().stats().connections_refused_total, 0u);
    worker_.reset();
}

TEST_P(InjectionTest, has_a_bound_for_those_that_wait) {
    start();
    std::vector<Fd> clients;
    for (std::size_t count = 0; count < Injection::kWaitingMax; ++count) {
        auto client = app_.get().inject();
        ASSERT_TRUE(client.has_value()) << client.error().message << client.error().detail;
        clients.push_back(std::move(*client));
    }
    EXPECT_EQ(refusal(), Status::limit);
    turn(0);
    EXPECT_EQ(worker_->server().stats().connections, Injection::kWaitingMax);
    EXPECT_EQ(refusal(), Status::ok);
}

TEST_P(InjectionTest, leaves_no_descriptor_behind) {
    start();
    const std::size_t before = descriptors();
    for (int count = 0; count < 10; ++count) {
        const auto client = inject();
        client->send(get("/hello"));
        ASSERT_TRUE(gets(*client));
    }
    ASSERT_TRUE(turn_until([&] { return worker_->server().stats().connections == 0; }));
    EXPECT_TRUE(turn_until([&] { return descriptors() == before; }));  // io_uring closes later
    const auto waiting = inject();                                     // never accepted
    worker_.reset();
    waiting->read_to_end();
    EXPECT_TRUE(waiting->is_ended());
}

TEST_P(InjectionTest, ends_what_is_idle_for_too_long_when_time_goes_on) {
    start();
    const auto client = inject();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    const std::uint64_t before_ms = worker_->loop().clock().now_ms();
    EXPECT_EQ(advance(80'000), Status::ok);
    ASSERT_TRUE(ends(*client));
    EXPECT_GE(worker_->loop().clock().now_ms(), before_ms + 80'000);
    EXPECT_EQ(worker_->server().stats().timeouts_total, 1u);
}

TEST_P(InjectionTest, calls_timers_back_when_time_goes_on) {
    start();
    bool has_fired = false;
    const auto fire = [](void* user_data) { *static_cast<bool*>(user_data) = true; };
    ASSERT_NE(worker_->start_timer(3'600'000, fire, &has_fired, nullptr), nullptr);
    EXPECT_EQ(advance(3'000'000), Status::ok);
    turn(0);
    EXPECT_FALSE(has_fired);
    EXPECT_EQ(advance(600'000), Status::ok);
    turn(-1);
    EXPECT_TRUE(has_fired);
}

TEST_P(InjectionTest, adds_up_how_far_time_goes_and_bounds_it) {
    start();
    EXPECT_EQ(advance(Injection::kForwardMsMax - 1), Status::ok);
    EXPECT_EQ(advance(2), Status::limit);
    EXPECT_EQ(advance(~std::uint64_t{0}), Status::limit);
    EXPECT_EQ(advance(1), Status::ok);
    EXPECT_EQ(advance(1), Status::limit);
    const std::uint64_t before_ms = worker_->loop().clock().now_ms();
    turn(0);
    EXPECT_GE(worker_->loop().clock().now_ms(), before_ms + Injection::kForwardMsMax);
    const auto client = inject();
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client)) << "a loop far in the future serves";
}

TRIVET_FOR_EACH_ENGINE(InjectionTest);

}  // namespace
}  // namespace trivet::app
