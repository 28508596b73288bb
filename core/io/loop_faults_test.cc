// Whatever the kernel refuses, and whenever: a real loop goes on and serves the next client.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "io/engine.h"
#include "io/faults_test.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

constexpr std::uint64_t kFailuresMax = 1000;
constexpr int kKernelBytes = 16'384;          // that a socket keeps for its peer, about
constexpr std::size_t kLargeBytes = 200'000;  // more than both sockets of a connection keep

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// Sends back what it gets; a connection of it.
struct Echo final : StreamHandler {
    explicit Echo(Loop& on) : loop(on) {}
    void on_data(std::string_view bytes) noexcept override {
        waiting += bytes;
        answer();
    }
    void on_end(int error) noexcept override {
        is_ended = true;
        if (error != 0 || (!stream.is_sending && waiting.empty())) {
            loop.close(stream);
        }
    }
    void on_sent(int error) noexcept override {
        if (error != 0 || (is_ended && waiting.empty())) {
            loop.close(stream);
            return;
        }
        answer();
    }
    void on_closed() noexcept override { is_closed = true; }
    void answer() {
        if (!stream.is_sending && !waiting.empty()) {
            sending = std::exchange(waiting, {});
            is_prompt = !is_prompt;
            loop.send(stream, sending, is_prompt);
        }
    }
    Loop& loop;
    Stream stream;
    std::string waiting;
    std::string sending;
    bool is_prompt = false;
    bool is_ended = false;
    bool is_closed = false;
};

// A client on the loopback that never blocks.
class Visitor {
public:
    explicit Visitor(std::uint32_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kKernelBytes, sizeof kKernelBytes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    }
    void say(std::string bytes) {
        unsent_ += bytes;
        said_ += bytes;
    }
    // Writes and reads what can be now.
    void go_on() {
        while (!unsent_.empty()) {
            // Not send(), which is to fail for the loop.
            const ssize_t count =
                ::sendto(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL, nullptr, 0);
            if (count <= 0) {
                is_ended_ = is_ended_ || errno != EAGAIN;
                break;
            }
            unsent_.erase(0, static_cast<std::size_t>(count));
        }
        char bytes[65536];
        for (;;) {
            const ssize_t count = ::read(fd_.get(), bytes, sizeof bytes);
            if (count <= 0) {
                is_ended_ = is_ended_ || count == 0 || errno != EAGAIN;
                return;
            }
            heard_.append(bytes, static_cast<std::size_t>(count));
        }
    }
    bool has_all() const { return heard_ == said_; }
    bool is_done() const { return is_ended_ || has_all(); }
    // What came is the beginning of what was said: nobody else's, nothing twice.
    bool is_sound() const { return said_.starts_with(heard_); }

private:
    Fd fd_;
    std::string unsent_;
    std::string said_;
    std::string heard_;
    bool is_ended_ = false;
};

// An echo service on one loop, with all that a loop can be asked for.
class Service final : public AcceptHandler, public WatchHandler {
public:
    explicit Service(Engine engine) : choice(make_loop(engine, memory, {16, 4096})) {
        EXPECT_NE(choice.loop, nullptr) << choice.reason;
        EXPECT_EQ(::pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 0);
        ::setsockopt(listener.fd.get(), SOL_SOCKET, SO_SNDBUF, &kKernelBytes, sizeof kKernelBytes);
        EXPECT_EQ(choice.loop->listen(listener.fd.get(), *this), 0);
    }
    ~Service() {
        choice.loop->stop_listening();
        for (const auto& echo : echoes) {
            if (!echo->is_closed) {
                choice.loop->close(echo->stream);
            }
        }
        EXPECT_TRUE(until([&] {
            return std::ranges::all_of(echoes, [](const auto& echo) { return echo->is_closed; });
        })) << "a connection never closes";
        choice.loop->flush();
        choice.loop.reset();
        ::close(pipe[0]);
        ::close(pipe[1]);
    }
    void on_accept(int fd) noexcept override {
        echoes.push_back(std::make_unique<Echo>(*choice.loop));
        if (choice.loop->open(echoes.back()->stream, fd, *echoes.back()) != 0) {
            choice.loop->discard(fd);
            echoes.pop_back();
        }
    }
    void on_accept_error(int) noexcept override { ++accept_errors; }
    void on_ready(int fd, std::uint32_t) noexcept override {
        char byte = 0;
        readied += ::read(fd, &byte, 1) == 1 ? 1 : 0;
    }
    template <typename Condition>
    bool until(Condition condition) {
        for (int turns = 0; turns < 3000 && !condition(); ++turns) {
            EXPECT_EQ(choice.loop->wait(1'000'000), 0);
            choice.loop->dispatch();
        }
        return condition();
    }
    // Whether all get what they said, or an end.
    bool serves(std::vector<std::unique_ptr<Visitor>>& visitors) {
        return until([&] {
            bool is_over = true;
            for (const auto& visitor : visitors) {
                visitor->go_on();
                is_over = is_over && visitor->is_done();
            }
            return is_over;
        });
    }
    std::unique_ptr<Visitor> visit() { return std::make_unique<Visitor>(listener.port); }

