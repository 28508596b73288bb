// Loops that listen on a Unix socket.
#include <fcntl.h>
#include <sys/wait.h>

#include "app/activation_harness_test.h"
#include "app/unix_harness_test.h"
#include "app/worker_harness_test.h"
#include "io/unix_socket.h"

namespace trivet::app {
namespace {

class WorkerUnixTest : public WorkerTest {
protected:
    WorkerUnixTest() = default;
    explicit WorkerUnixTest(const http::Limits& limits) : WorkerTest(limits) {}

    WorkerConfig config() const { return {.host = folder_.host()}; }
    void listen() { worker_ = app_.make(config()); }
    bool drains(Worker& worker) {
        worker.request_drain();
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (worker.state() != WorkerState::drained && std::chrono::steady_clock::now() < end) {
            std::size_t count = 0;
            EXPECT_EQ(worker.turn(5, nullptr, 0, count), Status::ok);
        }
        return worker.state() == WorkerState::drained;
    }

    SocketFolder folder_;
};

TEST_P(WorkerUnixTest, serves_at_a_path_and_removes_the_file_in_the_end) {
    listen();
    EXPECT_EQ(worker_->host(), folder_.host());
    EXPECT_EQ(worker_->port(), 0u);
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    for (std::size_t count = 1; count <= 3; ++count) {
        client->send(get("/hello"));
        EXPECT_TRUE(gets(*client, count));
    }
    EXPECT_EQ(client->body(), "Hello, World!");
    ASSERT_TRUE(drains(*worker_));
    EXPECT_FALSE(folder_.has_file());
    EXPECT_EQ(folder_.connect(), nullptr);
}

TEST_P(WorkerUnixTest, removes_the_file_without_a_drain) {
    listen();
    EXPECT_TRUE(folder_.has_file());
    worker_ = nullptr;
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerUnixTest, removes_the_file_when_the_start_fails_later) {
    WorkerConfig config = this->config();
    config.control_fd = 1'000'000;  // no descriptor
    EXPECT_FALSE(Worker::create(app_.get(), config).has_value());
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerUnixTest, answers_who_has_connected_before_the_drain) {
    listen();
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 20; ++count) {
        clients.push_back(folder_.connect());
        ASSERT_NE(clients.back(), nullptr);
        clients.back()->send(get("/hello"));
    }
    ASSERT_TRUE(drains(*worker_));
    for (const auto& client : clients) {
        client->read(1);
        EXPECT_EQ(client->body(), "Hello, World!") << client->cause();
    }
}

TEST_P(WorkerUnixTest, replaces_a_stale_file_and_no_other) {
    folder_.leave_stale();
    listen();
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
    const auto second = Worker::create(app_.get(), config());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().status, Status::address_in_use);
    EXPECT_EQ(second.error().message, "the address " + folder_.host() + " is already in use");
    worker_ = nullptr;
    ::close(::open(folder_.path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    const auto third = Worker::create(app_.get(), config());
    ASSERT_FALSE(third.has_value());
    EXPECT_EQ(third.error().status, Status::address);
    EXPECT_EQ(third.error().detail, "'" + folder_.path() + "' is there and is no socket");
    EXPECT_TRUE(folder_.has_file());
}

TEST_P(WorkerUnixTest, names_the_limit_of_a_path) {
    const std::string host = "unix:/" + std::string(107, 'x');
    const auto worker = Worker::create(app_.get(), {.host = host});
    ASSERT_FALSE(worker.has_value());
    EXPECT_EQ(worker.error().status, Status::address);
    EXPECT_EQ(worker.error().detail,
              "host '" + host + "' has 108 bytes behind unix:, of which 107 fit");
}

TEST_P(WorkerUnixTest, serves_at_an_abstract_name) {
    const std::string name = "unix:@trivet-worker-" + std::to_string(::getpid());
    worker_ = app_.make({.host = name});
    EXPECT_EQ(worker_->host(), name);
    const std::string bare = name.substr(6);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, bare.data(), bare.size());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + bare.size());
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    Client client(std::move(fd));
    client.send(get("/hello"));
    EXPECT_TRUE(gets(client));
}

