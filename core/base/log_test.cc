#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <string>

namespace {

std::atomic<bool> polls_say_writable{false};

}  // namespace

extern "C" {

int __real_poll(pollfd* items, nfds_t count, int timeout_ms);

int __wrap_poll(pollfd* items, nfds_t count, int timeout_ms) {
    if (!polls_say_writable) return __real_poll(items, count, timeout_ms);
    items[0].revents = POLLOUT;
    return 1;
}
}

namespace trivet {
namespace {

class LogTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(pipe2(pipe_, O_NONBLOCK), 0); }
    void TearDown() override {
        close(pipe_[0]);
        close(pipe_[1]);
    }
    std::string read_all() {
        char bytes[8192];
        const ssize_t count = read(pipe_[0], bytes, sizeof bytes);
        return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
    }
    int pipe_[2];
};

TEST_F(LogTest, writes_time_level_and_message) {
    Log log(pipe_[1], LogLevel::info);
    log.write(LogLevel::warn, "low on coffee");
    const std::string line = read_all();
    EXPECT_EQ(line[10], 'T');
    EXPECT_NE(line.find("Z warn low on coffee\n"), std::string::npos) << line;
}

TEST_F(LogTest, is_silent_below_its_level) {
    Log log(pipe_[1], LogLevel::error);
    log.write(LogLevel::warn, "x");
    EXPECT_EQ(read_all(), "");
}

TEST_F(LogTest, escapes_control_characters_so_that_a_line_stays_one) {
    Log log(pipe_[1], LogLevel::info);
    log.write(LogLevel::info, "a\nb\x1b[0m");
    EXPECT_NE(read_all().find("a\\nb\\x1b[0m\n"), std::string::npos);
}

TEST_F(LogTest, cuts_long_lines) {
    Log log(pipe_[1], LogLevel::info);
    log.write(LogLevel::info, std::string(10'000, 'a'));
    EXPECT_EQ(read_all().size(), Log::kLineBytesMax);
}

TEST_F(LogTest, counts_lines_the_device_does_not_take) {
    Log log(pipe_[1], LogLevel::info);
    for (int i = 0; i < 100; ++i) {
        log.write(LogLevel::info, std::string(4000, 'a'));
    }
    EXPECT_GT(log.dropped(), 0u);
}

// Other writers fill the pipe after a look at it: what poll() said holds no longer, and the
// descriptor blocks, as standard error does.
TEST(Log, never_waits_for_a_pipe_that_others_fill) {
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    std::signal(SIGPIPE, SIG_IGN);
    Log log(pipe[1], LogLevel::info);
    while (log.dropped() == 0) {
        log.write(LogLevel::info, std::string(4000, 'a'));
    }
    polls_say_writable = true;
    auto written =
        std::async(std::launch::async, [&] { log.write(LogLevel::info, std::string(4000, 'b')); });
    const bool has_returned =
        written.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    polls_say_writable = false;
    EXPECT_TRUE(has_returned);
    EXPECT_EQ(log.dropped(), has_returned ? 2u : 1u);
    ::close(pipe[0]);  // ends a write that waits
    written.wait();
    ::close(pipe[1]);
}

TEST(Log, level_names) {
    EXPECT_EQ(Log::level_named("off", LogLevel::info), LogLevel::off);
    EXPECT_EQ(Log::level_named("nonsense", LogLevel::warn), LogLevel::warn);
}

}  // namespace
}  // namespace trivet
