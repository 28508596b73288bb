#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "app/app.h"
#include "app/event_queue.h"
#include "app/loop_directory.h"
#include "app/post_queue.h"
#include "base/memory.h"
#include "http/server.h"
#include "io/engine.h"
#include "io/timers.h"

namespace trivet::app {

struct WorkerConfig {
    bool is_bound = true;
    bool reuses_port = false;
    std::string host = "127.0.0.1";
    std::uint32_t port = 8000;
    int listen_fd = -1;
};

enum class WorkerState : std::uint32_t { serving = 1, draining = 2, drained = 3 };

// One loop with its server, timers, watches and events: what the ABI calls trivet_loop. Made and
// used by one thread, its owner; post(), wake() and request_drain() may be called from any, the
// last two from signal handlers.
class Worker final : public http::Dispatcher, public io::WatchHandler {
public:
    static std::expected<std::unique_ptr<Worker>, Error> create(App& app,
                                                                const WorkerConfig& config);
    ~Worker();

    bool is_owner() const noexcept { return ::pthread_self() == owner_; }

    // Waits as the ABI's trivet_loop_wait; runs no handler.
    Status wait(std::int64_t timeout_ms) noexcept;
    // One turn; up to `capacity` events go to `events`.
    Status turn(std::int64_t timeout_ms, Event* events, std::size_t capacity,
                std::size_t& count) noexcept;
    Status flush() noexcept;
    Status run() noexcept;
    std::int64_t deadline_ms() noexcept;
    int pollable_fd() noexcept;

    void wake() noexcept { loop_->wake(); }
    void request_drain() noexcept;
    Status post(const void* records, std::size_t size) noexcept;

    int watch(int fd, std::uint32_t interest) noexcept { return loop_->watch(fd, interest, *this); }
    io::Timers::Timer* start_timer(std::uint64_t delay_ms, io::Timers::Callback callback,
                                   void* user_data, io::Timers::Callback drop) noexcept;
    bool cancel_timer(std::uint32_t slot, std::uint32_t generation) noexcept {
        return timers_.cancel(slot, generation);
    }

    // Fails the request of an event nobody will answer.
    void refuse(const Event& event) noexcept;

    void on_request(http::Exchange& exchange) noexcept override;
    void on_gone(http::Exchange& exchange) noexcept override;
    void on_ready(int fd, std::uint32_t ready) noexcept override;

    void write_banner(std::string_view version, std::string_view runtime);

    App& app() noexcept { return app_; }
    Memory& memory() noexcept { return *memory_; }
    http::Server& server() noexcept { return server_; }
    io::Loop& loop() noexcept { return *loop_; }
    WorkerState state() const noexcept { return state_; }
    const std::string& engine_reason() const noexcept { return engine_reason_; }
    const std::string& host() const noexcept { return config_.host; }
    const WorkerConfig& config() const noexcept { return config_; }
    std::uint32_t port() const noexcept { return port_; }
    std::uint64_t stale_total() const noexcept { return stale_total_; }
    void count_stale() noexcept { ++stale_total_; }

private:
    Worker(App& app, const WorkerConfig& config, std::unique_ptr<Memory> memory,
           std::unique_ptr<io::Loop> loop, std::string engine_reason) noexcept;

    std::expected<void, Error> bind();
    Status wait_now(std::int64_t timeout_ms) noexcept;
    void close_all() noexcept;
    void take_posts() noexcept;
    void answer(const ReplyRecord& record, const char* bytes) noexcept;
    void advance_drain() noexcept;
    void refuse_undelivered() noexcept;
    bool has_work() noexcept;
    // Nanoseconds until the next timer or deadline; -1 without one.
    std::int64_t next_ns() noexcept;

    App& app_;
    WorkerConfig config_;
    std::unique_ptr<Memory> memory_;
    std::unique_ptr<io::Loop> loop_;
    std::string engine_reason_;
    const pthread_t owner_;
    const pid_t process_;
    Fd listener_;
    std::uint32_t port_ = 0;
    const DirectoryEntry membership_;
    EventQueue events_;
    io::Timers timers_;
    http::Server server_;
    PostQueue posts_;
    std::atomic<bool> is_sleeping_{false};
    std::atomic<std::uint32_t> drain_requests_{0};
    std::uint32_t drains_done_ = 0;
    std::uint64_t drain_end_ms_ = 0;
    std::uint64_t stale_total_ = 0;
    WorkerState state_ = WorkerState::serving;
    bool has_waited_ = false;
    bool is_in_turn_ = false;
    bool is_forced_ = false;  // the drain ends what is in flight
    std::atomic<bool> is_polled_{false};
};

}  // namespace trivet::app
