#include "dev_session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "style.h"

namespace trivet::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr int kReadsPerTurn = 16;  // of one pipe, so that a loud app does not keep the rest waiting
constexpr std::string_view kInherited = "inherited listener";
constexpr std::string_view kDot = " \xC2\xB7 ";

std::int64_t now_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? "" : " ";
        text += word;
    }
    return text;
}

// What the log of an app says at each start and end, which here is no news.
bool is_routine(std::string_view line) {
    for (const std::string_view part :
         {" info serving on 1 inherited listener (LISTEN_FDS)",
          " info draining: no new connections, finishing what is in flight", " info drained"}) {
        if (line.size() > part.size() && line.ends_with(part)) return true;
    }
    return false;
}

void write_line(int fd, std::string line) {
    line += '\n';
    for (std::string_view rest = line; !rest.empty();) {
        const ssize_t size = ::write(fd, rest.data(), rest.size());
        if (size < 0 && errno == EAGAIN) {
            pollfd entry{fd, POLLOUT, 0};
            ::poll(&entry, 1, -1);
        } else if (size < 0 && errno != EINTR) {
            return;  // nobody reads it any more
        } else if (size > 0) {
            rest.remove_prefix(static_cast<std::size_t>(size));
        }
    }
}

}  // namespace

DevSession::DevSession(DevConfig config, DevListener listener, WatchFiles files,
                       std::unique_ptr<PageServer> page)
    : config_(std::move(config)),
      listener_(std::move(listener)),
      files_(std::move(files)),
      page_(std::move(page)),
      has_colour_out_(style_of(STDOUT_FILENO).has_colour()),
      has_colour_err_(style_of(STDERR_FILENO).has_colour()) {}

void DevSession::say(const std::string& text) const {
    write_line(STDERR_FILENO, own_line(text, has_colour_err_));
}

bool DevSession::open_signals() {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        ::sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    return signals_.is_open();
}

int DevSession::run() {
    if (!open_signals()) {
        say(std::string("cannot watch for signals: ") + std::strerror(errno));
        return 1;
    }
    const std::size_t folders = files_.folder_count();
    say(config_.url + std::string(kDot) + config_.subject + std::string(kDot) + "watching " +
        std::to_string(folders) + (folders == 1 ? " folder of " : " folders of ") +
        config_.folder.string());
    restart();
    for (;;) {
        advance();
        if (end_requests_ > 0 && !app_ && !build_) {
            return has_killed_ ? 1 : 0;
        }
        wait();
    }
}

std::int64_t DevSession::next_ms() const {
    std::int64_t next = kNever;
    if (!changed_.empty()) {
        next = std::min(last_change_ms_ + kQuietMs, first_change_ms_ + kBurstMs);
    }
    for (const std::optional<Process>* process : {&app_, &build_}) {
        if (process->has_value()) {
            next = std::min(next, (*process)->kill_at_ms);
        }
    }
    return next;
}

void DevSession::wait() {
    std::vector<pollfd> entries = {{signals_.get(), POLLIN, 0}, {files_.fd(), POLLIN, 0}};
    for (const std::optional<Process>* process : {&app_, &build_}) {
        if (!process->has_value()) continue;
        const Process& running = **process;
        entries.push_back({running.child.end(), POLLIN, 0});
        if (running.is_out_open) entries.push_back({running.child.out(), POLLIN, 0});
        if (running.is_err_open) entries.push_back({running.child.err(), POLLIN, 0});
    }
    for (const int fd : page_->descriptors()) {
        entries.push_back({fd, POLLIN, 0});
    }
    std::int64_t timeout = -1;
    if (const std::int64_t next = next_ms(); next != kNever) {
        timeout = std::clamp<std::int64_t>(next - now_ms(), 0, 60'000);
    }
    if (const int page = page_->timeout_ms(); page >= 0) {
        timeout = timeout < 0 ? page : std::min<std::int64_t>(timeout, page);
    }
    ::poll(entries.data(), entries.size(), static_cast<int>(timeout));
    on_signals();
    on_files();
    look_after(build_, false);
    look_after(app_, true);
    page_->turn();
    run_deadlines();
}

void DevSession::on_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        ++end_requests_;
        needs_build_ = needs_start_ = false;
        changed_.clear();
        if (end_requests_ == 1) {
            page_->hide();
        }
        for (std::optional<Process>* process : {&app_, &build_}) {
            if (!process->has_value()) continue;
            if (end_requests_ == 1) {
                stop(**process, kEndMs);
            } else {
                (*process)->kill_at_ms = 0;
            }
        }
    }
}

