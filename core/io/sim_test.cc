#include "io/sim.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace trivet::io {
namespace {

struct Recorder final : StreamHandler {
    void on_data(std::string_view bytes) noexcept override { data.append(bytes).append("|"); }
    void on_end(int error) noexcept override { ends.push_back(error); }
    void on_sent(int error) noexcept override { sent.push_back(error); }
    void on_closed() noexcept override { ++closed; }
    Stream stream;
    std::string data;
    std::vector<int> ends;
    std::vector<int> sent;
    int closed = 0;
};

// Opens what it accepts.
struct Acceptor final : AcceptHandler {
    explicit Acceptor(SimLoop& on) : loop(on) {}
    void on_accept(int fd) noexcept override {
        opened.push_back(std::make_unique<Recorder>());
        const int error = loop.open(opened.back()->stream, fd, *opened.back());
        if (error != 0) {
            errors.push_back(error);
            loop.discard(fd);
        }
    }
    void on_accept_error(int error) noexcept override { errors.push_back(error); }
    SimLoop& loop;
    std::vector<std::unique_ptr<Recorder>> opened;
    std::vector<int> errors;
};

class SimTest : public ::testing::Test {
protected:
    void SetUp() override { loop_.listen(3, acceptor_); }
    Recorder& open(SimPeer*& peer) {
        peer = &loop_.connect();
        loop_.dispatch();
        return *acceptor_.opened.back();
    }
    SimLoop loop_;
    Acceptor acceptor_{loop_};
};

TEST_F(SimTest, delivers_one_receive_a_turn_then_the_end) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    EXPECT_FALSE(loop_.has_work());
    peer->send("one");
    peer->send("twothree");
    peer->finish();
    peer->receive_max = 3;
    EXPECT_TRUE(loop_.has_work());
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "one|");
    loop_.dispatch();
    loop_.dispatch();
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "one|two|thr|ee|");
    loop_.dispatch();
    EXPECT_EQ(recorder.ends, (std::vector<int>{0}));
    EXPECT_FALSE(loop_.has_work());
}

TEST_F(SimTest, a_peer_takes_what_it_is_told_to_take) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    peer->take_max = 2;
    loop_.send(recorder.stream, "12345", false);
    EXPECT_EQ(loop_.send_progress(recorder.stream), 0);
    loop_.dispatch();
    EXPECT_EQ(peer->received(), "12");
    EXPECT_EQ(loop_.send_progress(recorder.stream), 2);
    EXPECT_EQ(loop_.peer(recorder.stream.fd).subscriber(), (PeerAddress{0, 0xffff'7f00'0001}));
    peer->take_max = 0;
    EXPECT_TRUE(peer->server_is_sending());
    EXPECT_FALSE(loop_.has_work());
    peer->take_max = SIZE_MAX;
    loop_.dispatch();
    EXPECT_EQ(recorder.sent, (std::vector<int>{0}));
    EXPECT_FALSE(peer->server_is_sending());
    EXPECT_EQ(peer->take_received(), "12345");
    EXPECT_EQ(peer->received(), "");
}

TEST_F(SimTest, a_reset_breaks_both_directions) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    loop_.send(recorder.stream, "lost", false);
    peer->send("lost too");
    peer->reset();
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "");
    EXPECT_EQ(recorder.ends, (std::vector<int>{ECONNRESET}));
    EXPECT_EQ(recorder.sent, (std::vector<int>{EPIPE}));
}

TEST_F(SimTest, closing_tells_only_of_itself) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    loop_.send(recorder.stream, "never", true);
    peer->send("never");
    loop_.close(recorder.stream);
    EXPECT_TRUE(loop_.owes_calls());
    loop_.dispatch();
    loop_.close(recorder.stream);
    loop_.dispatch();
    EXPECT_EQ(recorder.closed, 1);
    EXPECT_TRUE(recorder.sent.empty());
    EXPECT_EQ(recorder.data, "");
    EXPECT_TRUE(peer->server_has_closed());
}

