#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "child.h"
#include "listener.h"
#include "log_view.h"
#include "page_server.h"
#include "watch_files.h"

namespace trivet::cli {

// How an app is started, found out anew each time.
struct DevPlan {
    std::vector<std::string> command;
    std::vector<std::string> build;  // before each start; empty when there is nothing to build
    std::vector<std::pair<std::string, std::string>> environment;  // of both, beside dev's own
};

// What `trivet dev` is to do, everything found out and opened that can fail at the start.
struct DevConfig {
    std::function<std::expected<DevPlan, std::string>()> plan;
    std::filesystem::path folder;  // where the app is built and runs
    std::vector<std::pair<std::string, std::string>> environment;  // of the app
    std::string url;
    std::string subject;  // what is run, for the banner: "Python app.py"
};

// The life of `trivet dev`: an app that is built and started, started anew when a file changes, and
// replaced by a page that says why when there is none. The listener stays open all the time, so
// that who connects meanwhile waits. One thread; everything is watched by one poll().
class DevSession {
public:
    // How long files must have been quiet, and how long a burst may put a start off.
    static constexpr std::int64_t kQuietMs = 50;
    static constexpr std::int64_t kBurstMs = 500;
    // What an app gets to end before it is killed: for a new start, and at the end.
    static constexpr std::int64_t kReplaceMs = 1'000;
    static constexpr std::int64_t kEndMs = 10'000;

    DevSession(DevConfig config, DevListener listener, WatchFiles files,
               std::unique_ptr<PageServer> page);
    DevSession(const DevSession&) = delete;
    DevSession& operator=(const DevSession&) = delete;

    // Until SIGINT, SIGTERM or SIGHUP, which are blocked meanwhile and read as a descriptor. The
    // exit code: 0, or 1 when the app had to be killed.
    int run();

private:
    // A child and what it says.
    struct Process {
        explicit Process(Child started) : child(std::move(started)) {}
        Child child;
        LineSplitter out;
        LineSplitter err;
        Tail tail;
        bool is_out_open = true;
        bool is_err_open = true;
        bool is_stopping = false;
        bool has_served = false;
        std::int64_t kill_at_ms = kNever;
    };
    static constexpr std::int64_t kNever = INT64_MAX;

    bool open_signals();
    void wait();
    std::int64_t next_ms() const;
    void on_signals();
    void on_files();
    void run_deadlines();

    void restart();
    // Goes on to what can be done next: build, end, start.
    void advance();
    void start_build();
    void forget_objects() const;
    void start_app();
    void stop(Process& process, std::int64_t grace_ms);
    void look_after(std::optional<Process>& process, bool is_app);
    void read_output(Process& process, bool is_app);
    void drain_output(Process& process, bool is_app);
    void on_line(Process& process, std::string_view line, bool is_app, bool is_err);
    void on_serving(Process& process, std::string_view banner);
    void on_app_end(Process& process, const std::string& cause);
    void fail(const std::string& title, const std::string& cause,
              const std::vector<std::string>& command, const std::string& output);
    void say(const std::string& text) const;

    DevConfig config_;
    DevPlan plan_;
    DevListener listener_;
    WatchFiles files_;
    std::unique_ptr<PageServer> page_;
    const bool has_colour_out_;
    const bool has_colour_err_;
    OwnedFd signals_;
    std::optional<Process> app_;
    std::optional<Process> build_;
    std::vector<std::string> changed_;  // not acted upon yet
    std::int64_t first_change_ms_ = kNever;
    std::int64_t last_change_ms_ = kNever;
    std::int64_t began_ms_ = 0;  // the present start
    std::int64_t build_end_ms_ = -1;
    std::filesystem::file_time_type build_began_;
    std::uint64_t failures_ = 0;
    int end_requests_ = 0;
    bool has_odd_objects_ = false;  // of a build that a change came into
    bool needs_build_ = false;
    bool needs_start_ = false;
    bool has_served_ = false;  // any app so far
    bool has_killed_ = false;
    std::string problem_told_;
};

}  // namespace trivet::cli
