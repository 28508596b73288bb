// How a worker comes to its connections: ports shared by loops of one app, listeners shared by
// several loops, and the channel to a supervisor.
#include <sys/resource.h>

#include "app/control.h"
#include "app/worker_harness_test.h"
#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

class WorkerListenTest : public WorkerTest {
protected:
    WorkerListenTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        supervisor_.reset(ends[0]);
        control_.reset(ends[1]);
    }
    // A worker as a supervisor starts it.
    void supervise(bool is_deferred = false) {
        io::Listener listener = io::listen_tcp({.host = "127.0.0.1", .reuse_port = true});
        slot_.reset(::dup(listener.fd.get()));
        worker_ = app_.make({.listen_fd = listener.fd.release(),
                             .control_fd = control_.release(),
                             .is_deferred = is_deferred});
    }
    ControlKind heard(ControlMessage& message) {
        Fd attached;
        pid_t sender = 0;
        return read_control(supervisor_.get(), message, attached, sender) == ControlRead::message
                   ? static_cast<ControlKind>(message.kind)
                   : ControlKind{0};
    }
    bool hears(ControlKind kind) {
        return turn_until([&] {
            ControlMessage message;
            return heard(message) == kind;
        });
    }
    bool drains() {
        return turn_until([&] { return worker_->state() == WorkerState::drained; });
    }

    Fd supervisor_;
    Fd control_;
    Fd slot_;  // the supervisor's copy of the listener
};

TEST_P(WorkerListenTest, first_loop_of_a_shared_port_does_not_share_it_with_strangers) {
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1", .reuse_port = true});
    const auto stranger = Worker::create(app_.get(), {.reuses_port = true, .port = taken.port});
    ASSERT_FALSE(stranger.has_value());
    EXPECT_EQ(stranger.error().status, Status::address_in_use);
    worker_ = app_.make({.reuses_port = true});
    const auto second = Worker::create(app_.get(), {.reuses_port = true, .port = worker_->port()});
    EXPECT_TRUE(second.has_value()) << second.error().detail;
}

TEST_P(WorkerListenTest, tells_its_supervisor_once_it_accepts) {
    supervise(true);
    ControlMessage message;
    worker_->write_banner("1.2.3", "Test");
    turn(0);
    EXPECT_EQ(heard(message), ControlKind{0});
    ASSERT_TRUE(worker_->start().has_value());
    ASSERT_EQ(heard(message), ControlKind::ready);
    EXPECT_EQ(message.view().find("1.2.3\nTest\n"), 0u) << message.view();
    EXPECT_NE(message.view().find(worker_->engine_reason()), std::string_view::npos);
    const auto client = connect();
    client->send(get("/hello"));
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerListenTest, serves_lent_listeners_and_counts_what_they_bring) {
    supervise();
    const io::Listener lent = io::listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(send_control(supervisor_.get(), ControlKind::lend, 1, lent.fd.get()));
    Client client(lent.port);
    client.send(get("/hello"));
    EXPECT_TRUE(gets(client));
    EXPECT_EQ(worker_->lent_total(), 1u);
    EXPECT_EQ(events_.size(), 0u) << "the program sees nothing of it";
}

TEST_P(WorkerListenTest, drains_as_its_supervisor_asks_and_leaves_it_the_listener) {
    supervise();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    send_control(supervisor_.get(), ControlKind::drain);
    EXPECT_TRUE(hears(ControlKind::draining));
    const auto late = connect();
    EXPECT_TRUE(late->is_connected()) << "for whoever serves the slot next";
    EXPECT_TRUE(io::has_backlog(slot_.get()));
    answer(*worker_, waiting_[0], "finished");
    client->finish();
    EXPECT_TRUE(drains());
    client->read_now();
    EXPECT_EQ(client->body(), "finished");
}