TEST_P(WorkerUnixTest, shares_the_socket_with_further_loops_until_the_last_one_leaves) {
    WorkerConfig shared = config();
    shared.reuses_port = true;
    worker_ = app_.make(shared);
    auto second = Worker::create(app_.get(), shared);
    ASSERT_TRUE(second.has_value()) << second.error().message << second.error().detail;
    // Whichever turns, the connection is served.
    for (int round = 0; round < 2; ++round) {
        const auto client = folder_.connect();
        ASSERT_NE(client, nullptr);
        client->send(get("/hello"));
        EXPECT_TRUE(gets(*client)) << round;
        EXPECT_EQ(worker_->server().stats().connections_total, 1u);
        std::swap(worker_, *second);
    }
    const auto waiting = folder_.connect();
    ASSERT_NE(waiting, nullptr);
    waiting->send(get("/hello"));
    ASSERT_TRUE(drains(*worker_));
    waiting->read(1);
    EXPECT_EQ(waiting->body(), "Hello, World!") << "it was in the backlog";
    worker_ = std::move(*second);
    EXPECT_TRUE(folder_.has_file()) << "of the other loop";
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
    ASSERT_TRUE(drains(*worker_));
    EXPECT_FALSE(folder_.has_file());
}

TEST_P(WorkerUnixTest, is_listened_at_anew_after_the_last_loop_has_left) {
    WorkerConfig shared = config();
    shared.reuses_port = true;
    worker_ = app_.make(shared);
    ASSERT_TRUE(drains(*worker_));
    auto next = Worker::create(app_.get(), shared);
    ASSERT_TRUE(next.has_value()) << next.error().message << next.error().detail;
    std::swap(worker_, *next);
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerUnixTest, leaves_the_file_to_its_parent_when_it_is_a_fork) {
    listen();
    const pid_t child = ::fork();
    if (child == 0) {
        worker_ = nullptr;
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(folder_.has_file());
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerUnixTest, leaves_a_listener_that_it_was_given_to_its_owner) {
    io::UnixListener made = io::listen_unix({.host = folder_.host()});
    ASSERT_TRUE(made.listener.fd.is_open());
    worker_ = app_.make({.listen_fd = ::fcntl(made.listener.fd.get(), F_DUPFD_CLOEXEC, 0)});
    EXPECT_EQ(worker_->host(), folder_.host());
    EXPECT_EQ(worker_->port(), 0u);
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
    ASSERT_TRUE(drains(*worker_));
    EXPECT_TRUE(folder_.has_file());
    EXPECT_NE(folder_.connect(), nullptr);
}

TEST_P(WorkerUnixTest, serves_one_of_socket_activation) {
    io::UnixListener made = io::listen_unix({.host = folder_.host()});
    ASSERT_TRUE(made.listener.fd.is_open());
    const Fd holder(::fcntl(made.listener.fd.get(), F_DUPFD_CLOEXEC, 100));
    made.listener.fd.reset(-1);  // it may have been 3
    move_to(3, ::fcntl(holder.get(), F_DUPFD, 100));
    name_listeners("1");
    worker_ = app_.make({.is_configured = true, .reuses_port = true, .port = 1});
    EXPECT_EQ(worker_->host(), folder_.host());
    auto second =
        Worker::create(app_.get(), {.reuses_port = true, .host = folder_.host(), .port = 0});
    ASSERT_TRUE(second.has_value()) << second.error().message << second.error().detail;
    const auto elsewhere =
        Worker::create(app_.get(), {.reuses_port = true, .host = "127.0.0.1", .port = 0});
    ASSERT_TRUE(elsewhere.has_value());
    EXPECT_NE((*elsewhere)->port(), 0u) << "not the one that was given";
    const auto client = folder_.connect();
    ASSERT_NE(client, nullptr);
    client->send(get("/hello"));
    std::swap(worker_, *second);
    EXPECT_TRUE(gets(*client));
    std::swap(worker_, *second);
    unset_listen_variables();
}

class WorkerUnixLimitsTest : public WorkerUnixTest {
protected:
    WorkerUnixLimitsTest() : WorkerUnixTest({.connections_per_address_max = 1}) {}
};

TEST_P(WorkerUnixLimitsTest, has_no_address_that_connections_could_be_counted_by) {
    listen();
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 5; ++count) {
        clients.push_back(folder_.connect());
        ASSERT_NE(clients.back(), nullptr);
        clients.back()->send(get("/hello"));
        EXPECT_TRUE(gets(*clients.back())) << count;
    }
    EXPECT_EQ(worker_->server().stats().connections, 5u);
    EXPECT_EQ(worker_->server().stats().connections_refused_total, 0u);
}

TRIVET_FOR_EACH_ENGINE(WorkerUnixTest);
TRIVET_FOR_EACH_ENGINE(WorkerUnixLimitsTest);

}  // namespace
}  // namespace trivet::app