TEST_F(SimTest, pauses_and_shuts_down) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    loop_.pause(recorder.stream);
    peer->send("x");
    EXPECT_FALSE(loop_.has_work());
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "");
    loop_.resume(recorder.stream);
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "x|");
    loop_.shutdown(recorder.stream);
    EXPECT_TRUE(peer->server_has_finished());
    EXPECT_FALSE(peer->server_has_closed());
}

TEST_F(SimTest, a_reset_is_seen_while_nothing_is_received) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    loop_.pause(recorder.stream);
    peer->send("never read");
    peer->finish();
    EXPECT_FALSE(loop_.has_work());
    peer->reset();
    EXPECT_TRUE(loop_.has_work());
    loop_.dispatch();
    EXPECT_EQ(recorder.ends, (std::vector<int>{ECONNRESET}));
    EXPECT_EQ(recorder.data, "");
    EXPECT_FALSE(loop_.has_work());
}

TEST_F(SimTest, fails_what_it_is_told_to_fail) {
    loop_.faults = {.accept = 1, .open = 2};
    loop_.connect();
    loop_.dispatch();
    EXPECT_EQ(acceptor_.errors, (std::vector<int>{EMFILE}));
    loop_.dispatch();
    EXPECT_EQ(acceptor_.opened.size(), 1u);
    SimPeer& refused = loop_.connect();
    loop_.dispatch();
    EXPECT_EQ(acceptor_.errors, (std::vector<int>{EMFILE, ENOMEM}));
    EXPECT_TRUE(refused.server_has_closed());
}

TEST_F(SimTest, puts_off_a_turn_whose_submission_fails) {
    SimPeer* peer = nullptr;
    Recorder& recorder = open(peer);
    loop_.faults.submission = 2;
    peer->send("x");
    loop_.send(recorder.stream, "y", false);
    loop_.connect();
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "");
    EXPECT_EQ(peer->received(), "");
    EXPECT_EQ(acceptor_.opened.size(), 1u);
    EXPECT_TRUE(loop_.has_work());
    loop_.dispatch();
    EXPECT_EQ(recorder.data, "x|");
    EXPECT_EQ(peer->received(), "y");
    EXPECT_EQ(acceptor_.opened.size(), 2u);
}

TEST_F(SimTest, stops_listening_after_the_backlog) {
    loop_.connect();
    loop_.stop_listening();
    EXPECT_EQ(acceptor_.opened.size(), 1u);
    loop_.connect();
    loop_.dispatch();
    EXPECT_EQ(acceptor_.opened.size(), 1u);
}

TEST_F(SimTest, reports_readiness_that_is_watched_for) {
    struct Watcher final : WatchHandler {
        void on_ready(int fd, std::uint32_t ready) noexcept override {
            seen.emplace_back(fd, ready);
        }
        std::vector<std::pair<int, std::uint32_t>> seen;
    } watcher;
    EXPECT_EQ(loop_.watch(5, 0, watcher), ENOENT);
    EXPECT_EQ(loop_.watch(5, kRead, watcher), 0);
    loop_.make_ready(5, kWrite);
    loop_.dispatch();
    EXPECT_TRUE(watcher.seen.empty());
    loop_.make_ready(5, kRead | kWrite);
    loop_.dispatch();
    EXPECT_EQ(watcher.seen, (std::vector<std::pair<int, std::uint32_t>>{{5, kRead}}));
    EXPECT_EQ(loop_.watch(5, 0, watcher), 0);
}

TEST_F(SimTest, time_passes_only_when_it_is_told_to) {
    const std::uint64_t start = loop_.clock().now_ms();
    loop_.update_clock();
    loop_.wait(Loop::kForever);
    EXPECT_EQ(loop_.clock().now_ms(), start);
    loop_.advance_ms(1500);
    EXPECT_EQ(loop_.clock().now_ms(), start + 1500);
    loop_.wake();
    EXPECT_EQ(loop_.wakes(), 1u);
}

}  // namespace
}  // namespace trivet::io
