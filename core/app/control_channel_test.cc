#include "app/control_channel.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "app/worker_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

class ControlChannelTest : public ::testing::TestWithParam<io::Engine>,
                           public io::WatchHandler,
                           public ControlHost {
protected:
    ControlChannelTest() : loop_(io::make_loop(GetParam(), memory_, {32, 4096}).loop) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        supervisor_.reset(ends[0]);
        channel_ = std::make_unique<ControlChannel>(*loop_, *this, *this, ends[1]);
        EXPECT_EQ(channel_->open(), 0);
        EXPECT_TRUE(channel_->is_open());
    }
    void on_ready(int fd, std::uint32_t) noexcept override {
        others_ += channel_->handle_ready(fd) ? 0 : 1;
    }
    void on_control_drain(bool is_forced) noexcept override { ++(is_forced ? forces_ : drains_); }
    void on_control_ticket_keys(const tls::TicketKeys::State& state) noexcept override {
        ticket_keys_.push_back(state);
    }
    void on_lent_accept(int fd, int) noexcept override { accepted_.emplace_back(fd); }
    bool can_accept() noexcept override { return can_accept_; }
    void turn() {
        for (int count = 0; count < 3; ++count) {
            loop_->wait(0);
            loop_->dispatch();
        }
    }
    // The next message of the worker; kind 0 when there is none.
    ControlMessage heard() {
        ControlMessage message;
        Fd attached;
        pid_t sender = 0;
        if (read_control(supervisor_.get(), message, attached, sender) != ControlRead::message) {
            message = {};
        }
        return message;
    }
    ControlKind heard_kind() { return static_cast<ControlKind>(heard().kind); }
    void lend(std::uint32_t slot, const io::Listener& listener) {
        EXPECT_TRUE(send_control(supervisor_.get(), ControlKind::lend, slot, listener.fd.get()));
        turn();
    }
    static constexpr ControlKind kNothing{0};

    Memory memory_;
    std::unique_ptr<io::Loop> loop_;
    Fd supervisor_;
    std::unique_ptr<ControlChannel> channel_;
    std::vector<Fd> accepted_;
    std::vector<tls::TicketKeys::State> ticket_keys_;
    bool can_accept_ = true;
    int drains_ = 0;
    int forces_ = 0;
    int others_ = 0;
};

TEST_P(ControlChannelTest, tells_that_it_is_ready_and_who_runs) {
    channel_->set_runtime("1.2.3", "Python 3.11.2");
    channel_->send_ready("epoll (as asked)", false);
    const ControlMessage message = heard();
    EXPECT_EQ(static_cast<ControlKind>(message.kind), ControlKind::ready);
    EXPECT_EQ(message.view(), "1.2.3\nPython 3.11.2\nepoll (as asked)");
}

TEST_P(ControlChannelTest, is_ready_without_a_name_as_well) {
    channel_->send_ready("epoll", true);
    EXPECT_EQ(heard().view(), "\n\nepoll\nTLS");
}

TEST_P(ControlChannelTest, takes_ticket_keys_of_the_right_size) {
    tls::TicketKeys::State state;
    state.since_s = 7;
    state.secret.fill(9);
    const std::string_view bytes(reinterpret_cast<const char*>(&state), sizeof state);
    for (const std::string_view text : {bytes.substr(1), bytes}) {
        ControlMessage message;
        message.kind = static_cast<std::uint8_t>(ControlKind::ticket_keys);
        message.append(text);
        send_control(supervisor_.get(), message);
    }
    turn();
    ASSERT_EQ(ticket_keys_.size(), 1u);
    EXPECT_EQ(ticket_keys_[0].since_s, 7u);
    EXPECT_EQ(ticket_keys_[0].secret, state.secret);
}

TEST_P(ControlChannelTest, answers_pings_and_says_when_it_cannot_accept) {
    send_control(supervisor_.get(), ControlKind::ping);
    EXPECT_EQ(heard_kind(), kNothing) << "only a loop that turns answers";
    turn();
    ControlMessage answer = heard();
    EXPECT_EQ(static_cast<ControlKind>(answer.kind), ControlKind::pong);
    EXPECT_EQ(answer.flags, 0);
    can_accept_ = false;
    send_control(supervisor_.get(), ControlKind::ping);
    turn();
    answer = heard();
    EXPECT_EQ(static_cast<ControlKind>(answer.kind), ControlKind::pong);
    EXPECT_EQ(answer.flags, kCannotAccept);
}

