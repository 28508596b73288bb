#pragma once

#include <csignal>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/activation.h"
#include "app/backoff.h"
#include "app/control.h"
#include "app/error.h"
#include "app/shared_listeners.h"
#include "app/spawn.h"
#include "app/supervisor.h"
#include "base/fd.h"
#include "base/log.h"
#include "io/unix_socket.h"
#include "tls/ticket_keys.h"

namespace trivet::app {

inline constexpr std::uint64_t kNever = UINT64_MAX;

enum class ChildState : std::uint8_t { none, starting, ready, draining };

// A worker process as its supervisor sees it.
struct Child {
    ChildState state = ChildState::none;
    bool was_ready = false;
    bool is_blocked = false;  // it does not answer pings, or says that it cannot accept
    bool owes_pong = false;
    bool has_drained = false;  // it said that it has taken its backlog and accepts no more
    bool is_late = false;      // killed because it was not ready in time
    pid_t pid = 0;             // of what was started
    pid_t worker_pid = 0;      // of who said that it is ready; differs behind a wrapper
    Fd pidfd;
    Fd worker_pidfd;  // only when it differs
    Fd control;
    std::uint64_t ready_ms = 0;
    std::uint64_t deadline_ms = kNever;  // to be ready, or to have ended
    std::uint64_t ping_at_ms = kNever;   // the next one to a worker that is blocked
    std::uint64_t pong_until_ms = kNever;
};

// A listener and its worker, with a second process while one replaces the other.
struct Slot {
    Fd listener;
    Child children[2];
    std::uint32_t current = 0;
    Backoff backoff;
    std::uint64_t start_at_ms = kNever;
    bool is_rescue = false;  // the coming start is for the backlog alone, in a drain
    bool was_rescued = false;

    std::int32_t lent_to = -1;  // slot whose worker serves the listener meanwhile
    std::uint64_t lend_at_ms = kNever;
    std::uint64_t refuses_until_ms = 0;  // it has said that it cannot serve another listener
    std::uint64_t lend_told_ms = 0;
    std::uint32_t lends_untold = 0;
    bool is_lend_told = false;  // and so its end shall be

    bool is_armed = false;  // a connection at the listener wakes the supervisor, once
    std::uint32_t looks = 0;
    std::uint64_t look_at_ms = kNever;

    Child& child() noexcept { return children[current]; }
    Child& other() noexcept { return children[current ^ 1]; }
};

// How a worker is called in the log.
inline std::string name_of(std::uint32_t index) { return "worker " + std::to_string(index); }

// The supervisor of run_supervisor. Lives on the stack of the calling thread for the length of the
// call. Processes that fail are started again and again; only what keeps it from starting at all is
// an error. Its sources: supervisor.cc (loop), _start (of processes), _children (what they say, and
// their end), _lending (who accepts for whom), _drain (the end, and replacing all workers).
class Supervisor {
public:
    // A slot whose worker cannot accept for this long lends its listener.
    static constexpr std::uint64_t kLendAfterMs = 250;
    // A listener with a backlog is looked at again twice at this distance before its worker is
    // asked for a sign of life, for which it has so long.
    static constexpr std::uint64_t kLookAgainMs = 80;
    static constexpr std::uint32_t kLooks = 2;
    static constexpr std::uint64_t kPongMs = 90;
    static constexpr std::uint64_t kPingAgainMs = 250;
    // A worker that refused a listener is lent none for so long.
    static constexpr std::uint64_t kRefusalMs = 1'000;
    // What workers get beyond shutdown_timeout_ms before they are killed.
    static constexpr std::uint64_t kKillGraceMs = 2'000;
    // Lendings of one slot begin at most so often in the log.
    static constexpr std::uint64_t kLendLogMs = 1'000;
    static constexpr int kMessagesPerTurn = 64;  // of one worker
    static constexpr int kEventsMax = 64;

    Supervisor(const SupervisorConfig& config, ForkFn fork, void* user_data);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    std::expected<void, Error> open();
    // Until all workers have ended, or in a forked worker. Fails when the first start does.
    std::expected<SupervisorResult, Error> run();

private:
    // Of an event, with a slot's number, or 2 × that + the number of one of its processes.
    enum class Source : std::uint32_t { signal, stop, listener, process, control };
    static constexpr std::uint32_t kSourceShift = 32;
    static constexpr std::uint64_t event_data(Source source, std::uint32_t index) noexcept {
        return (static_cast<std::uint64_t>(source) << kSourceShift) | index;
    }

