// The behaviour that every real engine must share, run against each.
#include "io/loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "io/engine.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

struct Recorder final : StreamHandler {
    void on_data(std::string_view bytes) noexcept override { data.append(bytes); }
    void on_end(int error) noexcept override {
        ends += 1;
        end_error = error;
    }
    void on_sent(int error) noexcept override {
        sent += 1;
        sent_error = error;
    }
    void on_closed() noexcept override { closed += 1; }
    Stream stream;
    std::string data;
    int ends = 0;
    int end_error = 0;
    int sent = 0;
    int sent_error = 0;
    int closed = 0;
};

struct Acceptor final : AcceptHandler {
    void on_accept(int fd) noexcept override { fds.push_back(fd); }
    void on_accept_error(int error) noexcept override { errors.push_back(error); }
    std::vector<int> fds;
    std::vector<int> errors;
};

struct Watcher final : WatchHandler {
    void on_ready(int fd, std::uint32_t ready) noexcept override { events.emplace_back(fd, ready); }
    std::vector<std::pair<int, std::uint32_t>> events;
};

class LoopTest : public ::testing::TestWithParam<Engine> {
protected:
    void SetUp() override { make({}); }
    void make(const LoopConfig& config) {
        loop_.reset();
        EngineChoice choice = make_loop(GetParam(), memory_, config);
        ASSERT_NE(choice.loop, nullptr) << choice.reason;
        loop_ = std::move(choice.loop);
    }
    void TearDown() override {
        for (int fd : far_ends_) {
            ::close(fd);
        }
    }
    // Opens one end of a socket pair on the loop and gives the other.
    int open(Recorder& recorder) {
        int pair[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
        EXPECT_EQ(loop_->open(recorder.stream, pair[0], recorder), 0);
        far_ends_.push_back(pair[1]);
        return pair[1];
    }
    void close(Recorder& recorder) {
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
    static std::string far_read(int fd) {
        char bytes[65536];
        const ssize_t count = ::read(fd, bytes, sizeof bytes);
        return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
    }

    Memory memory_;
    std::unique_ptr<Loop> loop_;
    std::vector<int> far_ends_;
};

TEST_P(LoopTest, delivers_bytes_and_the_end) {
    Recorder recorder;
    const int far = open(recorder);
    far_write(far, "hello");
    EXPECT_TRUE(turn_until([&] { return recorder.data == "hello"; }));
    ::shutdown(far, SHUT_WR);
    EXPECT_TRUE(turn_until([&] { return recorder.ends == 1; }));
    EXPECT_EQ(recorder.end_error, 0);
    turn(0);
    EXPECT_EQ(recorder.ends, 1);
    close(recorder);
}

TEST_P(LoopTest, sends_and_tells_when_all_has_left) {
    Recorder recorder;
    const int far = open(recorder);
    for (const bool is_prompt : {false, true}) {
        recorder.sent = 0;
        loop_->send(recorder.stream, "answer", is_prompt);
        EXPECT_EQ(recorder.sent, 0);
        EXPECT_TRUE(turn_until([&] { return recorder.sent == 1; }));
        EXPECT_EQ(recorder.sent_error, 0);
        EXPECT_EQ(far_read(far), "answer");
    }
    close(recorder);
}

TEST_P(LoopTest, finishes_a_send_that_the_peer_takes_slowly) {
    for (const bool is_prompt : {false, true}) {
        Recorder recorder;
        const int far = open(recorder);
        const std::string bytes(4'000'000, 'x');
        loop_->send(recorder.stream, bytes, is_prompt);
        turn(0);
        turn(0);
        EXPECT_EQ(recorder.sent, 0);
        std::size_t received = 0;
        EXPECT_TRUE(turn_until([&] {
            for (std::string part = far_read(far); !part.empty(); part = far_read(far)) {
                received += part.size();
            }
            return recorder.sent == 1;
        }));
        for (std::string part = far_read(far); !part.empty(); part = far_read(far)) {
            received += part.size();
        }
        EXPECT_EQ(received, bytes.size());
        close(recorder);
    }
}

// A Unix socket, whose kernel side does not count: a send under way must still tell a peer that
// takes some of it, after which the queue is as full as before, from one that takes nothing.
TEST_P(LoopTest, shows_that_a_peer_takes_some_of_a_send) {
    for (const bool is_prompt : {false, true}) {
        Recorder recorder;
        const int far = open(recorder);
        const std::string bytes(4'000'000, 'x');
        loop_->send(recorder.stream, bytes, is_prompt);
        turn(0);
        turn(0);
        std::int64_t before = loop_->send_progress(recorder.stream);
        turn(0);
        EXPECT_EQ(loop_->send_progress(recorder.stream), before) << "nothing was taken";
        for (int round = 0; round < 8; ++round) {
            // As much as the queue holds, so that the loop fills it again.
            for (std::string part = far_read(far); !part.empty(); part = far_read(far)) {
            }
            turn(0);
            turn(0);
            const std::int64_t now = loop_->send_progress(recorder.stream);
            EXPECT_NE(now, before);
            before = now;
        }
        close(recorder);
    }
}

TEST_P(LoopTest, reports_a_send_to_a_peer_that_is_gone) {
    Recorder recorder;
    const int far = open(recorder);
    ::close(far);
    far_ends_.pop_back();
    EXPECT_TRUE(turn_until([&] { return recorder.ends == 1; }));
    loop_->send(recorder.stream, "too late", false);
    EXPECT_TRUE(turn_until([&] { return recorder.sent == 1; }));
    EXPECT_NE(recorder.sent_error, 0);
    close(recorder);
}

TEST_P(LoopTest, stops_and_resumes_receiving) {
    Recorder recorder;
    const int far = open(recorder);
    far_write(far, "a");
    EXPECT_TRUE(turn_until([&] { return recorder.data == "a"; }));
    loop_->pause(recorder.stream);
    turn(0);
    turn(0);
    far_write(far, "b");
    turn(2'000'000);
    turn(0);
    EXPECT_EQ(recorder.data, "a");
    loop_->resume(recorder.stream);
    EXPECT_TRUE(turn_until([&] { return recorder.data == "ab"; }));
    close(recorder);
}

TEST_P(LoopTest, pausing_and_resuming_at_once_loses_nothing) {
    Recorder recorder;
    const int far = open(recorder);
    turn(0);
    loop_->pause(recorder.stream);
    loop_->resume(recorder.stream);
    far_write(far, "x");
    EXPECT_TRUE(turn_until([&] { return recorder.data == "x"; }));
    close(recorder);
}

TEST_P(LoopTest, closes_with_a_send_under_way) {
    Recorder recorder;
    open(recorder);
    const std::string bytes(4'000'000, 'x');
    loop_->send(recorder.stream, bytes, true);
    turn(0);
    close(recorder);
    EXPECT_EQ(recorder.sent, 0);
    EXPECT_EQ(recorder.ends, 0);
}

TEST_P(LoopTest, closes_before_anything_was_submitted) {
    Recorder recorder;
    open(recorder);
    loop_->send(recorder.stream, "never mind", false);
    close(recorder);
    EXPECT_EQ(recorder.ends, 0);
}

TEST_P(LoopTest, serves_more_streams_than_it_has_buffers) {
    make({.buffer_count = 2, .buffer_bytes = 1024});
    constexpr int kStreams = 40;
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (int index = 0; index < kStreams; ++index) {
        recorders.push_back(std::make_unique<Recorder>());
        const int far = open(*recorders.back());
        far_write(far, std::string(3000, static_cast<char>('a' + index % 26)));
    }
    EXPECT_TRUE(turn_until([&] {
        for (const auto& recorder : recorders) {
            if (recorder->data.size() != 3000) {
                return false;
            }
        }
        return true;
    }));
    for (int index = 0; index < kStreams; ++index) {
        EXPECT_EQ(recorders[static_cast<std::size_t>(index)]->data,
                  std::string(3000, static_cast<char>('a' + index % 26)));
        close(*recorders[static_cast<std::size_t>(index)]);
    }
}

TEST_P(LoopTest, sends_for_more_streams_than_the_queue_holds) {
    std::vector<std::unique_ptr<Recorder>> recorders;
    for (int index = 0; index < 300; ++index) {
        recorders.push_back(std::make_unique<Recorder>());
        open(*recorders.back());
    }
    for (int round = 0; round < 4; ++round) {
        for (const auto& recorder : recorders) {
            loop_->send(recorder->stream, "x", round % 2 == 1);
        }
        EXPECT_TRUE(turn_until([&] {
            for (const auto& recorder : recorders) {
                if (recorder->sent != round + 1) {
                    return false;
                }
            }
            return true;
        }));
    }
    for (const auto& recorder : recorders) {
        EXPECT_EQ(recorder->sent_error, 0);
        close(*recorder);
    }
}

TEST_P(LoopTest, a_broken_peer_does_not_make_it_spin) {
    Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open()) << listener.detail;
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(listener.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const int fd = ::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ASSERT_GE(fd, 0);
    Recorder recorder;
    ASSERT_EQ(loop_->open(recorder.stream, fd, recorder), 0);
    turn(0);
    const linger reset{1, 0};
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(client);
    EXPECT_TRUE(turn_until([&] { return recorder.ends == 1; }));
    EXPECT_EQ(recorder.end_error, ECONNRESET);
    const std::uint64_t before = loop_->system_calls();
    turn(1'000'000);
    turn(1'000'000);
    EXPECT_LE(loop_->system_calls() - before, 6u);
    EXPECT_EQ(recorder.ends, 1);
    close(recorder);
}

TEST_P(LoopTest, accepts_and_hands_over_the_backlog_when_it_stops) {
    Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open()) << listener.detail;
    Acceptor acceptor;
    ASSERT_EQ(loop_->listen(listener.fd.get(), acceptor), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(listener.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::vector<int> clients;
    const auto connect_one = [&] {
        clients.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::connect(clients.back(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
    };
    connect_one();
    EXPECT_TRUE(turn_until([&] { return acceptor.fds.size() == 1; }));
    connect_one();
    connect_one();
    loop_->stop_listening();
    EXPECT_TRUE(turn_until([&] { return acceptor.fds.size() == 3; }));
    EXPECT_TRUE(acceptor.errors.empty());
    for (int fd : acceptor.fds) {
        loop_->discard(fd);
    }
    for (int fd : clients) {
        ::close(fd);
    }
}

TEST_P(LoopTest, watches_a_descriptor_as_long_as_it_is_ready) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
    Watcher watcher;
    ASSERT_EQ(loop_->watch(pipe[0], kRead, watcher), 0);
    turn(1'000'000);
    EXPECT_TRUE(watcher.events.empty());
    far_write(pipe[1], "x");
    EXPECT_TRUE(turn_until([&] { return watcher.events.size() >= 3; }));
    EXPECT_EQ(watcher.events[0], (std::pair<int, std::uint32_t>(pipe[0], kRead)));
    EXPECT_EQ(far_read(pipe[0]), "x");
    turn(0);
    watcher.events.clear();
    turn(1'000'000);
    turn(1'000'000);
    EXPECT_TRUE(watcher.events.empty());
    EXPECT_EQ(loop_->watch(pipe[0], 0, watcher), 0);
    EXPECT_EQ(loop_->watch(pipe[0], 0, watcher), ENOENT);
    far_write(pipe[1], "y");
    turn(1'000'000);
    EXPECT_TRUE(watcher.events.empty());
    ASSERT_EQ(loop_->watch(pipe[1], kWrite, watcher), 0);
    EXPECT_TRUE(turn_until([&] { return !watcher.events.empty(); }));
    EXPECT_EQ(watcher.events[0].second, kWrite);
    EXPECT_EQ(loop_->watch(pipe[1], 0, watcher), 0);
    turn(0);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_P(LoopTest, changes_the_interest_of_a_watch) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    Watcher watcher;
    ASSERT_EQ(loop_->watch(pair[0], kRead, watcher), 0);
    turn(0);
    ASSERT_EQ(loop_->watch(pair[0], kRead | kWrite, watcher), 0);
    EXPECT_TRUE(turn_until([&] { return !watcher.events.empty(); }));
    EXPECT_EQ(watcher.events.back().second, kWrite);
    ASSERT_EQ(loop_->watch(pair[0], kRead, watcher), 0);
    turn(0);
    watcher.events.clear();
    turn(1'000'000);
    EXPECT_TRUE(watcher.events.empty());
    EXPECT_EQ(loop_->watch(pair[0], 0, watcher), 0);
    turn(0);
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST_P(LoopTest, is_woken_from_another_thread) {
    std::thread other([&] { loop_->wake(); });
    EXPECT_EQ(loop_->wait(Loop::kForever), 0);
    loop_->dispatch();
    other.join();
    loop_->wake();
    loop_->wake();
    EXPECT_EQ(loop_->wait(Loop::kForever), 0);
    loop_->dispatch();
}

TEST_P(LoopTest, offers_a_descriptor_that_polls_readable_when_there_is_work) {
    Recorder recorder;
    const int far = open(recorder);
    const int fd = loop_->pollable_fd();
    ASSERT_GE(fd, 0);
    ASSERT_EQ(loop_->flush(), 0);
    loop_->dispatch();
    pollfd poll_fd{fd, POLLIN, 0};
    EXPECT_EQ(::poll(&poll_fd, 1, 0), 0);
    far_write(far, "x");
    ASSERT_EQ(::poll(&poll_fd, 1, 5000), 1);
    EXPECT_TRUE(turn_until([&] { return recorder.data == "x"; }));
    loop_->flush();
    loop_->dispatch();
    EXPECT_EQ(::poll(&poll_fd, 1, 0), 0);
    close(recorder);
}

TEST_P(LoopTest, every_wake_from_another_thread_makes_its_descriptor_readable) {
    const int fd = loop_->pollable_fd();
    ASSERT_GE(fd, 0);
    std::atomic<int> round{0};
    std::thread waker([&] {
        for (int count = 1; count <= 100; ++count) {
            round.wait(count - 1);
            loop_->wake();
        }
    });
    int missed = 0;
    for (int count = 1; count <= 100; ++count) {
        loop_->flush();
        round.store(count);
        round.notify_one();
        pollfd poll_fd{fd, POLLIN, 0};
        missed += ::poll(&poll_fd, 1, 1000) == 1 ? 0 : 1;
        loop_->wait(0);
        loop_->dispatch();
    }
    waker.join();
    EXPECT_EQ(missed, 0);
}

TEST_P(LoopTest, its_descriptor_tells_of_work_that_was_there_before_it) {
    Recorder recorder;
    const int far = open(recorder);
    ASSERT_EQ(loop_->flush(), 0);
    far_write(far, "x");
    const int fd = loop_->pollable_fd();
    pollfd poll_fd{fd, POLLIN, 0};
    EXPECT_EQ(::poll(&poll_fd, 1, 5000), 1);
    EXPECT_TRUE(turn_until([&] { return recorder.data == "x"; }));
    close(recorder);
}

TEST_P(LoopTest, driven_by_its_descriptor_alone_misses_nothing) {
    constexpr int kStreams = 8;
    constexpr int kRounds = 3000;
    std::vector<std::unique_ptr<Recorder>> recorders;
    std::vector<int> far;
    for (int index = 0; index < kStreams; ++index) {
        recorders.push_back(std::make_unique<Recorder>());
        far.push_back(open(*recorders.back()));
    }
    const int fd = loop_->pollable_fd();
    std::thread writer([&] {
        for (int round = 0; round < kRounds; ++round) {
            for (int index = 0; index < kStreams; ++index) {
                while (::write(far[static_cast<std::size_t>(index)], "x", 1) < 0) {
                    std::this_thread::yield();
                }
            }
        }
    });
    std::size_t received = 0;
    while (received < std::size_t{kStreams} * kRounds) {
        loop_->flush();
        pollfd poll_fd{fd, POLLIN, 0};
        if (::poll(&poll_fd, 1, 10'000) != 1) {
            break;
        }
        turn(0);
        received = 0;
        for (const auto& recorder : recorders) {
            received += recorder->data.size();
        }
    }
    EXPECT_EQ(received, std::size_t{kStreams} * kRounds);
    writer.join();
    for (const auto& recorder : recorders) {
        close(*recorder);
    }
}

TEST_P(LoopTest, tells_of_a_send_at_once_when_hurried) {
    Recorder recorder;
    const int far = open(recorder);
    turn(0);
    for (const bool is_submitted : {false, true}) {
        recorder.sent = 0;
        loop_->send(recorder.stream, "one", false);
        if (is_submitted) {
            ASSERT_EQ(loop_->flush(), 0);
        }
        loop_->hurry(recorder.stream);
        EXPECT_TRUE(loop_->owes_calls() || !is_submitted);
        ASSERT_EQ(loop_->wait(Loop::kForever), 0);
        loop_->dispatch();
        EXPECT_EQ(recorder.sent, 1);
        EXPECT_EQ(far_read(far), "one");
        EXPECT_FALSE(loop_->owes_calls());
    }
    close(recorder);
}

TEST_P(LoopTest, says_that_it_owes_the_end_of_a_stream) {
    Recorder recorder;
    const int far = open(recorder);
    ::shutdown(far, SHUT_WR);
    EXPECT_TRUE(turn_until([&] { return recorder.ends == 1; }));
    EXPECT_FALSE(loop_->owes_calls());
    loop_->close(recorder.stream);
    EXPECT_TRUE(loop_->owes_calls());
    ASSERT_EQ(loop_->wait(Loop::kForever), 0);
    loop_->dispatch();
    EXPECT_EQ(recorder.closed, 1);
    EXPECT_FALSE(loop_->owes_calls());
}

TEST_P(LoopTest, says_that_it_has_more_to_receive) {
    Recorder recorder;
    const int far = open(recorder);
    const int fd = loop_->pollable_fd();
    loop_->pause(recorder.stream);
    turn(0);
    turn(0);
    far_write(far, "a");
    turn(0);
    EXPECT_EQ(recorder.data, "");
    loop_->resume(recorder.stream);
    ASSERT_EQ(loop_->flush(), 0);
    pollfd poll_fd{fd, POLLIN, 0};
    EXPECT_TRUE(loop_->owes_calls() || ::poll(&poll_fd, 1, 5000) == 1);
    turn(0);
    EXPECT_EQ(recorder.data, "a");
    close(recorder);
}

// A child process keeps the sockets it was forked with, so that closing here does not end them for
// epoll.
TEST_P(LoopTest, forgets_a_closed_stream_whose_socket_lives_on) {
    auto recorder = std::make_unique<Recorder>();
    const int far = open(*recorder);
    turn(0);
    const int copy = ::dup(recorder->stream.fd);
    ASSERT_GE(copy, 0);
    close(*recorder);
    recorder.reset();
    far_write(far, "anybody there?");
    turn(0);
    turn(1'000'000);
    ::close(copy);
}

TEST_P(LoopTest, finishes_a_send_although_the_completions_overflowed) {
    Recorder recorder;
    const int far = open(recorder);
    Recorder ready;
    const int always_ready = open(ready);
    Watcher watcher;
    const std::string bytes(4'000'000, 'x');
    loop_->send(recorder.stream, bytes, false);
    // Each round leaves io_uring completions that nobody takes, until there is no room for more.
    for (std::uint32_t round = 0; round < 5000; ++round) {
        ASSERT_EQ(loop_->watch(always_ready, round % 2 == 0 ? kWrite : kRead | kWrite, watcher), 0);
        ASSERT_EQ(loop_->flush(), 0);
    }
    ASSERT_EQ(loop_->watch(always_ready, 0, watcher), 0);
    turn(0);
    turn(0);
    turn(0);
    EXPECT_EQ(recorder.sent, 0);
    std::size_t received = 0;
    EXPECT_TRUE(turn_until([&] {
        for (std::string part = far_read(far); !part.empty(); part = far_read(far)) {
            received += part.size();
        }
        return received == bytes.size();
    }));
    EXPECT_EQ(received, bytes.size());
    close(recorder);
    close(ready);
}

TEST_P(LoopTest, sends_more_than_a_send_can_count) {
    constexpr std::size_t kSize = (std::size_t{1} << 32) + 5;
    void* bytes =
        ::mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED) {
        GTEST_SKIP() << "no room for a mapping of 4 GiB";
    }
    for (const bool is_prompt : {false, true}) {
        Recorder recorder;
        open(recorder);
        loop_->send(recorder.stream, {static_cast<const char*>(bytes), kSize}, is_prompt);
        turn(0);
        turn(0);
        turn(0);
        EXPECT_EQ(recorder.sent, 0) << "only the size beyond 4 GiB has left";
        close(recorder);
    }
    ::munmap(bytes, kSize);
}

TEST_P(LoopTest, waits_no_longer_than_asked) {
    loop_->update_clock();
    const std::uint64_t end = loop_->clock().now_ns() + 3'000'000;
    while (loop_->clock().now_ns() < end) {
        turn(1'000'000);
    }
    SUCCEED();
}

INSTANTIATE_TEST_SUITE_P(Engines, LoopTest, ::testing::Values(Engine::uring, Engine::epoll),
                         [](const auto& engine) {
                             return engine.param == Engine::uring ? "uring" : "epoll";
                         });

TEST_P(LoopTest, sends_pieces_at_once_as_far_as_there_is_room) {
    Recorder recorder;
    const int far = open(recorder);
    const std::string large(1 << 20, 'x');
    const std::string_view few[] = {"one ", "two ", "three"};
    EXPECT_EQ(loop_->send_now(recorder.stream, few), 13u);
    const std::string_view many[] = {"head", large, large};
    const std::size_t taken = loop_->send_now(recorder.stream, many);
    EXPECT_GT(taken, 4u);
    EXPECT_LT(taken, 2 * large.size());
    const std::string_view more[] = {"none"};
    EXPECT_EQ(loop_->send_now(recorder.stream, more), 0u);
    std::string got(13 + taken, '?');
    std::size_t at = 0;
    while (at < got.size()) {
        const ssize_t count = ::recv(far, got.data() + at, got.size() - at, 0);
        ASSERT_GT(count, 0);
        at += static_cast<std::size_t>(count);
    }
    EXPECT_EQ(got.substr(0, 18), "one two threeheadx");
    EXPECT_EQ(recorder.sent, 0);
    ::shutdown(far, SHUT_RDWR);
    EXPECT_EQ(loop_->send_now(recorder.stream, few), 0u);
    close(recorder);
}

}  // namespace
}  // namespace trivet::io
