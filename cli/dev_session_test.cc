#include "dev_session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A session in a process of its own, whose "app" is a script of the shell.
class DevSessionTest : public ::testing::Test {
protected:
    DevSessionTest() : folder_(::testing::TempDir() + "trivet_dev_" + std::to_string(::getpid())) {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    ~DevSessionTest() override {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        fs::remove_all(folder_);
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }
    void start(const std::vector<std::string>& build = {}) {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(ends[1], STDERR_FILENO);
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[1]);
            ::_exit(run(build));
        }
        ::close(ends[1]);
        output_.reset(ends[0]);
    }
    int run(const std::vector<std::string>& build) const {
        DevConfig config;
        config.folder = folder_;
        config.url = "http://test";
        config.subject = "a script";
        config.environment = {{"WORD", "hello"}};
        config.plan = [build, this]() -> std::expected<DevPlan, std::string> {
            if (!fs::exists(folder_ / "app.py")) return std::unexpected("no script");
            return DevPlan{{"/bin/sh", "./app.py"}, build, {}};
        };
        auto listener = listen_on("127.0.0.1", 0, 16);
        auto files = WatchFiles::open({folder_}, {});
        auto page = PageServer::create();
        if (!listener || !files || !page) return 99;
        return DevSession(std::move(config), std::move(*listener), std::move(*files),
                          std::move(*page))
            .run();
    }
    // Reads until it has said this, from where the last one ended.
    bool says(const std::string& what) {
        for (;;) {
            const std::size_t at = text_.find(what, seen_);
            if (at != std::string::npos) {
                seen_ = at + what.size();
                return true;
            }
            pollfd entry{output_.get(), POLLIN, 0};
            char bytes[4096];
            if (::poll(&entry, 1, 30'000) != 1) return false;
            const ssize_t size = ::read(output_.get(), bytes, sizeof bytes);
            if (size <= 0) return false;
            text_.append(bytes, static_cast<std::size_t>(size));
        }
    }
    int end(int signal = SIGTERM) {
        ::kill(pid_, signal);
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    fs::path folder_;
    OwnedFd output_;
    std::string text_;
    std::size_t seen_ = 0;
    pid_t pid_ = 0;
};

TEST_F(DevSessionTest, starts_the_app_anew_when_a_file_changes) {
    write("app.py", "echo $WORD one; sleep 1000");
    start();
    EXPECT_TRUE(says("trivet dev: http://test · a script · watching 1 folder of")) << text_;
    EXPECT_TRUE(says("hello one\n")) << text_;
    write("app.py", "echo $WORD two; sleep 1000");
    EXPECT_TRUE(says("trivet dev: app.py changed, restarting\n")) << text_;
    EXPECT_TRUE(says("hello two\n")) << text_;
    EXPECT_EQ(end(), 0);
}

TEST_F(DevSessionTest, says_how_an_app_ended_and_waits) {
    write("app.py", "exit 3");
    start();
    EXPECT_TRUE(says("trivet dev: The app did not start: exit code 3; waiting for a change\n"));
    write("app.py", "kill -SEGV $$");
    EXPECT_TRUE(says("The app did not start: killed by SIGSEGV")) << text_;
    fs::remove(folder_ / "app.py");
    EXPECT_TRUE(says("There is no app to start: no script; waiting for a change\n")) << text_;
    EXPECT_EQ(end(SIGINT), 0);
}

TEST_F(DevSessionTest, builds_before_each_start) {
    write("app.py", "cat built; sleep 1000");
    write("source.py", "one");
    start({"/bin/sh", "-c", "grep -v bad source.py > built"});
    EXPECT_TRUE(says("one\n")) << text_;
    write("source.py", "bad");
    EXPECT_TRUE(says("The build failed: exit code 1; waiting for a change\n")) << text_;
    write("source.py", "two");
    EXPECT_TRUE(says("two\n")) << text_;
    EXPECT_EQ(end(SIGHUP), 0);
}

TEST_F(DevSessionTest, kills_an_app_that_does_not_end) {
    write("app.py", "trap '' TERM; echo stubborn; while :; do sleep 1000; done");
    start();
    EXPECT_TRUE(says("stubborn\n")) << text_;
    write("app.py", "echo next; sleep 1000");
    EXPECT_TRUE(says("next\n")) << text_;
    EXPECT_EQ(end(), 0);
}

}  // namespace
}  // namespace trivet::cli