    Memory memory;
    Listener listener = listen_tcp({.host = "127.0.0.1"});
    int pipe[2]{};
    std::vector<std::unique_ptr<Echo>> echoes;
    int accept_errors = 0;
    int readied = 0;
    EngineChoice choice;
};

// Small and large, together and one after another, through a watch and a wake-up.
void run_script(Service& service, const std::string& what) {
    std::vector<std::unique_ptr<Visitor>> visitors;
    for (const char* name : {"first ", "second ", "third "}) {
        visitors.push_back(service.visit());
        visitors.back()->say(name);
    }
    EXPECT_TRUE(service.serves(visitors)) << "stuck at first words: " << what;
    visitors[1]->say(std::string(kLargeBytes, 'x') + "large");
    visitors[2]->say("again");
    EXPECT_TRUE(service.serves(visitors)) << "stuck at large words: " << what;
    const int watched = service.choice.loop->watch(service.pipe[0], kRead, service);
    if (watched == 0) {
        service.choice.loop->wake();
        EXPECT_EQ(::write(service.pipe[1], "x", 1), 1);
        EXPECT_TRUE(service.until([&] { return service.readied == 1; })) << what;
        EXPECT_EQ(service.choice.loop->watch(service.pipe[0], 0, service), 0) << what;
    }
    for (const auto& visitor : visitors) {
        EXPECT_TRUE(visitor->is_sound()) << what;
    }
}

// The script with the n-th call of a kind failing, for n = 1, 2, 3 … until none fails.
void fail_each(Engine engine, Call call, int error, bool is_expected) {
    const std::size_t descriptors = open_descriptors();
    bool has_failed = true;
    std::uint64_t n = 0;
    while (has_failed && !testing::Test::HasFailure()) {
        ASSERT_LT(++n, kFailuresMax);
        const std::string what = std::string(std::strerror(error)) + ", call " + std::to_string(n);
        Service service(engine);
        Faults faults;
        faults.fail(call, n, error);
        run_script(service, what);
        has_failed = faults.has_failed();
        faults.stop();
        std::vector<std::unique_ptr<Visitor>> next;
        next.push_back(service.visit());
        next.back()->say("the next client");
        EXPECT_TRUE(service.serves(next) && next.back()->has_all()) << "not served after " << what;
    }
    EXPECT_TRUE(n > 1 || !is_expected) << "nothing has failed";
    EXPECT_EQ(open_descriptors(), descriptors) << "a descriptor leaks";
}

class LoopFaultsTest : public ::testing::TestWithParam<Engine> {
protected:
    bool is_uring() const { return GetParam() == Engine::uring; }
};

// accept(2) hands on errors of the network and of the connection, besides those of its own.
TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_an_accept) {
    for (const int error :
         {EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED, EINTR, EPROTO, EPERM, ENETDOWN,
          ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, EAGAIN}) {
        fail_each(GetParam(), Call::accept, error, true);
    }
}

TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_a_receive) {
    for (const int error : {ECONNREFUSED, ECONNRESET, EINTR, ENOMEM, ENOBUFS, ENOTCONN, ETIMEDOUT,
                            EHOSTUNREACH, ENETDOWN, EIO}) {
        fail_each(GetParam(), Call::receive, error, true);
    }
}

TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_a_send) {
    for (const int error : {EPIPE, ECONNRESET, EINTR, ENOMEM, ENOBUFS, ENOTCONN, EACCES, EALREADY,
                            EMSGSIZE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN}) {
        fail_each(GetParam(), Call::send, error, true);
    }
}

TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_a_submission) {
    for (const int error : {EAGAIN, EBUSY, EINTR}) {
        fail_each(GetParam(), Call::ring_submit, error, is_uring());
    }
}

TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_epoll) {
    for (const int error : {ENOMEM, ENOSPC}) {
        fail_each(GetParam(), Call::epoll_control, error, !is_uring());
    }
    fail_each(GetParam(), Call::epoll_wait, EINTR, !is_uring());
}

TEST_P(LoopFaultsTest, serves_on_after_any_failure_of_an_allocation) {
    fail_each(GetParam(), Call::allocate, ENOMEM, true);
}

TEST_P(LoopFaultsTest, accepts_again_when_the_accept_fails_for_a_while) {
    Service service(GetParam());
    std::vector<std::unique_ptr<Visitor>> visitors;
    Faults faults;
    faults.fail(Call::accept, 1, EMFILE, true);
    visitors.push_back(service.visit());
    visitors.back()->say("patience");
    EXPECT_TRUE(service.until([&] { return service.accept_errors >= 2; }));
    EXPECT_LE(faults.count(Call::accept), 20u) << "it spins";
    faults.stop();
    EXPECT_TRUE(service.serves(visitors) && visitors.back()->has_all());
}

TEST_P(LoopFaultsTest, accepts_again_although_the_listener_cannot_be_looked_at_for_a_while) {
    Service service(GetParam());
    std::vector<std::unique_ptr<Visitor>> visitors;
    Faults faults;
    faults.fail(Call::accept, 1, EMFILE);
    visitors.push_back(service.visit());
    visitors.back()->say("patience");
    EXPECT_TRUE(service.until([&] { return service.accept_errors == 1; }));
    faults.fail(Call::epoll_control, 1, ENOMEM);
    EXPECT_TRUE(service.serves(visitors) && visitors.back()->has_all());
    EXPECT_EQ(faults.has_failed(), !is_uring());
}

TEST(EpollFaults, ends_a_connection_whose_room_it_cannot_wait_for) {
    Service service(Engine::epoll);
    std::vector<std::unique_ptr<Visitor>> visitors;
    visitors.push_back(service.visit());
    visitors.back()->say("x");
    ASSERT_TRUE(service.serves(visitors));
    Faults faults;
    faults.fail(Call::epoll_control, 1, ENOMEM);
    Echo& echo = *service.echoes.back();
    const std::string large(kLargeBytes, 'x');
    service.choice.loop->send(echo.stream, large, true);
    EXPECT_TRUE(service.until([&] { return echo.is_closed; }));
    EXPECT_TRUE(faults.has_failed());
}

TEST_P(LoopFaultsTest, a_watch_says_when_memory_is_out) {
    Service service(GetParam());
    Faults faults;
    faults.fail(Call::allocate, 1, ENOMEM);
    EXPECT_EQ(service.choice.loop->watch(service.pipe[0], kRead, service), ENOMEM);
    EXPECT_EQ(service.choice.loop->watch(service.pipe[0], kRead, service), 0);
    EXPECT_EQ(::write(service.pipe[1], "x", 1), 1);
    EXPECT_TRUE(service.until([&] { return service.readied == 1; }));
    EXPECT_EQ(service.choice.loop->watch(1'000'000, kRead, service), EBADF);
    EXPECT_EQ(service.choice.loop->watch(-1, kRead, service), EBADF);
    EXPECT_EQ(service.choice.loop->watch(service.pipe[0], 0, service), 0);
}

// More than the queue holds in one turn, with submissions failing while it is full.
TEST_P(LoopFaultsTest, a_full_queue_loses_nothing_when_the_submission_fails) {
    constexpr int kStreams = 700;
    for (std::uint64_t n = 1; n <= 4; ++n) {
        Service service(GetParam());
        std::vector<int> far;
        for (int index = 0; index < kStreams; ++index) {
            int pair[2];
            ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
                      0);
            far.push_back(pair[1]);
            service.on_accept(pair[0]);
        }
        ASSERT_TRUE(service.until([&] { return service.echoes.size() == kStreams; }));
        Faults faults;
        faults.fail(Call::ring_submit, n, EBUSY);
        for (const auto& echo : service.echoes) {
            service.choice.loop->send(echo->stream, "x", n % 2 == 0);
        }
        EXPECT_TRUE(service.until([&] {
            return std::ranges::none_of(service.echoes,
                                        [](const auto& echo) { return echo->stream.is_sending; });
        }));
        for (const int fd : far) {
            char byte = 0;
            EXPECT_EQ(::read(fd, &byte, 1), 1);
            ::close(fd);
        }
    }
}