TEST_P(WorkerListenTest, is_not_forced_by_being_asked_from_all_sides) {
    supervise();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    worker_->request_drain();
    send_control(supervisor_.get(), ControlKind::drain);
    send_control(supervisor_.get(), ControlKind::drain);
    EXPECT_TRUE(hears(ControlKind::draining));
    for (int count = 0; count < 3; ++count) {
        turn(0);
    }
    EXPECT_EQ(worker_->state(), WorkerState::draining);
    send_control(supervisor_.get(), ControlKind::force);
    EXPECT_TRUE(drains());
    client->read_to_end();
    EXPECT_EQ(client->responses(), 0u);
}

TEST_P(WorkerListenTest, second_request_of_its_own_forces_a_supervised_worker_too) {
    supervise();
    const auto client = connect();
    client->send(get("/later"));
    ASSERT_TRUE(turn_until([&] { return waiting_.size() == 1; }));
    worker_->request_drain();
    worker_->request_drain();
    EXPECT_TRUE(drains());
}

TEST_P(WorkerListenTest, answers_its_backlog_before_a_drain_that_came_before_its_start) {
    supervise(true);
    const auto client = connect();
    client->send(get("/hello"));
    send_control(supervisor_.get(), ControlKind::drain);
    turn(0);
    turn(0);
    EXPECT_EQ(worker_->state(), WorkerState::serving);
    ASSERT_TRUE(worker_->start().has_value());
    client->finish();
    EXPECT_TRUE(drains());
    client->read_now();
    EXPECT_EQ(client->responses(), 1u);
}

TEST_P(WorkerListenTest, drains_and_closes_the_listener_when_its_supervisor_has_gone) {
    supervise();
    const auto early = connect();
    early->send(get("/hello"));
    slot_.reset(-1);
    supervisor_.reset(-1);
    early->finish();
    EXPECT_TRUE(drains());
    early->read_now();
    EXPECT_EQ(early->responses(), 1u);
    EXPECT_FALSE(connect()->is_connected());
}

TEST_P(WorkerListenTest, loops_that_share_a_listener_all_accept_when_one_is_blocked) {
    supervise();
    // The second loop of the same worker; it never turns, or it alone does.
    const auto second = app_.make({.listen_fd = ::dup(slot_.get())});
    for (int count = 0; count < 5; ++count) {
        const auto client = connect();
        client->send(get("/hello"));
        EXPECT_TRUE(gets(*client)) << "the other loop has not taken its turn";
    }
    for (int count = 0; count < 5; ++count) {
        const auto client = connect();
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (io::has_backlog(slot_.get()) && std::chrono::steady_clock::now() < end) {
            Event events[8];
            std::size_t taken = 0;
            ASSERT_EQ(second->turn(5, events, 8, taken), Status::ok);
        }
        EXPECT_FALSE(io::has_backlog(slot_.get())) << "the first loop has not taken its turn";
    }
    EXPECT_EQ(second->server().stats().connections_total, 5u);
}

TEST_P(WorkerListenTest, loop_that_shares_a_listener_rests_when_descriptors_are_exhausted) {
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1", .reuse_port = true});
    worker_ = app_.make({.listen_fd = listener.fd.release()});
    const auto client = connect();
    client->send(get("/hello"));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit few{256, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<Fd> fillers;
    for (Fd next(::dup(0)); next.is_open(); next.reset(::dup(0))) {
        fillers.push_back(std::move(next));
    }
    turn();
    const std::uint64_t calls = worker_->loop().system_calls();
    turn();
    EXPECT_LT(worker_->loop().system_calls() - calls, 10u);
    EXPECT_EQ(worker_->server().stats().connections_total, 0u);
    fillers.clear();
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(gets(*client));
}

TEST_P(WorkerListenTest, refuses_a_control_channel_that_is_none) {
    const auto worker = Worker::create(app_.get(), {.port = 0, .control_fd = 1'000'000});
    ASSERT_FALSE(worker.has_value());
    EXPECT_EQ(worker.error().status, Status::system);
}

TRIVET_FOR_EACH_ENGINE(WorkerListenTest);

}  // namespace
}  // namespace trivet::app
