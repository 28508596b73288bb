#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/app.h"
#include "app/body_check.h"
#include "app/borrowed_listeners.h"
#include "app/control_channel.h"
#include "app/event_queue.h"
#include "app/hub_directory.h"
#include "app/injection.h"
#include "app/loop_directory.h"
#include "app/post_queue.h"
#include "app/shared_listeners.h"
#include "app/unix_listener.h"
#include "base/memory.h"
#include "http/files.h"
#include "http/form.h"
#include "http/server.h"
#include "io/engine.h"
#include "io/timers.h"
#include "realtime/fan_out.h"

namespace trivet::app {

struct WorkerConfig {
    bool is_bound = true;
    bool is_configured = false;  // host and port are the app's: an activated listener serves
    bool reuses_port = false;
    std::string host = "127.0.0.1";  // or a Unix socket, unix:/path
    std::uint32_t port = 8000;       // 0 for a Unix socket, whatever is given
    int listen_fd = -1;
    int control_fd = -1;       // of a supervised worker: its channel to the supervisor
    bool is_deferred = false;  // start() is called later
    bool is_test = false;      // not bound: connections and time come from tests
};

enum class WorkerState : std::uint32_t { serving = 1, draining = 2, drained = 3 };

// One loop with its server, timers, watches and events: what the ABI calls trivet_loop. Made and
// used by one thread, its owner; post(), wake() and request_drain() may be called from any, the
// last two from signal handlers.
class Worker final : public http::Dispatcher,
                     public io::WatchHandler,
                     private ControlHost,
                     private realtime::Waker {
public:
    static std::expected<std::unique_ptr<Worker>, Error> create(App& app,
                                                                const WorkerConfig& config);
    ~Worker();

    // Runs the app's start functions and begins to accept. Once; create() calls it unless the
    // configuration defers it.
    std::expected<void, Error> start();

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
    // The second time it ends what is in flight.
    void request_drain() noexcept;
    // As the supervisor asks: no matter how often, and whether the drain was requested otherwise,
    // only `is_forced` ends what is in flight. A manager of services may signal all processes.
    void order_drain(bool is_forced) noexcept;
    Status post(const void* records, std::size_t size) noexcept;

    // Of a loop for tests, from any thread: what its next turn is to accept, and how far time has
    // gone on by then. They fail as Injection's.
    bool is_test() const noexcept { return injection_ != nullptr; }
    Status inject(Fd& client) noexcept;
    Status advance(std::uint64_t milliseconds) noexcept;

    int watch(int fd, std::uint32_t interest) noexcept { return loop_->watch(fd, interest, *this); }
    io::Timers::Timer* start_timer(std::uint64_t delay_ms, io::Timers::Callback callback,
                                   void* user_data, io::Timers::Callback drop) noexcept;
    bool cancel_timer(std::uint32_t slot, std::uint32_t generation) noexcept {
        return timers_.cancel(slot, generation);
    }

    // The content of a request as the ABI's trivet_request_read gives it.
    Status read(http::Exchange& exchange, Str& bytes) noexcept;
    // The content as a form, as the ABI's trivet_form_open reads it. Status::argument: the
    // configuration.
    Status read_form(http::Exchange& exchange, const http::FormConfig& config) noexcept;

    // Answers with a file, as http::Files::send; or with that of the request's route, which fails
    // with state when the route has none.
    Status send_file(http::Exchange& exchange, const http::FileRequest& request) noexcept {
        return files_.send(exchange, request);
    }
    Status send_static(http::Exchange& exchange) noexcept;

    // Answers with the events of a hub, as realtime::FanOut::subscribe. Fails with stale for the
    // hub, argument for one of another app.
    Status subscribe(http::Exchange& exchange, HubHandle hub,
                     std::optional<std::string_view> last_id,
                     std::span<const http1::HeaderView> fields) noexcept;

    // Fails the request of an event nobody will answer.
    void refuse(const Event& event) noexcept;

    void on_request(http::Exchange& exchange) noexcept override;
    void on_gone(http::Exchange& exchange) noexcept override;
    void on_reply(http::Exchange& exchange, http::Reply& reply) noexcept override;
    void on_error(http::Exchange& exchange, std::uint32_t status,
                  std::string_view detail) noexcept override;
    void choose_content(const http::Exchange& exchange,
                        http::ContentPolicy& policy) noexcept override;
    void on_readable(http::Exchange& exchange) noexcept override;
    void on_writable(http::Exchange& exchange) noexcept override;
    void on_ready(int fd, std::uint32_t ready) noexcept override;
    void on_file_missing(http::Exchange& exchange) noexcept override;

    // Of a supervised worker the supervisor's banner tells. `threads` is told unless 0.
    void write_banner(std::string_view version, std::string_view runtime,
                      std::uint32_t threads = 0);

    App& app() noexcept { return app_; }
    Memory& memory() noexcept { return *memory_; }
    http::Server& server() noexcept { return server_; }
    io::Loop& loop() noexcept { return *loop_; }
    WorkerState state() const noexcept { return state_; }
    const std::string& engine_reason() const noexcept { return engine_reason_; }
    const std::string& host() const noexcept { return config_.host; }
    const WorkerConfig& config() const noexcept { return config_; }
    std::uint32_t port() const noexcept { return port_; }
    bool is_secured() const noexcept { return certificates_ != nullptr; }
    // Connections accepted on behalf of other workers.
    std::uint64_t lent_total() const noexcept { return control_ ? control_->lent_total() : 0; }
    std::uint64_t stale_total() const noexcept { return stale_total_; }
    void count_stale() noexcept { ++stale_total_; }

private:
    static constexpr std::uint32_t kOrdered = std::uint32_t{1} << 30;
    static constexpr std::uint32_t kForced = std::uint32_t{1} << 31;

    Worker(App& app, const WorkerConfig& config, Certificates* certificates,
           std::unique_ptr<Memory> memory, std::unique_ptr<io::Loop> loop,
           std::string engine_reason) noexcept;

    std::expected<void, Error> bind();
    std::expected<void, Error> adopt_activated();
    std::expected<void, Error> bind_unix();
    std::expected<void, Error> bind_own();
    bool leave_unix() noexcept;
    std::expected<void, Error> open_control();
    int accept_connections() noexcept;
    std::expected<void, Error> join_shared();
    bool add_others() noexcept;
    // What connections to a listener that was given to this process begin with.
    http::Listening listening_at(int listener) const;
    http::Listening own_listening() const noexcept;
    http::Listening listening_of(const ListenAddress& address) const noexcept {
        return {is_secured() && !address.is_plain, address.is_proxied};
    }
    void accept_shared(int fd, http::Listening listening) noexcept;
    void take_backlog(int fd, http::Listening listening) noexcept;
    void watch_shared() noexcept;
    bool shares_listener() noexcept;
    bool has_sibling_at_listener() noexcept;
    void on_control_drain(bool is_forced) noexcept override;
    void on_control_ticket_keys(const tls::TicketKeys::State& state) noexcept override;
    void on_lent_accept(int fd, int listener) noexcept override;
    bool can_accept() noexcept override;
    bool owns_listener() const noexcept;
    void begin_drain() noexcept;
    bool leave_shared() noexcept;
    void end_listeners() noexcept;
    bool has_listeners() const noexcept { return listener_.is_open() || others_.size() > 0; }
    bool is_drained() const noexcept { return server_.is_empty() && !has_listeners(); }
    void stop() noexcept;
    RequestHandle handle_of(const http::Exchange& exchange) const noexcept;
    // False when a before hook has taken the request.
    bool run_before_hooks(const Route& route, http::Exchange& exchange) noexcept;
    Status wait_now(std::int64_t timeout_ms) noexcept;
    void close_all() noexcept;
    // Tells the request's callback, else by an event.
    void tell_ready(http::Exchange& exchange, http::Ready ready, EventKind kind) noexcept;
    void push_event(const http::Exchange& exchange, EventKind kind) noexcept;
    // Moves events out; those of content get their bytes.
    std::size_t hand_out(Event* events, std::size_t capacity) noexcept;
    // False when there is nothing yet after all.
    bool is_in_vain(const Event& event) noexcept;
    bool fill_content(Event& event) noexcept;
    void fill_form(Event& event) noexcept;
    http::Exchange* find_exchange(RequestHandle request) noexcept;

    void take_posts() noexcept;
    void take_post(const ReplyRecord& record, const char* bytes) noexcept;
    void take_kept(http::Exchange& exchange, const ReplyRecord& record, const char* bytes) noexcept;
    void answer(http::Exchange& exchange, const ReplyRecord& record, const char* bytes) noexcept;
    // A step of content in pieces. What fails ends the request, unless the connection has ended:
    // then the poster does.
    Status step(http::Exchange& exchange, const ReplyRecord& record, const char* bytes) noexcept;
    Status begin_posted(http::Exchange& exchange, const ReplyRecord& record,
                        const char* bytes) noexcept;
    Status write_posted(http::Exchange& exchange, const ReplyRecord& record,
                        const char* bytes) noexcept;
    Status form_posted(http::Exchange& exchange, const ReplyRecord& record,
                       const char* bytes) noexcept;
    Status begin_events_posted(http::Exchange& exchange, const ReplyRecord& record,
                               const char* bytes) noexcept;
    Status file_posted(http::Exchange& exchange, const ReplyRecord& record,
                       const char* bytes) noexcept;
    Status mount_posted(http::Exchange& exchange, const ReplyRecord& record,
                        const char* bytes) noexcept;
    Status subscribe_posted(http::Exchange& exchange, const ReplyRecord& record,
                            const char* bytes) noexcept;
    void wake_for_news() noexcept override;
    // Who waits for the outcome of a step is told that there will be none.
    void tell_poster(const ReplyRecord& record, Status status) noexcept;
    void advance_drain() noexcept;
    // New connections are served with the certificates that hold.
    void update_certificates() noexcept;
    bool is_injection_due() const noexcept {
        return injection_ != nullptr && is_started_ && injection_->is_due();
    }
    void take_injected() noexcept;
    // Tests end a loop many times.
    LogLevel end_level() const noexcept { return is_test() ? LogLevel::debug : LogLevel::info; }
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
    std::shared_ptr<UnixListener> unix_;  // where listener_ is a copy of one
    Fd listener_;
    std::uint32_t port_ = 0;
    const DirectoryEntry membership_;
    EventQueue events_;
    io::Timers timers_;
    realtime::FanOut fan_out_;  // outlives the connections
    http::Files files_;         // the same
    http::Server server_;
    BodyCheck body_check_;
    Certificates* certificates_ = nullptr;    // of the app; nullptr: none, or a loop for tests
    std::uint32_t certificates_version_ = 0;  // that the server has
    PostQueue posts_;
    std::atomic<bool> is_sleeping_{false};
    std::unique_ptr<Injection> injection_;  // of a loop for tests
    std::optional<ControlChannel> control_;
    BorrowedListeners others_;  // activated ones that have no loop of their own, or those shared
    std::size_t shared_count_ = 0;  // of also_listen
    std::vector<ListenAddress> also_listen_;
    std::atomic<std::uint32_t> drain_requests_{0};  // a count, and kOrdered, kForced
    std::uint32_t drains_done_ = 0;
    std::uint64_t drain_end_ms_ = 0;
    std::uint64_t handshakes_end_ms_ = 0;  // of the listener, while it is open in a drain
    std::uint64_t stale_total_ = 0;
    WorkerState state_ = WorkerState::serving;
    bool is_activated_ = false;  // the listener is held by whoever started the process
    bool is_shared_ = false;     // other loops accept from the listener, too
    bool has_left_unix_ = false;
    bool has_left_shared_ = false;
    bool is_started_ = false;
    bool is_stopped_ = false;     // the app's stop functions have run
    bool is_drain_held_ = false;  // the supervisor's, until the loop is started
    bool has_waited_ = false;
    bool is_in_turn_ = false;
    bool is_in_hook_ = false;
    bool is_lateness_known_ = true;  // before the first wait nothing is late
    bool is_forced_ = false;         // the drain ends what is in flight
    std::atomic<bool> is_polled_{false};
};

}  // namespace trivet::app
