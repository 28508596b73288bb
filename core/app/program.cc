#include "app/program.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "app/worker.h"

namespace trivet::app {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr std::size_t kEventsMax = 64;

struct Options {
    WorkerConfig worker;
    std::string engine;
    bool wants_help = false;
};

bool parse_port(std::string_view text, std::uint32_t& port) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
    return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size() &&
           port <= 65'535;
}

void complain(const char* program, const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", program, what.c_str());
}

std::string wrong_port(std::string_view text) {
    return "port '" + std::string(text) + "' is no number from 0 to 65535";
}

// Empty when all is well.
std::string parse(int argc, char** argv, Options& options) {
    if (const char* host = std::getenv("TRIVET_HOST")) {
        options.worker.host = host;
    }
    if (const char* port = std::getenv("TRIVET_PORT")) {
        if (!parse_port(port, options.worker.port)) {
            return wrong_port(port);
        }
    }
    for (int index = 1; index < argc; ++index) {
        std::string_view name(argv[index]);
        std::string_view value;
        if (name == "--help" || name == "-h") {
            options.wants_help = true;
            return {};
        }
        if (const std::size_t equals = name.find('='); equals != std::string_view::npos) {
            value = name.substr(equals + 1);
            name = name.substr(0, equals);
        } else if (index + 1 < argc) {
            value = argv[++index];
        } else {
            return "'" + std::string(name) +
                   "' is unknown or lacks its value; --help shows the flags";
        }
        if (name == "--host") {
            options.worker.host = value;
        } else if (name == "--engine") {
            options.engine = value;
        } else if (name != "--port") {
            return "unknown flag '" + std::string(name) + "'; --help shows the flags";
        } else if (!parse_port(value, options.worker.port)) {
            return wrong_port(value);
        }
    }
    return {};
}

bool apply_engine(const std::string& name, Config& config) {
    if (name.empty()) return true;
    if (name == "auto") {
        config.engine = io::Engine::automatic;
    } else if (name == "uring") {
        config.engine = io::Engine::uring;
    } else if (name == "epoll") {
        config.engine = io::Engine::epoll;
    } else {
        return false;
    }
    return true;
}

std::string describe(const Error& error) {
    return error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
}

int serve(Worker& worker, int signals) {
    Event events[kEventsMax];
    while (worker.state() != WorkerState::drained) {
        std::size_t count = 0;
        if (worker.turn(-1, events, kEventsMax, count) != Status::ok) {
            return kExitFailure;
        }
        for (std::size_t index = 0; index < count; ++index) {
            const Event& event = events[index];
            if (event.kind == static_cast<std::uint32_t>(EventKind::watch) && event.fd == signals) {
                signalfd_siginfo info{};
                if (::read(signals, &info, sizeof info) == sizeof info) {
                    worker.request_drain();
                }
            } else if (event.kind == static_cast<std::uint32_t>(EventKind::request)) {
                worker.refuse(event);
            }
        }
    }
    return 0;
}

constexpr const char* kHelp =
    "usage: %s [--host ADDRESS] [--port PORT] [--engine auto|uring|epoll]\n"
    "\n"
    "  --host ADDRESS  address to listen on (TRIVET_HOST, default 127.0.0.1)\n"
    "  --port PORT     port, 0 lets the kernel choose (TRIVET_PORT, default 8000)\n"
    "  --engine NAME   io_uring, epoll, or the better one there is (TRIVET_ENGINE, default auto)\n"
    "\n"
    "TRIVET_LOG sets the log level: debug, info, warn, error or off.\n"
    "Exit codes: 0 after a drain, 1 when it could not start, 2 for wrong arguments.\n";

}  // namespace

int run_program(App& app, int argc, char** argv, std::string_view version) {
    const char* program = argc > 0 && argv[0] != nullptr ? argv[0] : "trivet";
    if (const char* slash = std::strrchr(program, '/')) {
        program = slash + 1;
    }
    Options options;
    const std::string wrong = parse(argc, argv, options);
    if (!wrong.empty()) {
        complain(program, wrong);
        return kExitUsage;
    }
    if (options.wants_help) {
        std::printf(kHelp, program);
        return 0;
    }
    Config config = app.config();
    if (!apply_engine(options.engine, config)) {
        complain(program, "engine '" + options.engine + "' is none of auto, uring, epoll");
        return kExitUsage;
    }
    if (auto configured = app.configure(config); !configured) {
        complain(program, describe(configured.error()));
        return kExitFailure;
    }

    ::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const Fd signals(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));

    auto worker = Worker::create(app, options.worker);
    if (!worker) {
        complain(program, describe(worker.error()));
        return kExitFailure;
    }
    if (!signals.is_open() || (*worker)->watch(signals.get(), io::kRead) != 0) {
        complain(program, std::string("cannot watch for signals: ") + std::strerror(errno));
        return kExitFailure;
    }
    (*worker)->write_banner(version, "C");
    return serve(**worker, signals.get());
}

}  // namespace trivet::app