TEST(UringFaults, tells_that_the_kernel_refuses_the_ring_for_good) {
    Service service(Engine::uring);
    {
        Faults faults;
        faults.fail(Call::ring_submit, 1, EPERM, true);
        EXPECT_EQ(service.choice.loop->wait(0), EPERM);
        // More entries than the queue holds: it must not wait for room that never comes.
        for (int index = 0; index < 2000; ++index) {
            service.choice.loop->resume(
                service.echoes.emplace_back(std::make_unique<Echo>(*service.choice.loop))->stream);
        }
        EXPECT_EQ(service.choice.loop->flush(), EPERM);
        EXPECT_EQ(service.choice.loop->wait(Loop::kForever), EPERM);
    }
    service.echoes.clear();
}

// What making a loop needs.
constexpr Call kNeeds[] = {Call::allocate,     Call::map,          Call::eventfd,
                           Call::epoll_create, Call::ring_set_up,  Call::ring_buffers,
                           Call::ring_submit,  Call::epoll_control};

TEST_P(LoopFaultsTest, says_why_it_cannot_be_made_and_leaves_nothing) {
    std::size_t refusals = 0;
    for (const Call call : kNeeds) {
        const std::size_t descriptors = open_descriptors();
        bool has_failed = true;
        for (std::uint64_t n = 1; has_failed; ++n) {
            ASSERT_LT(n, kFailuresMax);
            Memory memory;
            Faults faults;
            faults.fail(call, n, ENOMEM);
            {
                const EngineChoice choice = make_loop(GetParam(), memory, {16, 4096});
                has_failed = faults.has_failed();
                if (has_failed) {
                    EXPECT_EQ(choice.loop, nullptr) << static_cast<int>(call);
                    EXPECT_EQ(choice.error, ENOMEM);
                    EXPECT_NE(choice.reason, "");
                    ++refusals;
                } else {
                    EXPECT_NE(choice.loop, nullptr);
                }
            }
            faults.stop();
            EXPECT_EQ(memory.bytes_in_use(), 0u);
        }
        EXPECT_EQ(open_descriptors(), descriptors) << static_cast<int>(call);
    }
    EXPECT_EQ(refusals, is_uring() ? 6u : 5u);
}

INSTANTIATE_TEST_SUITE_P(Engines, LoopFaultsTest, ::testing::Values(Engine::uring, Engine::epoll),
                         [](const ::testing::TestParamInfo<Engine>& engine) {
                             return engine.param == Engine::uring ? "uring" : "epoll";
                         });

TEST(EngineFaults, takes_epoll_when_any_step_of_io_uring_is_refused) {
    for (const Call call : {Call::ring_set_up, Call::ring_buffers, Call::ring_submit, Call::map}) {
        for (const int error : {EPERM, ENOSYS, ENOMEM}) {
            Memory memory;
            Faults faults;
            faults.fail(call, 1, error);
            const EngineChoice choice = make_loop(Engine::automatic, memory, {16, 4096});
            ASSERT_TRUE(faults.has_failed());
            ASSERT_NE(choice.loop, nullptr);
            EXPECT_EQ(choice.loop->name(), "epoll");
            EXPECT_NE(choice.reason.find(std::strerror(error)), std::string::npos) << choice.reason;
        }
    }
}

TEST(EngineFaults, a_descriptor_to_poll_may_be_refused_and_asked_for_again) {
    Memory memory;
    for (const Call call : {Call::eventfd, Call::ring_eventfd}) {
        const EngineChoice choice = make_loop(Engine::uring, memory, {16, 4096});
        ASSERT_NE(choice.loop, nullptr) << choice.reason;
        Faults faults;
        faults.fail(call, 1, EMFILE);
        EXPECT_EQ(choice.loop->pollable_fd(), -1);
        EXPECT_GE(choice.loop->pollable_fd(), 0);
    }
}

}  // namespace
}  // namespace trivet::io
