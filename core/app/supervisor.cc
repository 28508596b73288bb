#include "app/supervisor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "app/concurrency.h"
#include "app/cpus.h"
#include "app/listen_error.h"
#include "app/supervisor_core.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

Error system_error(std::string what, int error) {
    return {Status::system, std::move(what), std::strerror(error)};
}

LogLevel level_of(std::uint32_t configured) {
    const char* variable = std::getenv("TRIVET_LOG");
    return configured != 0 ? static_cast<LogLevel>(configured)
                           : Log::level_named(variable != nullptr ? variable : "", LogLevel::info);
}

std::expected<void, Error> check(const SupervisorConfig& config, ForkFn fork) {
    const auto wrong = [](const char* what) {
        return std::unexpected(Error{Status::argument, what, {}});
    };
    if (config.workers > kWorkersMax) return wrong("workers is at most 1024");
    if (config.port > 65'535) return wrong("port is at most 65535");
    if (config.backlog == 0 || config.backlog > INT32_MAX) return wrong("backlog is at least 1");
    if (config.start_timeout_ms == 0) return wrong("start_timeout_ms is at least 1");
    if (config.log_level > static_cast<std::uint32_t>(LogLevel::off)) {
        return wrong("log_level is none of TRIVET_LOG_*");
    }
    if ((config.command == nullptr) == (fork == nullptr)) {
        return wrong("either a command or a callback is needed, and not both");
    }
    return {};
}

// Better now than in the middle of it all.
std::expected<void, Error> check_descriptors(std::uint32_t workers) {
    constexpr rlim_t kPerWorker = 3;  // listener, channel, process
    constexpr rlim_t kOthers = 32;
    const rlim_t needed = workers * kPerWorker + kOthers;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        return std::unexpected(Error{Status::system, "too few file descriptors",
                                     std::to_string(workers) + " workers need " +
                                         std::to_string(needed) + ", the limit (ulimit -n) is " +
                                         std::to_string(limit.rlim_cur)});
    }
    return {};
}

}  // namespace

Supervisor::Supervisor(const SupervisorConfig& config, ForkFn fork, void* user_data)
    : config_(config),
      fork_(fork),
      user_data_(user_data),
      log_(STDERR_FILENO, level_of(config.log_level)),
      ticket_keys_(tls::TicketKeys::now_s()) {
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_);
    read_clock();
}

Supervisor::~Supervisor() {
    if (has_blocked_) {
        // A signal that came too late to be acted upon has been granted already.
        signalfd_siginfo info{};
        while (signals_.is_open() && ::read(signals_.get(), &info, sizeof info) > 0) {
        }
        signals_.reset(-1);
        ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    }
}

std::expected<void, Error> Supervisor::open() {
    const std::uint32_t cpus = usable_cpus();
    const std::uint32_t workers =
        config_.workers != 0 ? config_.workers : std::min(cpus, kWorkersMax);
    // Before the workers' environment is copied: it is not for them.
    auto activated = take_activated();
    if (!activated) {
        return std::unexpected(activated.error());
    }
    activated_ = std::move(*activated);
    if (config_.command != nullptr) {
        auto command = Command::find(config_.program, config_.command);
        if (!command) {
            return std::unexpected(command.error());
        }
        command_.emplace(std::move(*command));
    }
    if (auto checked = check_descriptors(workers); !checked) {
        return checked;
    }
    slots_ = std::vector<Slot>(workers);
    loads_.resize(workers);
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_.is_open()) {
        return std::unexpected(system_error("epoll_create1", errno));
    }
    if (auto bound = bind_listeners(); !bound) {
        return bound;
    }
    if (auto watching = watch_for_the_end(); !watching) {
        return watching;
    }
    if (workers > 2 * cpus) {
        log(LogLevel::warn, std::to_string(workers) + " workers on " + std::to_string(cpus) +
                                (cpus == 1 ? " CPU" : " CPUs") +
                                ": more than twice as many cost memory and gain nothing");
    }
    return {};
}

