#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/inherit.h"
#include "app/supervisor.h"
#include "app/worker_harness_test.h"
#include "io/backlog.h"

namespace trivet::app {

// The variable that makes of a start of this test program a worker, or something else that is to be
// supervised; see serve_as_asked().
inline constexpr const char* kTestModeVariable = "TRIVET_TEST_MODE";

// The name of a file that is not there, until it is set.
class Marker {
public:
    Marker() : path_(::testing::TempDir() + "trivet_marker_" + std::to_string(::getpid())) {}
    ~Marker() { ::unlink(path_.c_str()); }
    void set() const { ::close(::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// A small worker: /pid, /block/{ms} (blocks its loop), /later/{ms} (answers after a while), /lent
// (connections accepted for others), /variable, /mask and /descriptors (what it inherited), and
// /drain. Returns when it is drained.
class TestWorker {
public:
    int serve() {
        const auto given = inherit();
        if (!given) {
            return 70;
        }
        app_.route("/pid", [this](RequestHandle request, const http::RequestView&) {
            answer(*worker_, request, std::to_string(::getpid()));
        });
        app_.route("/block/{ms:int}", [this](RequestHandle request, const http::RequestView& view) {
            ::usleep(static_cast<useconds_t>(milliseconds(view)) * 1'000);
            answer(*worker_, request, "blocked");
        });
        app_.route("/later/{ms:int}", [this](RequestHandle request, const http::RequestView& view) {
            later(milliseconds(view), [this, request] { answer(*worker_, request, "late"); });
        });
        app_.route("/lent", [this](RequestHandle request, const http::RequestView&) {
            answer(*worker_, request, std::to_string(worker_->lent_total()));
        });
        app_.route("/variable", [this](RequestHandle request, const http::RequestView&) {
            answer(*worker_, request, std::getenv(kWorkerVariable) == nullptr ? "gone" : "there");
        });
        app_.route("/mask", [this](RequestHandle request, const http::RequestView&) {
            sigset_t set;
            ::pthread_sigmask(SIG_BLOCK, nullptr, &set);
            int blocked = 0;
            for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
                blocked += ::sigismember(&set, number);
            }
            answer(*worker_, request, std::to_string(blocked));
        });
        app_.route("/descriptors", [this](RequestHandle request, const http::RequestView&) {
            int open = 0;
            for (int fd = 3; fd < 1024; ++fd) {
                open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
            }
            answer(*worker_, request, std::to_string(open));
        });
        app_.route("/drain", [this](RequestHandle request, const http::RequestView&) {
            answer(*worker_, request, "draining");
            worker_->request_drain();
        });
        worker_ = app_.make({.port = 1,
                             .listen_fd = given->listen_fd,
                             .control_fd = given->control_fd,
                             .is_deferred = true});
        worker_->write_banner("1.2.3", "Test");
        return worker_->start().has_value() && worker_->run() == Status::ok ? 0 : 71;
    }

private:
    static int milliseconds(const http::RequestView& view) {
        const std::string_view path(view.path);
        return std::atoi(std::string(path.substr(path.rfind('/') + 1)).c_str());
    }
    void later(int ms, std::function<void()> action) {
        actions_.push_back(std::move(action));
        const auto call = [](void* user_data) {
            (*static_cast<std::function<void()>*>(user_data))();
        };
        worker_->start_timer(static_cast<std::uint64_t>(ms), call, &actions_.back(), nullptr);
    }

    TestApp app_{io::Engine::automatic};
    std::unique_ptr<Worker> worker_;
    std::deque<std::function<void()>> actions_;
};

// A worker of its own make, which refuses the first listener that is lent to it and answers each
// connection of its own one and of the others with its process id.
inline int refuse_once() {
    const auto given = inherit();
    if (!given) {
        return 70;
    }
    ControlMessage ready;
    ready.kind = static_cast<std::uint8_t>(ControlKind::ready);
    ready.append("\n\n");
    send_control(given->control_fd, ready);
    Fd lent;
    bool has_refused = false;
    for (;;) {
        pollfd entries[] = {
            {given->control_fd, POLLIN, 0}, {given->listen_fd, POLLIN, 0}, {lent.get(), POLLIN, 0}};
        ::poll(entries, 3, -1);
        for (const int listener : {given->listen_fd, lent.get()}) {
            int fd = -1;
            int error = 0;
            if (listener >= 0 && io::accept_one(listener, fd, error) == io::Accepted::one) {
                const std::string pid = std::to_string(::getpid());
                const std::string answer =
                    "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(pid.size()) +
                    "\r\n\r\n" + pid;
                static_cast<void>(::write(fd, answer.data(), answer.size()) < 0);
                ::shutdown(fd, SHUT_WR);
                Fd(fd).reset(-1);
            }
        }
        ControlMessage message;
        Fd attached;
        pid_t sender = 0;
        const ControlRead read = read_control(given->control_fd, message, attached, sender);
        if (read == ControlRead::end ||
            message.kind == static_cast<std::uint8_t>(ControlKind::drain)) {
            return 0;
        }
        if (read == ControlRead::nothing) {
            continue;
        }
        if (message.kind == static_cast<std::uint8_t>(ControlKind::ping)) {
            send_control(given->control_fd, ControlKind::pong);
        } else if (message.kind == static_cast<std::uint8_t>(ControlKind::lend)) {
            if (has_refused) {
                lent = std::move(attached);
            } else {
                has_refused = true;
                send_control(given->control_fd, ControlKind::refused, message.slot);
            }
        }
    }
}

// The number of the slot this process is started for.
inline int own_slot() {
    const char* variable = std::getenv(kWorkerVariable);
    return variable == nullptr ? -1 : std::atoi(variable);
}

// What a supervised process is to do: serve; exit=CODE; hang (never be ready); crash (be ready and
// end at once); marked=FILE:MODE (MODE once FILE exists, else serve); slow=MS (serve after a
// while); refuse (see above); second=MODE (MODE in slot 1, else serve).
inline int serve_as_asked(std::string_view mode) {
    const auto value = [&] { return mode.substr(mode.find('=') + 1); };
    if (mode.starts_with("exit=")) {
        return std::atoi(std::string(value()).c_str());
    }
    if (mode.starts_with("slow=")) {
        ::usleep(static_cast<useconds_t>(std::atoi(std::string(value()).c_str())) * 1'000);
        return TestWorker().serve();
    }
    if (mode.starts_with("marked=")) {
        const std::string file(value().substr(0, value().find(':')));
        const bool is_there = ::access(file.c_str(), F_OK) == 0;
        return serve_as_asked(is_there ? value().substr(value().find(':') + 1) : "serve");
    }
    if (mode.starts_with("second=")) {
        return serve_as_asked(own_slot() == 1 ? value() : "serve");
    }
    if (mode == "refuse") {
        return refuse_once();
    }
    if (mode == "hang") {
        std::fputs("hanging\n", stderr);
        for (;;) {
            ::pause();
        }
    }
    if (mode == "crash") {
        const auto given = inherit();
        ControlMessage message;
        message.kind = static_cast<std::uint8_t>(ControlKind::ready);
        message.append("\n\n");
        return given && send_control(given->control_fd, message) ? 3 : 70;
    }
    return TestWorker().serve();
}

// run_supervisor in a process of its own, what it logs in a pipe. Its workers are this program once
// more, or forks of it.
class Supervised {
public:
    struct Options {
        SupervisorConfig config{.port = 0, .workers = 2};
        std::string mode = "serve";
        bool forks = false;
        std::vector<std::string> command = {"/proc/self/exe"};
        std::function<void()> prepare;  // in the supervisor's process
    };

    Supervised() : Supervised(Options()) {}
    explicit Supervised(Options options) {
        int output[2];
        int stop[2];
        EXPECT_EQ(::pipe2(output, O_CLOEXEC), 0);
        EXPECT_EQ(::pipe2(stop, O_CLOEXEC), 0);
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(output[1], 2);
            for (const int end : {output[0], output[1], stop[1]}) {
                ::close(end);
            }
            ::setenv(kTestModeVariable, options.mode.c_str(), 1);
            ::setenv("TRIVET_LOG", "info", 1);
            if (options.config.stop_fd >= 0) {
                options.config.stop_fd = stop[0];
            } else {
                ::close(stop[0]);
            }
            if (options.prepare) {
                options.prepare();
            }
            ::_exit(run(options));
        }
        ::close(output[1]);
        ::close(stop[0]);
        output_.reset(output[0]);
        stop_.reset(stop[1]);
    }
    ~Supervised() {
        if (pid_ > 0) {
            // Its workers see the end of their channel, unless a test that failed left them
            // stopped.
            ::kill(pid_, SIGKILL);
            constexpr std::string_view kBefore = " ready, pid ";
            for (std::size_t at = text_.find(kBefore); at != std::string::npos;
                 at = text_.find(kBefore, at + 1)) {
                ::kill(std::atoi(text_.c_str() + at + kBefore.size()), SIGCONT);
            }
            ::waitpid(pid_, nullptr, 0);
            while (read_some()) {  // until the last of them has closed its standard error
            }
        }
    }
    Supervised(const Supervised&) = delete;
    Supervised& operator=(const Supervised&) = delete;

    pid_t pid() const { return pid_; }
    const std::string& output() const { return text_; }
    void signal(int number) const { ::kill(pid_, number); }
    void stop() { EXPECT_EQ(::write(stop_.get(), "x", 1), 1); }

    // Reads until it has said `what`, `count` times; false when it ends without.
    bool says(std::string_view what, std::size_t count = 1) {
        while (this->count(what) < count) {
            if (!read_some()) {
                return false;
            }
        }
        return true;
    }
    std::size_t count(std::string_view what) const {
        std::size_t found = 0;
        for (std::size_t at = text_.find(what); at != std::string::npos;
             at = text_.find(what, at + 1)) {
            ++found;
        }
        return found;
    }
    // The port of the banner; 0 when there is none.
    std::uint32_t port() {
        constexpr std::string_view kBefore = "http://127.0.0.1:";
        std::uint32_t port = 0;
        if (says(kBefore) && says(" worker")) {
            const char* digits = text_.data() + text_.find(kBefore) + kBefore.size();
            std::from_chars(digits, text_.data() + text_.size(), port);
        }
        return port;
    }
    // Waits until `count` workers have become ready, counted from the start.
    bool is_ready(std::size_t count) { return says(" ready, pid ", count) && port() != 0; }
    // The process that became ready as the number `nth`, from 0.
    pid_t worker(std::size_t nth) {
        constexpr std::string_view kBefore = " ready, pid ";
        if (!says(kBefore, nth + 1)) {
            return 0;
        }
        std::size_t at = text_.find(kBefore);
        for (std::size_t index = 0; index < nth; ++index) {
            at = text_.find(kBefore, at + 1);
        }
        return std::atoi(text_.c_str() + at + kBefore.size());
    }
    // Its exit code, -1 after a signal.
    int wait() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        while (read_some()) {
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    int end() {
        signal(SIGTERM);
        return wait();
    }
    std::size_t descriptors() const {
        std::size_t count = 0;
        const std::string folder = "/proc/" + std::to_string(pid_) + "/fd/";
        for (int fd = 0; fd < 1024; ++fd) {
            char target[256];
            count += ::readlink((folder + std::to_string(fd)).c_str(), target, sizeof target) >= 0;
        }
        return count;
    }

private:
    static std::int32_t on_fork(std::uint32_t moment, void* user_data) {
        return moment == static_cast<std::uint32_t>(ForkMoment::child)
                   ? serve_as_asked(static_cast<const Options*>(user_data)->mode)
                   : 0;
    }
    static int run(Options& options) {
        std::vector<char*> command;
        for (std::string& argument : options.command) {
            command.push_back(argument.data());
        }
        command.push_back(nullptr);
        options.config.command = options.forks ? nullptr : command.data();
        const auto result =
            run_supervisor(options.config, options.forks ? on_fork : nullptr, &options);
        if (!result) {
            std::fprintf(stderr, "%s: %s (%s)\n", std::string(name(result.error().status)).c_str(),
                         result.error().message.c_str(), result.error().detail.c_str());
            return 60;
        }
        return result->exit_code;
    }
    bool read_some() {
        pollfd entry{output_.get(), POLLIN, 0};
        const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
        char bytes[4096];
        if (::poll(&entry, 1, static_cast<int>(patience.count())) != 1) {
            return false;
        }
        const ssize_t size = ::read(output_.get(), bytes, sizeof bytes);
        if (size > 0) {
            text_.append(bytes, static_cast<std::size_t>(size));
        }
        return size > 0;
    }

    pid_t pid_ = 0;
    Fd output_;
    Fd stop_;
    std::string text_;
};

// One request on a connection of its own; its content, or what went wrong in angle brackets.
inline std::string fetch(std::uint32_t port, std::string_view path) {
    Client client(port);
    if (!client.is_connected()) {
        return "<refused>";
    }
    client.send(get(path, "Connection: close\r\n"));
    client.read(1);
    return client.status() == 200 ? client.body() : "<" + client.received() + ">";
}

// Connects until one of the connections meets that worker; the request is sent.
inline std::unique_ptr<Client> reach(std::uint32_t port, pid_t worker, std::string_view path) {
    for (int attempt = 0; attempt < 10'000; ++attempt) {
        auto client = std::make_unique<Client>(port);
        client->send(get("/pid"));
        client->read(1);
        if (client->body() == std::to_string(worker)) {
            client->send(get(path));
            return client;
        }
    }
    return nullptr;
}

template <typename Condition>
bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

// The signal takes effect when the process is next about to run.
inline void stop_process(pid_t pid) {
    ::kill(pid, SIGSTOP);
    const std::string file = "/proc/" + std::to_string(pid) + "/stat";
    EXPECT_TRUE(eventually([&] {
        std::string text(512, '\0');
        const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        const ssize_t size = ::read(fd.get(), text.data(), text.size());
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text.find(") T ") != std::string::npos;
    }));
}

}  // namespace trivet::app
