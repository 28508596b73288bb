#include "app/program.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstring>
#include <vector>

#include "app/concurrency.h"
#include "app/cpus.h"
#include "app/inherit.h"
#include "app/inspect.h"
#include "app/loop_threads.h"
#include "app/program_flags.h"
#include "app/supervisor.h"

namespace trivet::app {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr const char* kSelf = "/proc/self/exe";

// What this run of the program is given, in whichever of its processes.
struct Program {
    App& app;
    const char* name;
    std::string_view version;
    int argc;
    char** argv;
};

void complain(const Program& program, const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", program.name, what.c_str());
}

std::string describe(const Error& error) {
    return error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
}

// Serves in this process. `worker` is nullptr when there is no supervisor.
int serve(const Program& program, std::uint32_t threads, const Inheritance* worker) {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    if (worker != nullptr) {
        ::signal(SIGINT, SIG_IGN);  // the terminal sends it to the supervisor, too
    } else {
        ::sigaddset(&set, SIGINT);
    }
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const Fd signals(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals.is_open()) {
        complain(program, std::string("cannot watch for signals: ") + std::strerror(errno));
        return kExitFailure;
    }
    LoopThreadsConfig config;
    config.threads = threads;
    config.signals = signals.get();
    config.version = program.version;
    config.runtime = "C";
    if (worker != nullptr) {
        config.listen_fd = worker->listen_fd;
        config.control_fd = worker->control_fd;
    }
    LoopThreads loops(program.app, config);
    if (auto served = loops.serve(); !served) {
        complain(program, describe(served.error()));
        return kExitFailure;
    }
    return 0;
}

int serve_as_worker(const Program& program, const Inheritance& given) {
    const std::uint32_t threads = program.app.config().threads;
    return serve(program, threads > 0 ? threads : 1, &given);
}

std::int32_t on_fork(std::uint32_t moment, void* user_data) {
    if (moment != static_cast<std::uint32_t>(ForkMoment::child)) {
        return 0;
    }
    const auto& program = *static_cast<const Program*>(user_data);
    const auto given = inherit();
    return given ? serve_as_worker(program, *given) : kExitFailure;
}

// This program's file by its own name, so that a process list shows that; as long as it is still
// the one that runs.
std::string own_path() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink(kSelf, path, sizeof path);
    struct stat named{};
    struct stat running{};
    if (size <= 0 || static_cast<std::size_t>(size) == sizeof path) {
        return kSelf;
    }
    std::string name(path, static_cast<std::size_t>(size));
    const bool is_same = ::stat(name.c_str(), &named) == 0 && ::stat(kSelf, &running) == 0 &&
                         named.st_ino == running.st_ino && named.st_dev == running.st_dev;
    return is_same ? name : kSelf;
}

int supervise(Program& program, std::uint32_t workers, bool forks) {
    const Config& from = program.app.config();
    SupervisorConfig config;
    config.host = from.host;
    config.port = from.port;
    config.workers = workers;
    config.backlog = from.backlog;
    config.also_listen = from.also_listen;
    config.start_timeout_ms = from.start_timeout_ms;
    config.shutdown_timeout_ms = from.limits.shutdown_timeout_ms;
    config.log_level = static_cast<std::uint32_t>(log_level(from));
    const std::string path = own_path();
    std::vector<char*> command(program.argv, program.argv + program.argc);
    command.push_back(nullptr);
    if (!forks) {
        config.program = path.c_str();
        config.command = command.data();
    }
    const auto result = run_supervisor(config, forks ? on_fork : nullptr, &program);
    if (!result) {
        complain(program, describe(result.error()));
        return kExitFailure;
    }
    return result->exit_code;
}

// Whatever is found out before anything is started; 0 to go on.
int configure(const Program& program, bool& wants_help, bool& forks) {
    if (auto checked = program.app.check_settings(); !checked) {
        complain(program, describe(checked.error()));
        return kExitUsage;
    }
    Config config = program.app.config();
    const ProgramFlags flags = parse_flags(program.argc, program.argv, config);
    wants_help = flags.wants_help;
    forks = flags.forks;
    if (!flags.fault.empty()) {
        complain(program, flags.fault);
        return kExitUsage;
    }
    if (auto configured = program.app.configure(config); !configured) {
        complain(program, describe(configured.error()));
        return configured.error().status == Status::argument ? kExitUsage : kExitFailure;
    }
    return 0;
}

const char* name_of(int argc, char** argv) {
    if (argc == 0 || argv[0] == nullptr) {
        return "trivet";
    }
    const char* slash = std::strrchr(argv[0], '/');
    return slash != nullptr ? slash + 1 : argv[0];
}

}  // namespace

int run_program(App& app, int argc, char** argv, std::string_view version) {
    Program program{app, name_of(argc, argv), version, argc, argv};
    bool wants_help = false;
    bool forks = false;
    if (const int code = configure(program, wants_help, forks); code != 0) {
        return code;
    }
    if (wants_help) {
        std::fputs(help_text(program.name).c_str(), stdout);
        return 0;
    }
    if (const auto inspected = inspect(app, {}, version); inspected) {
        return 0;
    } else if (inspected.error().status != Status::not_found) {
        complain(program, describe(inspected.error()));
        return kExitFailure;
    }
    const auto given = inherit();
    if (given) {
        return serve_as_worker(program, *given);
    }
    if (given.error() == Status::argument) {
        complain(program, std::string(kWorkerVariable) + " is malformed");
        return kExitFailure;
    }
    const auto chosen = concurrency(app.config(), true, false, usable_cpus());
    if (!chosen) {
        complain(program, chosen.error());
        return kExitUsage;
    }
    if (!chosen->warning.empty() && chosen->workers == 1) {
        app.log().write(LogLevel::warn, chosen->warning);  // else the supervisor's is enough
    }
    return chosen->workers > 1 ? supervise(program, chosen->workers, forks)
                               : serve(program, chosen->threads, nullptr);
}

}  // namespace trivet::app
