// How a worker comes to its end.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <thread>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

class WorkerDrainTest : public WorkerTest {
protected:
    explicit WorkerDrainTest(std::uint32_t shutdown_timeout_ms = 30'000)
        : WorkerTest({.shutdown_timeout_ms = shutdown_timeout_ms}) {}
    bool drains() {
        const bool has_drained =
            turn_until([&] { return worker_->state() == WorkerState::drained; });
        EXPECT_EQ(count_events(EventKind::drained), 1u);
        return has_drained;
    }
};

TEST_P(WorkerDrainTest, drains_at_once_when_nobody_is_connected) {
    start();
    EXPECT_EQ(worker_->state(), WorkerState::serving);
    worker_->request_drain();
    turn(-1);
    EXPECT_EQ(worker_->state(), WorkerState::drained);
    EXPECT_EQ(count_events(EventKind::drained), 1u);
    EXPECT_FALSE(connect()->is_connected());
    turn(0);
    EXPECT_EQ(count_events(EventKind::drained), 1u);
}

TEST_P(WorkerDrainTest, closes_idle_connections) {
    start();
    const auto client = connect();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    worker_->request_drain();
    EXPECT_TRUE(drains());
    client->read_to_end();
    EXPECT_EQ(client->responses(), 1u);
}

TEST_P(WorkerDrainTest, finishes_what_is_in_flight) {
    start();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::draining; }));
    for (int count = 0; count < 3; ++count) {
        turn(0);
    }
    EXPECT_EQ(worker_->state(), WorkerState::draining);
    EXPECT_EQ(answer(*worker_, waiting_[0], "finished"), Status::ok);
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->body(), "finished");
    EXPECT_NE(client->received().find("Connection: close"), std::string::npos);
    ASSERT_TRUE(ends(*client));
    client->finish();
    EXPECT_TRUE(drains());
}

TEST_P(WorkerDrainTest, serves_who_had_connected_before) {
    start();
    const auto client = connect();
    ASSERT_TRUE(client->is_connected());
    client->send(get("/hello"));
    worker_->request_drain();
    ASSERT_TRUE(gets(*client));
    EXPECT_EQ(client->status(), 200);
    client->finish();
    EXPECT_TRUE(drains());
}

// The descriptor of this process that listens on a port.
int listener_at(std::uint32_t port) {
    for (int fd = 3; fd < 1024; ++fd) {
        int is_listening = 0;
        socklen_t size = sizeof is_listening;
        sockaddr_in address{};
        socklen_t address_size = sizeof address;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
            is_listening != 0 &&
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) == 0 &&
            ntohs(address.sin_port) == port) {
            return fd;
        }
    }
    return -1;
}

TEST_P(WorkerDrainTest, serves_who_was_still_shaking_hands) {
    start();
    const auto client = connect();
    client->send(get("/hello"));
    ASSERT_TRUE(gets(*client));
    // The kernel keeps a handshake open until the first byte comes, as a slow network would.
    const int seconds = 10;
    ASSERT_EQ(::setsockopt(listener_at(worker_->port()), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds,
                           sizeof seconds),
              0);
    const auto newcomer = connect();
    ASSERT_TRUE(newcomer->is_connected());
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::draining; }));
    newcomer->send(get("/hello"));
    ASSERT_TRUE(gets(*newcomer));
    EXPECT_EQ(newcomer->status(), 200);
    newcomer->finish();
    EXPECT_TRUE(drains());
    EXPECT_LT(listener_at(worker_->port()), 0);
}

TEST_P(WorkerDrainTest, is_forced_when_asked_twice) {
    start();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    worker_->request_drain();
    turn(0);
    EXPECT_EQ(worker_->state(), WorkerState::draining);
    worker_->request_drain();
    EXPECT_TRUE(drains());
    client->read_to_end();
    EXPECT_TRUE(client->is_ended());
    EXPECT_EQ(answer(*worker_, waiting_[0], "too late"), Status::gone);
}

TEST_P(WorkerDrainTest, is_asked_from_another_thread) {
    start();
    std::thread other([&] { worker_->request_drain(); });
    EXPECT_EQ(worker_->run(), Status::ok);
    other.join();
    EXPECT_EQ(worker_->state(), WorkerState::drained);
}

TEST_P(WorkerDrainTest, says_once_that_it_is_forced) {
    Config config;
    config.engine = GetParam();
    config.log_level = static_cast<std::uint32_t>(LogLevel::warn);
    ASSERT_TRUE(app_.get().configure(config).has_value());
    start();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    ::testing::internal::CaptureStderr();
    worker_->request_drain();
    worker_->request_drain();
    EXPECT_TRUE(drains());
    const std::string log = ::testing::internal::GetCapturedStderr();
    const std::size_t first = log.find("drain forced");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("drain forced", first + 1), std::string::npos) << log;
    answer(*worker_, waiting_[0], "");
}

TRIVET_FOR_EACH_ENGINE(WorkerDrainTest);

class WorkerTimeoutTest : public WorkerDrainTest {
protected:
    WorkerTimeoutTest() : WorkerDrainTest(1) {}
};

TEST_P(WorkerTimeoutTest, is_forced_when_its_time_is_over) {
    start();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    worker_->request_drain();
    EXPECT_TRUE(drains());
    client->read_to_end();
    EXPECT_EQ(client->responses(), 0u);
    EXPECT_EQ(answer(*worker_, waiting_[0], "too late"), Status::gone);
}

TRIVET_FOR_EACH_ENGINE(WorkerTimeoutTest);

}  // namespace
}  // namespace trivet::app