void DevSession::on_files() {
    const std::vector<std::string> changed = files_.read();
    if (files_.problem() != problem_told_) {
        problem_told_ = files_.problem();
        say("warning: " + problem_told_);
    }
    if (changed.empty() || end_requests_ > 0) {
        return;
    }
    last_change_ms_ = now_ms();
    if (changed_.empty()) {
        first_change_ms_ = last_change_ms_;
    }
    for (const std::string& path : changed) {
        if (std::ranges::find(changed_, path) == changed_.end()) {
            changed_.push_back(path);
        }
    }
}

void DevSession::run_deadlines() {
    const std::int64_t now = now_ms();
    if (!changed_.empty() &&
        std::min(last_change_ms_ + kQuietMs, first_change_ms_ + kBurstMs) <= now) {
        const std::string others =
            changed_.size() > 1 ? " and " + std::to_string(changed_.size() - 1) + " more" : "";
        say(changed_[0] + others + " changed, restarting");
        changed_.clear();
        restart();
    }
    for (std::optional<Process>* process : {&app_, &build_}) {
        if (process->has_value() && (*process)->kill_at_ms <= now) {
            (*process)->kill_at_ms = kNever;
            (*process)->child.signal(SIGKILL);
            has_killed_ = has_killed_ || end_requests_ > 0;
        }
    }
}

// From now on nobody answers with what is old; who connects waits for what is new.
void DevSession::restart() {
    began_ms_ = now_ms();
    page_->hide();
    if (app_) {
        stop(*app_, kReplaceMs);
    }
    // A compiler that read a file before it changed may have written its object after that, which
    // make then takes for new.
    if (build_ || build_end_ms_ >= first_change_ms_) {
        has_odd_objects_ = true;
    }
    first_change_ms_ = kNever;
    if (build_) {
        stop(*build_, 0);
    }
    auto plan = config_.plan();
    if (!plan) {
        needs_build_ = needs_start_ = false;
        fail("There is no app to start", plan.error(), {}, "");
        return;
    }
    plan_ = std::move(*plan);
    needs_build_ = !plan_.build.empty();
    needs_start_ = true;
}

void DevSession::stop(Process& process, std::int64_t grace_ms) {
    if (!process.is_stopping) {
        process.is_stopping = true;
        process.child.signal(SIGTERM);
        process.kill_at_ms = now_ms() + grace_ms;
    }
}

void DevSession::advance() {
    if (needs_build_ && !build_) {
        needs_build_ = false;
        start_build();
    }
    if (needs_start_ && !needs_build_ && !build_ && !app_) {
        needs_start_ = false;
        start_app();
    }
}

void DevSession::start_build() {
    if (has_odd_objects_) {
        has_odd_objects_ = false;
        forget_objects();
    }
    // Files have the time of the last tick of the clock.
    build_began_ = std::filesystem::file_time_type::clock::now() - std::chrono::milliseconds(20);
    ChildPlan plan;
    plan.command = plan_.build;
    plan.environment = plan_.environment;
    plan.folder = config_.folder;
    auto child = Child::start(plan);
    if (!child) {
        needs_start_ = false;
        fail("The build could not be started", child.error(), plan_.build, "");
        return;
    }
    build_.emplace(std::move(*child));
}

// Removes what the last build compiled.
void DevSession::forget_objects() const {
    namespace fs = std::filesystem;
    std::error_code code;
    fs::recursive_directory_iterator entry(config_.folder / "build", code);
    for (const fs::recursive_directory_iterator end; !code && entry != end; entry.increment(code)) {
        std::error_code ignored;
        if (entry->path().extension() == ".o" && entry->last_write_time(ignored) >= build_began_) {
            fs::remove(entry->path(), ignored);
        }
    }
}

void DevSession::start_app() {
    ChildPlan plan;
    plan.command = plan_.command;
    plan.folder = config_.folder;
    plan.environment = plan_.environment;
    plan.environment.insert(plan.environment.end(), config_.environment.begin(),
                            config_.environment.end());
    plan.listen_fd = listener_.fd.get();
    auto child = Child::start(plan);
    if (!child) {
        fail("The app could not be started", child.error(), plan_.command, "");
        return;
    }
    app_.emplace(std::move(*child));
}