std::expected<void, Error> Supervisor::bind_listeners() {
    host_ = config_.host;
    port_ = config_.port;
    if (!activated_.empty()) {
        return share_activated();  // they stand for all addresses
    }
    if (io::is_unix_host(host_)) {
        auto bound = bind_unix();
        return bound ? bind_also() : bound;
    }
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        io::Listener listener = io::listen_tcp({.host = config_.host,
                                                .port = port_,
                                                .backlog = config_.backlog,
                                                .reuse_port = true,
                                                .is_first = index == 0});
        if (!listener.fd.is_open()) {
            return std::unexpected(listen_error(config_.host, port_, std::move(listener)));
        }
        port_ = listener.port;
        slots_[index].listener = std::move(listener.fd);
        if (!watch(slots_[index].listener.get(), 0, Source::listener, index)) {
            return std::unexpected(system_error("epoll_ctl", errno));
        }
    }
    return bind_also();
}

std::expected<void, Error> Supervisor::bind_also() {
    const auto addresses = parse_listen_list(config_.also_listen);
    if (!addresses) {
        return std::unexpected(Error{Status::argument, "also_listen", addresses.error()});
    }
    auto bound = bind_shared(*addresses, config_.backlog);
    if (!bound) {
        return std::unexpected(std::move(bound.error()));
    }
    shared_ = std::move(*bound);
    if (!shared_.empty()) {
        log(LogLevel::info, "also listening on " + to_text(shared_));
    }
    return {};
}

// Each slot takes one of the listeners that this process was given, in turn.
std::expected<void, Error> Supervisor::share_activated() {
    const std::size_t count = activated_.size();
    if (count > slots_.size()) {
        return std::unexpected(Error{
            Status::argument, "more listeners are inherited (LISTEN_FDS) than there are workers",
            std::to_string(count) + " listeners, " + std::to_string(slots_.size()) +
                " workers, each of which serves one"});
    }
    is_activated_ = true;
    host_ = activated_[0].host;
    port_ = activated_[0].port;
    if (auto shared = share(activated_); !shared) {
        return shared;
    }
    activated_.clear();
    log(LogLevel::info, "serving on " + std::to_string(count) + " inherited " +
                            (count == 1 ? "listener" : "listeners") + " (LISTEN_FDS)");
    return {};
}

// The kernel has no SO_REUSEPORT for Unix sockets: the slots share one.
std::expected<void, Error> Supervisor::bind_unix() {
    io::UnixListener made = io::listen_unix({.host = host_, .backlog = config_.backlog});
    if (!made.listener.fd.is_open()) {
        return std::unexpected(listen_error(host_, 0, std::move(made.listener)));
    }
    port_ = 0;
    socket_file_ = std::move(made.file);
    std::vector<io::Listener> listeners;
    listeners.push_back(std::move(made.listener));
    return share(listeners);
}

std::expected<void, Error> Supervisor::share(const std::vector<io::Listener>& listeners) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        const Fd& shared = listeners[index % listeners.size()].fd;
        Fd& listener = slots_[index].listener;
        listener.reset(::fcntl(shared.get(), F_DUPFD_CLOEXEC, 0));
        if (!listener.is_open() || !watch(listener.get(), 0, Source::listener, index)) {
            return std::unexpected(system_error("cannot share the listener", errno));
        }
    }
    return {};
}

std::expected<void, Error> Supervisor::watch_for_the_end() {
    if (config_.stop_fd >= 0) {
        if (!watch(config_.stop_fd, EPOLLIN, Source::stop, 0)) {
            return std::unexpected(
                Error{errno == EBADF || errno == EPERM ? Status::argument : Status::system,
                      "stop_fd cannot be watched", std::strerror(errno)});
        }
        return {};
    }
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&set, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    has_blocked_ = true;
    signals_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals_.is_open() || !watch(signals_.get(), EPOLLIN, Source::signal, 0)) {
        return std::unexpected(system_error("cannot watch for signals", errno));
    }
    return {};
}

bool Supervisor::watch(int fd, std::uint32_t events, Source source, std::uint32_t index) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.u64 = event_data(source, index);
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

// Closing does not do it: a forked child may still have a copy of the descriptor.
void Supervisor::unwatch(const Fd& fd) noexcept {
    if (fd.is_open()) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd.get(), nullptr);
    }
}

