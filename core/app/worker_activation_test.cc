// Loops that serve on listeners that were there before the process.
#include <fcntl.h>

#include "app/activation_harness_test.h"
#include "app/worker_harness_test.h"
#include "io/backlog.h"

namespace trivet::app {
namespace {

class WorkerActivationTest : public WorkerTest {
protected:
    ~WorkerActivationTest() override { unset_listen_variables(); }
    // A listener for this process at descriptor 3, and further ones.
    void give(int count = 1) {
        for (int index = 0; index < count; ++index) {
            ports_.push_back(listen_at(3 + index));
            copies_.emplace_back(::fcntl(3 + index, F_DUPFD_CLOEXEC, 100));
        }
        name_listeners(std::to_string(count));
    }

    std::vector<std::uint32_t> ports_;
    std::vector<Fd> copies_;  // of whoever holds the listeners
};

TEST_P(WorkerActivationTest, serves_in_place_of_the_configured_address) {
    give();
    worker_ = app_.make({.is_configured = true, .host = "127.0.0.9", .port = 1});
    EXPECT_EQ(worker_->port(), ports_[0]);
    EXPECT_EQ(worker_->host(), "127.0.0.1");
    EXPECT_FALSE(has_listen_variables());
    const auto client = connect();
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerActivationTest, is_not_for_an_address_of_the_programs_own) {
    give();
    worker_ = app_.make();
    EXPECT_NE(worker_->port(), ports_[0]);
    EXPECT_TRUE(has_listen_variables());
    ::close(3);
}

TEST_P(WorkerActivationTest, leaves_the_listener_to_whoever_holds_it) {
    give();
    worker_ = app_.make({.is_configured = true});
    const auto early = connect();
    early->send(get("/hello"));
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    early->read(1);
    EXPECT_EQ(early->body(), "Hello, World!") << "what waited is answered";
    const Client late(ports_[0]);
    EXPECT_TRUE(late.is_connected());
    EXPECT_TRUE(io::has_backlog(copies_[0].get())) << "for the next process";
}

TEST_P(WorkerActivationTest, serves_every_listener_with_one_loop) {
    give(3);
    worker_ = app_.make({.is_configured = true});
    for (const std::uint32_t port : ports_) {
        Client client(port);
        client.send(get("/hello"));
        EXPECT_TRUE(gets(client)) << port;
    }
    Client waiting(ports_[2]);
    waiting.send(get("/hello"));
    worker_->request_drain();
    ASSERT_TRUE(turn_until([&] { return worker_->state() == WorkerState::drained; }));
    waiting.read(1);
    EXPECT_EQ(waiting.body(), "Hello, World!");
}

TEST_P(WorkerActivationTest, shares_the_listener_with_further_loops_of_the_port) {
    give();
    worker_ = app_.make({.is_configured = true, .reuses_port = true});
    auto second = Worker::create(app_.get(), {.reuses_port = true, .port = ports_[0]});
    ASSERT_TRUE(second.has_value()) << second.error().message << second.error().detail;
    // Both watch the one socket: whichever turns, the connection is served.
    std::swap(worker_, *second);
    const auto client = connect();
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
    EXPECT_EQ(worker_->server().stats().connections_total, 1u);
}

TEST_P(WorkerActivationTest, fails_when_what_was_given_cannot_be_used) {
    move_to(3, ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    name_listeners("1");
    const auto worker = Worker::create(app_.get(), {.is_configured = true});
    ASSERT_FALSE(worker.has_value());
    EXPECT_EQ(worker.error().status, Status::address);
    EXPECT_EQ(worker.error().detail,
              "descriptor 3 is neither a TCP socket nor a Unix stream socket");
    ::close(3);
}

TRIVET_FOR_EACH_ENGINE(WorkerActivationTest);

}  // namespace
}  // namespace trivet::app