void DevSession::look_after(std::optional<Process>& process, bool is_app) {
    if (!process) {
        return;
    }
    read_output(*process, is_app);
    const std::optional<std::string> cause = process->child.ended();
    if (!cause) {
        return;
    }
    drain_output(*process, is_app);
    if (!is_app) {
        build_end_ms_ = now_ms();
    }
    if (is_app) {
        on_app_end(*process, *cause);
    } else if (!process->is_stopping && !process->child.has_succeeded()) {
        needs_start_ = false;
        fail("The build failed", *cause, plan_.build, process->tail.text());
    }
    process.reset();
}

void DevSession::read_output(Process& process, bool is_app) {
    struct Stream {
        int fd;
        LineSplitter& lines;
        bool& is_open;
        bool is_err;
    };
    char bytes[kReadBytes];
    for (const Stream& stream :
         {Stream{process.child.out(), process.out, process.is_out_open, false},
          Stream{process.child.err(), process.err, process.is_err_open, true}}) {
        const auto take = [&](std::string_view line) {
            on_line(process, line, is_app, stream.is_err);
        };
        for (int count = 0; stream.is_open && count < kReadsPerTurn; ++count) {
            const ssize_t size = ::read(stream.fd, bytes, sizeof bytes);
            if (size > 0) {
                stream.lines.feed({bytes, static_cast<std::size_t>(size)}, take);
            } else {
                stream.is_open = size < 0 && (errno == EAGAIN || errno == EINTR);
                break;
            }
        }
        if (!stream.is_open) {
            stream.lines.finish(take);
        }
    }
}

// All that has ended still has to say: the group is gone, so nobody writes any more.
void DevSession::drain_output(Process& process, bool is_app) {
    constexpr int kTurnsMax = 64;
    const auto has_more = [](int fd) {
        pollfd entry{fd, POLLIN, 0};
        return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
    };
    for (int turn = 0; turn < kTurnsMax; ++turn) {
        read_output(process, is_app);
        if ((!process.is_out_open || !has_more(process.child.out())) &&
            (!process.is_err_open || !has_more(process.child.err()))) {
            break;
        }
    }
    process.out.finish([&](std::string_view line) { on_line(process, line, is_app, false); });
    process.err.finish([&](std::string_view line) { on_line(process, line, is_app, true); });
}

void DevSession::on_line(Process& process, std::string_view line, bool is_app, bool is_err) {
    if (is_err || !is_app) {
        process.tail.add(plain_text(line));
    }
    if (is_app && is_err && !process.has_served && line.starts_with("trivet ") &&
        line.find(kDot) != std::string_view::npos) {
        on_serving(process, line);
        return;
    }
    if (is_app && is_err && is_routine(line)) {
        return;
    }
    const bool has_colour = is_err ? has_colour_err_ : has_colour_out_;
    write_line(is_err ? STDERR_FILENO : STDOUT_FILENO,
               has_colour ? coloured(line) : std::string(line));
}

// The banner of an app: it is about to accept.
void DevSession::on_serving(Process& process, std::string_view banner) {
    process.has_served = true;
    if (!has_served_) {
        has_served_ = true;
        write_line(STDERR_FILENO, std::string(banner));
    }
    if (banner.find(kInherited) == std::string_view::npos) {
        say("warning: the app did not take over the listener, so it cannot be reached at " +
            config_.url);
    }
    say("ready in " + std::to_string(now_ms() - began_ms_) + " ms");
}

void DevSession::on_app_end(Process& process, const std::string& cause) {
    if (process.is_stopping) {
        return;
    }
    const char* title = process.has_served ? "The app ended" : "The app did not start";
    fail(title, cause, plan_.command, process.tail.text());
}

void DevSession::fail(const std::string& title, const std::string& cause,
                      const std::vector<std::string>& command, const std::string& output) {
    say(title + ": " + cause + "; waiting for a change");
    Failure failure;
    failure.title = title;
    failure.cause = cause;
    failure.command = joined(command);
    failure.folder = config_.folder.string();
    failure.output = output;
    failure.number = ++failures_;
    if (output.find("already in use") != std::string::npos) {
        failure.hint =
            "The port is held by trivet dev and handed to the process that it starts. When the app "
            "is started by a script, write exec before the command there.";
        say(failure.hint);
    }
    const int copy = ::fcntl(listener_.fd.get(), F_DUPFD_CLOEXEC, 0);
    const auto shown = page_->show(std::move(failure), copy);
    if (!shown) {
        say("the error page cannot be served: " + shown.error());
    }
}

}  // namespace trivet::cli