TEST_P(ControlChannelTest, serves_a_lent_listener_until_it_is_given_back) {
    const io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    const Client early(listener.port);
    lend(4, listener);
    EXPECT_EQ(accepted_.size(), 1u);
    const Client next(listener.port);
    const Client last(listener.port);
    turn();
    EXPECT_EQ(accepted_.size(), 3u);
    EXPECT_EQ(channel_->lent_total(), 3u);
    send_control(supervisor_.get(), ControlKind::give_back, 4);
    turn();
    const Client late(listener.port);
    turn();
    EXPECT_EQ(accepted_.size(), 3u);
    EXPECT_TRUE(io::has_backlog(listener.fd.get()));
    EXPECT_EQ(others_, 0);
}

TEST_P(ControlChannelTest, refuses_a_listener_it_cannot_accept_from) {
    const io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    lend(4, listener);
    const Client client(listener.port);
    ASSERT_TRUE(client.is_connected());
    // No descriptor is left for the connection.
    std::vector<Fd> fillers;
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit few{256, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    for (Fd next(::dup(0)); next.is_open(); next.reset(::dup(0))) {
        fillers.push_back(std::move(next));
    }
    turn();
    fillers.clear();
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_TRUE(accepted_.empty());
    const ControlMessage message = heard();
    EXPECT_EQ(static_cast<ControlKind>(message.kind), ControlKind::refused);
    EXPECT_EQ(message.slot, 4u);
    turn();
    EXPECT_TRUE(accepted_.empty()) << "it is no longer served";
}

TEST_P(ControlChannelTest, refuses_a_lending_without_a_listener) {
    send_control(supervisor_.get(), ControlKind::lend, 9);
    turn();
    const ControlMessage message = heard();
    EXPECT_EQ(static_cast<ControlKind>(message.kind), ControlKind::refused);
    EXPECT_EQ(message.slot, 9u);
}

TEST_P(ControlChannelTest, passes_on_drain_and_force) {
    send_control(supervisor_.get(), ControlKind::drain);
    turn();
    EXPECT_EQ(drains_, 1);
    EXPECT_EQ(forces_, 0);
    send_control(supervisor_.get(), ControlKind::force);
    turn();
    EXPECT_EQ(drains_, 1);
    EXPECT_EQ(forces_, 1);
}

TEST_P(ControlChannelTest, drains_when_the_supervisor_has_gone) {
    supervisor_.reset(-1);
    turn();
    EXPECT_EQ(drains_, 1);
    EXPECT_FALSE(channel_->is_open());
    channel_->begin_drain();
    turn();
    EXPECT_EQ(drains_, 1);
}

TEST_P(ControlChannelTest, takes_the_backlogs_of_lent_listeners_before_it_drains) {
    const io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    lend(4, listener);
    std::vector<std::unique_ptr<Client>> clients;
    for (int count = 0; count < 100; ++count) {
        clients.push_back(std::make_unique<Client>(listener.port));
    }
    channel_->begin_drain();
    EXPECT_EQ(accepted_.size(), 100u);
    EXPECT_EQ(heard_kind(), ControlKind::draining);
    const Client late(listener.port);
    turn();
    EXPECT_EQ(accepted_.size(), 100u);
    channel_->begin_drain();
    EXPECT_EQ(heard_kind(), kNothing) << "it is said once";
}

TEST_P(ControlChannelTest, still_takes_a_backlog_while_it_drains) {
    const io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    channel_->begin_drain();
    EXPECT_EQ(heard_kind(), ControlKind::draining);
    const Client first(listener.port);
    const Client second(listener.port);
    lend(7, listener);
    EXPECT_EQ(accepted_.size(), 2u);
    const ControlMessage message = heard();
    EXPECT_EQ(static_cast<ControlKind>(message.kind), ControlKind::taken);
    EXPECT_EQ(message.slot, 7u);
    const Client late(listener.port);
    turn();
    EXPECT_EQ(accepted_.size(), 2u);
}

TEST_P(ControlChannelTest, ignores_what_it_does_not_know) {
    ControlMessage message;
    message.kind = 200;
    send_control(supervisor_.get(), message);
    EXPECT_EQ(::send(supervisor_.get(), "x", 1, 0), 1);
    send_control(supervisor_.get(), ControlKind::ping);
    turn();
    EXPECT_EQ(heard_kind(), ControlKind::pong);
}

TEST_P(ControlChannelTest, leaves_other_descriptors_alone) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd reading(ends[0]);
    const Fd writing(ends[1]);
    loop_->watch(reading.get(), io::kRead, *this);
    ASSERT_EQ(::write(writing.get(), "x", 1), 1);
    turn();
    EXPECT_GT(others_, 0);
    loop_->watch(reading.get(), 0, *this);
}

TRIVET_FOR_EACH_ENGINE(ControlChannelTest);

}  // namespace
}  // namespace trivet::app
