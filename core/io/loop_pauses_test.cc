// What every real engine must tell of a stream that is not received from: that its connection is
// broken. And that pauses, however they follow each other, leave nothing behind.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "io/engine.h"
#include "io/loop.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

// Longest wait for one event; reached only by a test that fails.
constexpr std::int64_t kPatienceNs = 10'000'000'000;

struct PauseRecorder final : StreamHandler {
    void on_data(std::string_view bytes) noexcept override {
        data.append(bytes);
        if (pauses != nullptr) {
            pauses->pause(stream);
        }
    }
    void on_end(int error) noexcept override {
        ends += 1;
        end_error = error;
    }
    void on_sent(int) noexcept override {}
    void on_closed() noexcept override { closed += 1; }
    Stream stream;
    Loop* pauses = nullptr;  // with what comes
    std::string data;
    int ends = 0;
    int end_error = 0;
    int closed = 0;
};

class LoopPausesTest : public ::testing::TestWithParam<Engine> {
protected:
    void SetUp() override {
        EngineChoice choice = make_loop(GetParam(), memory_, {});
        ASSERT_NE(choice.loop, nullptr) << choice.reason;
        loop_ = std::move(choice.loop);
    }
    // A connection over TCP. Gives the client, which is the caller's to close.
    int open_tcp(PauseRecorder& recorder) {
        const Listener listener = listen_tcp({.host = "127.0.0.1"});
        EXPECT_TRUE(listener.fd.is_open()) << listener.detail;
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(listener.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        const int fd = ::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        EXPECT_GE(fd, 0);
        EXPECT_EQ(loop_->open(recorder.stream, fd, recorder), 0);
        return client;
    }
    // Breaks a connection over TCP.
    static void reset(int client) {
        const linger now{1, 0};
        ::setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(client);
    }
    void close(PauseRecorder& recorder) {
        loop_->close(recorder.stream);
        EXPECT_TRUE(turn_until([&] { return recorder.closed == 1; }));
    }
    void turn(std::int64_t timeout_ns = 10'000'000) {
        ASSERT_EQ(loop_->wait(timeout_ns), 0);
        loop_->dispatch();
    }
    template <typename Condition>
    bool turn_until(Condition condition) {
        for (int count = 0; count < 500; ++count) {
            if (condition()) {
                return true;
            }
            turn();
        }
        return condition();
    }
    static void far_write(int fd, std::string_view bytes) {
        ASSERT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }

    Memory memory_;
    std::unique_ptr<Loop> loop_;
};

// Who leaves while nobody reads what it has sent. What it sent before makes no difference, nor does
// that it ended its side first.
TEST_P(LoopPausesTest, tells_of_a_break_while_receiving_is_paused) {
    for (const bool has_sent : {false, true}) {
        for (const bool has_ended : {false, true}) {
            PauseRecorder recorder;
            const int client = open_tcp(recorder);
            turn(0);
            loop_->pause(recorder.stream);
            turn(0);
            if (has_sent) {
                far_write(client, "never read");
            }
            if (has_ended) {
                ::shutdown(client, SHUT_WR);
            }
            turn(0);
            turn(0);
            EXPECT_EQ(recorder.ends, 0) << "the end of one side is no break";
            const std::uint64_t before = loop_->system_calls();
            turn(1'000'000);
            turn(1'000'000);
            EXPECT_LE(loop_->system_calls() - before, 6u) << "it does not spin";
            reset(client);
            turn(kPatienceNs);
            EXPECT_EQ(recorder.ends, 1);
            // So the kernel names a break behind an end.
            EXPECT_EQ(recorder.end_error, has_ended ? EPIPE : ECONNRESET);
            EXPECT_EQ(recorder.data, "");
            turn(0);
            turn(0);
            EXPECT_EQ(recorder.ends, 1);
            close(recorder);
        }
    }
}

TEST_P(LoopPausesTest, tells_of_a_break_with_the_window_of_its_peer_full) {
    PauseRecorder recorder;
    const int client = open_tcp(recorder);
    loop_->pause(recorder.stream);
    turn(0);
    ::fcntl(client, F_SETFL, O_NONBLOCK);
    const std::string piece(65536, 'x');
    while (::write(client, piece.data(), piece.size()) > 0) {
    }
    turn(0);
    turn(0);
    EXPECT_EQ(recorder.ends, 0);
    reset(client);
    turn(kPatienceNs);
    EXPECT_EQ(recorder.ends, 1);
    close(recorder);
}

// A handler that holds its peer back with what comes, as one whose window is full does.
TEST_P(LoopPausesTest, tells_of_a_break_that_came_before_the_pause) {
    PauseRecorder recorder;
    recorder.pauses = loop_.get();
    const int client = open_tcp(recorder);
    turn(0);
    far_write(client, "last words");
    reset(client);
    EXPECT_TRUE(turn_until([&] { return recorder.ends == 1; }));
    close(recorder);
    EXPECT_EQ(recorder.ends, 1);
}

// However pauses follow each other, nothing of one is told to another, or to a stream that is gone:
// each lies in memory of its own, which ends with it.
TEST_P(LoopPausesTest, pauses_end_with_their_stream_whatever_is_under_way) {
    constexpr int kStepsMax = 4 * 4 * 4 * 4 * 4;
    for (int steps = 0; steps < kStepsMax; ++steps) {
        auto recorder = std::make_unique<PauseRecorder>();
        const int client = open_tcp(*recorder);
        bool is_reset = false;
        for (int left = steps; left > 0; left /= 4) {
            switch (left % 4) {
                case 0:
                    turn(0);
                    break;
                case 1:
                    loop_->pause(recorder->stream);
                    break;
                case 2:
                    loop_->resume(recorder->stream);
                    break;
                default:
                    if (!std::exchange(is_reset, true)) {
                        reset(client);
                    }
                    break;
            }
        }
        if (steps % 3 != 0) {
            // What it has come to in the end is told, paused or not, and once.
            if (!is_reset) {
                reset(client);
            }
            EXPECT_TRUE(turn_until([&] { return recorder->ends == 1; })) << steps;
        }
        loop_->close(recorder->stream);
        EXPECT_TRUE(turn_until([&] { return recorder->closed == 1; })) << steps;
        EXPECT_LE(recorder->ends, 1);
        recorder.reset();
        turn(0);
        if (steps % 3 == 0 && !is_reset) {
            ::close(client);
        }
    }
}

TEST_P(LoopPausesTest, pausing_again_at_once_still_tells_of_a_break) {
    PauseRecorder recorder;
    const int client = open_tcp(recorder);
    turn(0);
    for (int times = 0; times < 3; ++times) {
        loop_->pause(recorder.stream);
        turn(0);
        loop_->resume(recorder.stream);
        loop_->pause(recorder.stream);
        loop_->resume(recorder.stream);
        loop_->pause(recorder.stream);
    }
    turn(0);
    turn(0);
    reset(client);
    turn(kPatienceNs);
    EXPECT_EQ(recorder.ends, 1);
    close(recorder);
}

INSTANTIATE_TEST_SUITE_P(Engines, LoopPausesTest, ::testing::Values(Engine::uring, Engine::epoll),
                         [](const auto& engine) {
                             return engine.param == Engine::uring ? "uring" : "epoll";
                         });

}  // namespace
}  // namespace trivet::io