    // supervisor.cc
    std::expected<void, Error> bind_listeners();
    std::expected<void, Error> share_activated();
    std::expected<void, Error> bind_unix();
    std::expected<void, Error> bind_also();
    std::expected<void, Error> share(const std::vector<io::Listener>& listeners);
    std::expected<void, Error> watch_for_the_end();
    bool watch(int fd, std::uint32_t events, Source source, std::uint32_t index) noexcept;
    void unwatch(const Fd& fd) noexcept;
    void dispatch(std::uint64_t data);
    void run_deadlines();
    std::uint64_t next_ms() const noexcept;
    void wait();
    void read_clock() noexcept;
    bool is_done() const noexcept;
    void log(LogLevel level, const std::string& line) { log_.write(level, line); }

    // supervisor_start.cc
    void start_due(std::uint32_t index);
    bool start(std::uint32_t index, std::uint32_t which);
    void on_failed_start(std::uint32_t index, std::uint32_t which, const Error& error);
    std::expected<Spawned, Error> open_control(Child& child, Fd& theirs);
    void send_ticket_keys(const Child& child);
    std::expected<Spawned, Error> fork_worker(const SpawnGift& gift);
    void become_worker(const SpawnGift& gift);

    // supervisor_children.cc
    void on_control(std::uint32_t index, std::uint32_t which);
    void act(std::uint32_t index, std::uint32_t which, const ControlMessage& message, pid_t sender);
    void on_ready(std::uint32_t index, std::uint32_t which, const ControlMessage& message,
                  pid_t sender);
    void on_own_drain(std::uint32_t index, std::uint32_t which);
    void on_process(std::uint32_t index, std::uint32_t which);
    void on_end(std::uint32_t index, std::uint32_t which, const std::string& cause, bool is_clean);
    void plan_start(std::uint32_t index, bool was_ready, std::uint64_t ready_ms,
                    const std::string& what, const std::string& cause);
    void forget(Child& child) noexcept;
    void kill(Child& child, int signal) noexcept;
    void run_child_deadlines(std::uint32_t index);
    void write_banner(std::string_view text);

    // supervisor_lending.cc
    bool is_fit(std::uint32_t index) noexcept;
    std::int32_t acceptor(std::uint32_t index) noexcept;
    void settle_lending();
    void settle_slot(std::uint32_t index);
    bool lend(std::uint32_t index);
    std::uint64_t next_willing_ms() noexcept;
    std::int32_t choose_borrower(std::uint32_t index);
    void take_back(std::uint32_t index, bool is_back);
    void tell_lending(std::uint32_t index, std::uint32_t borrower);
    // The worker of this slot has changed or ended: what was lent to it is lent anew.
    void forget_borrowed(std::uint32_t index) noexcept;
    void on_backlog(std::uint32_t index);
    void look_again(std::uint32_t index);
    void arm(std::uint32_t index) noexcept;
    void ping(Child& child) noexcept;
    void on_pong(Child& child, bool can_accept) noexcept;
    void run_ping_deadlines(Child& child) noexcept;
    void on_refused(std::uint32_t borrower, std::uint32_t index);

    // supervisor_drain.cc
    void on_signal();
    void on_stop_byte();
    void ask_for_end();
    void begin_drain();
    void drain_slot(std::uint32_t index);
    void drain_child(Child& child, bool serves_backlog);
    void force() noexcept;
    void kill_the_rest();
    // In a drain: sees to it that somebody takes what waits at the slot's listener.
    void settle_backlog(std::uint32_t index);
    std::int32_t choose_taker(std::uint32_t index) noexcept;
    void close_listener(std::uint32_t index) noexcept;
    void on_drained(std::uint32_t index, std::uint32_t which);
    void begin_replacing();
    void go_on_replacing();
    void stop_replacing(const std::string& name, const std::string& cause);

    const SupervisorConfig& config_;
    const ForkFn fork_;
    void* const user_data_;
    Log log_;
    std::optional<Command> command_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> loads_;  // listeners lent to each slot's worker, while one is chosen
    std::vector<io::Listener> activated_;  // given to this process, until the slots have them
    io::SocketFile socket_file_;  // of a Unix socket of our own; goes before the slots' listeners
    std::vector<SharedListener> shared_;  // of also_listen, which every worker has
    std::string host_;
    tls::TicketKeys ticket_keys_;  // of all workers
    std::uint32_t port_ = 0;
    bool is_activated_ = false;
    Fd epoll_;
    Fd signals_;
    sigset_t mask_;  // of the calling thread
    bool has_blocked_ = false;
    std::uint64_t now_ms_ = 0;
    std::uint64_t drain_until_ms_ = kNever;
    std::uint32_t end_requests_ = 0;
    std::uint32_t replacing_ = UINT32_MAX;  // slot whose worker is replaced next
    std::optional<Error> start_error_;
    bool has_started_ = false;     // a process
    bool has_been_ready_ = false;  // a worker
    bool is_draining_ = false;
    bool has_killed_ = false;
    bool is_worker_ = false;  // this is a forked worker
};

}  // namespace trivet::app