void Supervisor::read_clock() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    now_ms_ = static_cast<std::uint64_t>(now.tv_sec) * 1'000 +
              static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

std::expected<SupervisorResult, Error> Supervisor::run() {
    for (Slot& slot : slots_) {
        slot.start_at_ms = now_ms_;
    }
    while (!is_worker_ && !is_done()) {
        run_deadlines();
        if (start_error_.has_value()) {
            return std::unexpected(*start_error_);
        }
        if (!is_worker_ && !is_done()) {
            wait();
        }
    }
    if (!is_worker_) {
        log(LogLevel::info, "all workers have ended");
    }
    return SupervisorResult{has_killed_ ? 1 : 0, is_worker_};
}

bool Supervisor::is_done() const noexcept {
    return is_draining_ && std::ranges::all_of(slots_, [](const Slot& slot) {
               return slot.children[0].state == ChildState::none &&
                      slot.children[1].state == ChildState::none && slot.start_at_ms == kNever;
           });
}

void Supervisor::wait() {
    const std::uint64_t next = next_ms();
    int timeout = -1;
    if (next != kNever) {
        constexpr std::uint64_t kHourMs = 3'600'000;
        timeout = next > now_ms_ ? static_cast<int>(std::min(next - now_ms_, kHourMs)) : 0;
    }
    epoll_event events[kEventsMax];
    const int count = ::epoll_wait(epoll_.get(), events, kEventsMax, timeout);
    read_clock();
    // First what the user wants: Ctrl-C ends workers, too, that are not to be replaced then.
    for (const bool is_first : {true, false}) {
        for (int index = 0; index < count; ++index) {
            const auto source = static_cast<Source>(events[index].data.u64 >> kSourceShift);
            if ((source == Source::signal || source == Source::stop) == is_first) {
                dispatch(events[index].data.u64);
            }
        }
    }
}

void Supervisor::dispatch(std::uint64_t data) {
    const auto index = static_cast<std::uint32_t>(data);
    switch (static_cast<Source>(data >> kSourceShift)) {
        case Source::signal:
            on_signal();
            break;
        case Source::stop:
            on_stop_byte();
            break;
        case Source::listener:
            on_backlog(index);
            break;
        case Source::process:
            on_process(index / 2, index % 2);
            break;
        case Source::control:
            on_control(index / 2, index % 2);
            break;
    }
}

void Supervisor::run_deadlines() {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        run_child_deadlines(index);
        if (slots_[index].look_at_ms <= now_ms_) {
            look_again(index);
        }
        start_due(index);
        if (is_worker_ || start_error_.has_value()) {
            return;
        }
    }
    if (drain_until_ms_ <= now_ms_) {
        kill_the_rest();
    }
    if (!is_draining_) {
        go_on_replacing();
        settle_lending();
    }
}

std::uint64_t Supervisor::next_ms() const noexcept {
    std::uint64_t next = drain_until_ms_;
    for (const Slot& slot : slots_) {
        next = std::min({next, slot.start_at_ms, slot.look_at_ms});
        // One that is overdue waits for somebody to lend to, not for a time.
        if (slot.lent_to < 0 && slot.lend_at_ms > now_ms_) {
            next = std::min(next, slot.lend_at_ms);
        }
        for (const Child& child : slot.children) {
            next = std::min({next, child.deadline_ms, child.ping_at_ms, child.pong_until_ms});
        }
    }
    return next;
}

std::expected<SupervisorResult, Error> run_supervisor(const SupervisorConfig& config, ForkFn fork,
                                                      void* user_data) {
    if (auto checked = check(config, fork); !checked) {
        return std::unexpected(checked.error());
    }
    SupervisorResult result;
    {
        Supervisor supervisor(config, fork, user_data);
        if (auto opened = supervisor.open(); !opened) {
            return std::unexpected(opened.error());
        }
        auto ran = supervisor.run();
        if (!ran) {
            return ran;
        }
        result = *ran;
    }
    if (result.is_worker) {
        result.exit_code = fork(static_cast<std::uint32_t>(ForkMoment::child), user_data);
    }
    return result;
}

}  // namespace trivet::app
