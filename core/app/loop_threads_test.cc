#include "app/loop_threads.h"

#include <sys/signalfd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "app/worker_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

// An app that counts the loops that start and stop, and can make the n-th start fail.
class LoopThreadsTest : public ::testing::TestWithParam<io::Engine> {
protected:
    LoopThreadsTest() {
        Config config = app_.config();
        config.engine = GetParam();
        config.log_level = static_cast<std::uint32_t>(LogLevel::off);
        config.port = 0;
        EXPECT_TRUE(app_.configure(config).has_value());
        const auto on_start = [](Worker* loop, void* user_data) {
            auto& test = *static_cast<LoopThreadsTest*>(user_data);
            test.port_.store(loop->port());
            return test.starts_.fetch_add(1) + 1 == test.failing_start_ ? Status::memory
                                                                        : Status::ok;
        };
        const auto on_stop = [](Worker*, void* user_data) {
            static_cast<LoopThreadsTest*>(user_data)->stops_.fetch_add(1);
            return Status::ok;
        };
        const auto hello = [](RequestHandle request, const http::RequestView*, void*) {
            HandleParts parts{};
            bool is_owner = false;
            split_handle(request, parts);
            Worker* worker = find_worker(parts.loop, is_owner);
            EXPECT_TRUE(is_owner);
            answer(*worker, request, "hello");
        };
        EXPECT_EQ(app_.add_start({on_start, this, nullptr}), Status::ok);
        EXPECT_EQ(app_.add_stop({on_stop, this, nullptr}), Status::ok);
        EXPECT_TRUE(app_.add_route({.methods = "GET", .pattern = "/hello"},
                                   {hello, nullptr, nullptr, {}, {}})
                        .has_value());
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGUSR1);
        ::pthread_sigmask(SIG_BLOCK, &set, &mask_);
        signals_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    }
    ~LoopThreadsTest() override { ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }

    App app_;
    Fd signals_;
    sigset_t mask_;
    std::atomic<std::uint32_t> port_{0};
    std::atomic<int> starts_{0};
    std::atomic<int> stops_{0};
    int failing_start_ = 0;
};

TEST_P(LoopThreadsTest, serves_on_all_threads_until_a_signal_drains_them) {
    for (const std::uint32_t threads : {1u, 3u}) {
        starts_ = 0;
        stops_ = 0;
        // What the loops do shows on another thread, which ends them when it has seen enough.
        std::thread user([&] {
            while (starts_ < static_cast<int>(threads)) {
                std::this_thread::yield();
            }
            for (int count = 0; count < 30; ++count) {
                Client client(port_);
                client.send(get("/hello", "Connection: close\r\n"));
                client.read(1);
                EXPECT_EQ(client.body(), "hello");
            }
            ::kill(::getpid(), SIGUSR1);
        });
        LoopThreads loops(app_, {.threads = threads, .signals = signals_.get()});
        const auto served = loops.serve();
        user.join();
        EXPECT_TRUE(served.has_value());
        EXPECT_EQ(starts_, static_cast<int>(threads));
        EXPECT_EQ(stops_, static_cast<int>(threads));
        starts_ = 0;
    }
}

TEST_P(LoopThreadsTest, ends_all_loops_when_one_cannot_start) {
    for (const int failing : {1, 2, 3}) {
        starts_ = 0;
        stops_ = 0;
        failing_start_ = failing;
        LoopThreads loops(app_, {.threads = 3, .signals = signals_.get()});
        const auto served = loops.serve();
        ASSERT_FALSE(served.has_value()) << failing;
        EXPECT_EQ(served.error().status, Status::memory);
        EXPECT_EQ(stops_, starts_ - 1) << "what has started is stopped";
    }
}

TEST_P(LoopThreadsTest, cannot_start_where_somebody_listens) {
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1", .reuse_port = true});
    Config config = app_.config();
    config.port = taken.port;
    ASSERT_TRUE(app_.configure(config).has_value());
    LoopThreads loops(app_, {.threads = 2, .signals = signals_.get()});
    const auto served = loops.serve();
    ASSERT_FALSE(served.has_value());
    EXPECT_EQ(served.error().status, Status::address_in_use);
    EXPECT_EQ(starts_, 0);
}

TRIVET_FOR_EACH_ENGINE(LoopThreadsTest);

}  // namespace
}  // namespace trivet::app
