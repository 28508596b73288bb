#include "app/supervisor.h"

#include "app/cpus.h"
#include "app/supervisor_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

// This program is what the supervisors of the tests start.
[[gnu::constructor]] void become_worker() {
    const char* mode = std::getenv(kTestModeVariable);
    if (mode != nullptr && std::getenv(kWorkerVariable) != nullptr) {
        ::_exit(serve_as_asked(mode));
    }
}

TEST(Supervisor, serves_with_as_many_workers_as_asked_at_one_port) {
    Supervised supervised({.config = {.port = 0, .workers = 3}});
    ASSERT_TRUE(supervised.is_ready(3)) << supervised.output();
    std::vector<std::string> seen;
    const bool has_seen_all = eventually([&] {
        seen.push_back(fetch(supervised.port(), "/pid"));
        std::vector<std::string> each = seen;
        std::ranges::sort(each);
        return std::unique(each.begin(), each.end()) - each.begin() == 3;
    });
    EXPECT_TRUE(has_seen_all);
    EXPECT_EQ(supervised.end(), 0) << supervised.output();
}

TEST(Supervisor, writes_one_banner_with_what_the_first_worker_says) {
    Supervised supervised;
    ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
    EXPECT_EQ(supervised.output().find("trivet 1.2.3 \xC2\xB7 Test \xC2\xB7 http://127.0.0.1:"), 0u)
        << supervised.output();
    EXPECT_NE(supervised.output().find(" \xC2\xB7 2 workers \xC2\xB7 "), std::string::npos);
    EXPECT_EQ(supervised.end(), 0);
    EXPECT_EQ(supervised.count("\xC2\xB7 2 workers"), 1u);
}

TEST(Supervisor, ends_at_either_signal) {
    for (const int signal : {SIGTERM, SIGINT}) {
        Supervised supervised;
        ASSERT_TRUE(supervised.is_ready(2)) << supervised.output();
        supervised.signal(signal);
        EXPECT_EQ(supervised.wait(), 0) << supervised.output();
        EXPECT_NE(supervised.output().find("all workers have ended"), std::string::npos);
    }
}

TEST(Supervisor, ends_at_a_byte_and_leaves_signals_alone_then) {
    Supervised supervised({.config = {.port = 0, .workers = 1, .stop_fd = 0}});
    ASSERT_TRUE(supervised.is_ready(1)) << supervised.output();
    supervised.stop();
    EXPECT_EQ(supervised.wait(), 0) << supervised.output();
    Supervised other({.config = {.port = 0, .workers = 1, .stop_fd = 0}});
    ASSERT_TRUE(other.is_ready(1)) << other.output();
    other.signal(SIGTERM);
    EXPECT_EQ(other.wait(), -1) << "the signal's default action";
}

TEST(Supervisor, restores_the_signal_mask) {
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
    char name[] = "/bin/false";
    char* const command[] = {name, nullptr};
    const io::Listener taken = io::listen_tcp({.host = "127.0.0.1"});
    const auto result =
        run_supervisor({.port = taken.port, .workers = 1, .command = command}, nullptr, nullptr);
    EXPECT_FALSE(result.has_value());
    sigset_t after;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        EXPECT_EQ(::sigismember(&before, signal), ::sigismember(&after, signal));
    }
}

TEST(Supervisor, does_not_share_a_port_with_strangers) {
    for (const bool reuse_port : {false, true}) {
        const io::Listener taken = io::listen_tcp({.host = "127.0.0.1", .reuse_port = reuse_port});
        ASSERT_TRUE(taken.fd.is_open());
        Supervised supervised({.config = {.port = taken.port, .workers = 2}});
        EXPECT_EQ(supervised.wait(), 60);
        EXPECT_EQ(supervised.output().find("TRIVET_E_ADDRESS_IN_USE: the address 127.0.0.1:" +
                                           std::to_string(taken.port) + " is already in use"),
                  0u)
            << supervised.output();
    }
}

TEST(Supervisor, refuses_what_it_cannot_do) {
    char name[] = "/bin/false";
    char* const command[] = {name, nullptr};
    const ForkFn fork = [](std::uint32_t, void*) -> std::int32_t { return 0; };
    const auto status_of = [](const SupervisorConfig& config, ForkFn fork_fn) {
        const auto result = run_supervisor(config, fork_fn, nullptr);
        return result ? Status::ok : result.error().status;
    };
    EXPECT_EQ(status_of({.workers = 1}, nullptr), Status::argument) << "nothing to start";
    EXPECT_EQ(status_of({.workers = 1, .command = command}, fork), Status::argument);
    EXPECT_EQ(status_of({.workers = 1025, .command = command}, nullptr), Status::argument);
    EXPECT_EQ(status_of({.port = 65'536, .workers = 1, .command = command}, nullptr),
              Status::argument);
    EXPECT_EQ(status_of({.workers = 1, .backlog = 0, .command = command}, nullptr),
              Status::argument);
    EXPECT_EQ(status_of({.workers = 1, .start_timeout_ms = 0, .command = command}, nullptr),
              Status::argument);
    EXPECT_EQ(status_of({.workers = 1, .log_level = 6, .command = command}, nullptr),
              Status::argument);
    EXPECT_EQ(
        status_of({.port = 0, .workers = 1, .stop_fd = 1'000'000, .command = command}, nullptr),
        Status::argument);
    EXPECT_EQ(status_of({.host = "no-address", .workers = 1, .command = command}, nullptr),
              Status::address);
}

TEST(Supervisor, warns_of_more_than_twice_as_many_workers_as_cpus) {
    const std::uint32_t cpus = usable_cpus();
    Supervised many({.config = {.port = 0, .workers = 2 * cpus + 1}});
    ASSERT_TRUE(many.is_ready(1)) << many.output();
    EXPECT_EQ(many.count(std::to_string(2 * cpus + 1) + " workers on "), 1u) << many.output();
    EXPECT_EQ(many.end(), 0);
    Supervised enough({.config = {.port = 0, .workers = 2}});
    ASSERT_TRUE(enough.is_ready(2));
    EXPECT_EQ(enough.end(), 0);
    EXPECT_EQ(enough.count(" workers on "), 0u) << enough.output();
}

}  // namespace
}  // namespace trivet::app
