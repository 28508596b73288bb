#include "app/worker.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "app/banner.h"
#include "app/loop_directory.h"

namespace trivet::app {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr int kClosingTurnsMax = 1000;
constexpr unsigned kIdShift = 48;  // request ids: loop above, count below

Error system_error(Status status, std::string message, std::string detail) {
    return {status, std::move(message), std::move(detail)};
}

}  // namespace

Worker::Worker(App& app, const WorkerConfig& config, Certificates* certificates,
               std::unique_ptr<Memory> memory, std::unique_ptr<io::Loop> loop,
               std::string engine_reason) noexcept
    : app_(app),
      config_(config),
      memory_(std::move(memory)),
      loop_(std::move(loop)),
      engine_reason_(std::move(engine_reason)),
      owner_(::pthread_self()),
      process_(::getpid()),
      membership_(join_directory(*this)),
      events_(*memory_),
      timers_(*memory_, membership_.first_generation),
      fan_out_(membership_.index, *memory_, server_, timers_, *this),
      files_(server_, *memory_, *loop_),
      server_(*loop_, *memory_, app.config().limits, app.router(), app.log(), *this,
              app.interests(), membership_.first_generation,
              (std::uint64_t{membership_.index} << kIdShift) + 1, app.rules()),
      body_check_(*memory_),
      certificates_(certificates),
      injection_(config.is_test ? std::make_unique<Injection>() : nullptr),
      others_(*loop_, *this) {
    update_certificates();
}

Worker::~Worker() {
    app_.leave(*this);
    leave_unix();
    if (shared_count_ > 0 && !std::exchange(has_left_shared_, true)) {
        app_.shared_listeners().leave();
    }
    // A forked child shares the kernel's side of all this with its parent, whose it stays.
    if (::getpid() == process_) {
        stop();
        close_all();
        files_.stop();
    } else {
        files_.disown();
    }
    if (membership_.index < kLoopsMax) {
        leave_directory(membership_.index, server_.generation_end());
    }
}

// Before the connections' memory goes: the kernel may still be reading from it, and holds the
// listener.
void Worker::close_all() noexcept {
    server_.drain();
    for (int turns = 0; turns < kClosingTurnsMax && !server_.is_empty(); ++turns) {
        server_.abort();
        loop_->wait(kNsPerMs);
        loop_->dispatch();
    }
    loop_->flush();
}

std::expected<std::unique_ptr<Worker>, Error> Worker::create(App& app, const WorkerConfig& config) {
    if (auto checked = app.check_settings(); !checked) {
        return std::unexpected(checked.error());
    }
    app.freeze();
    if (std::string conflict = find_conflict(app.config()); !conflict.empty()) {
        return std::unexpected(
            system_error(Status::argument, "invalid configuration", std::move(conflict)));
    }
    if (auto checked = app.check_folders(); !checked) {
        return std::unexpected(checked.error());
    }
    Certificates* certificates = nullptr;
    if (!config.is_test) {
        auto opened = app.open_certificates();
        if (!opened) {
            return std::unexpected(opened.error());
        }
        certificates = *opened;
    }
    const io::Engine engine = app.config().engine;
    auto memory = std::make_unique<Memory>();
    io::EngineChoice choice = io::make_loop(engine, *memory, loop_config(app.config()));
    if (choice.loop == nullptr) {
        return std::unexpected(
            system_error(engine == io::Engine::uring ? Status::engine : Status::system,
                         "the engine cannot start", std::move(choice.reason)));
    }
    std::unique_ptr<Worker> worker(new Worker(app, config, certificates, std::move(memory),
                                              std::move(choice.loop), std::move(choice.reason)));
    if (worker->membership_.index >= kLoopsMax) {
        return std::unexpected(Error{Status::limit, "too many loops in this process",
                                     "at most " + std::to_string(kLoopsMax)});
    }
    if (!worker->server_.is_ready()) {
        return std::unexpected(Error{Status::memory, "no memory for a loop", {}});
    }
    if (auto bound = worker->bind(); !bound) {
        return std::unexpected(bound.error());
    }
    if (auto opened = worker->open_control(); !opened) {
        return std::unexpected(opened.error());
    }
    if (!config.is_deferred) {
        if (auto started = worker->start(); !started) {
            return std::unexpected(started.error());
        }
    }
    return worker;
}

std::expected<void, Error> Worker::start() {
    if (is_started_) {
        return std::unexpected(Error{Status::state, "the loop was started before", {}});
    }
    is_started_ = true;
    is_stopped_ = true;  // until all has begun
    for (const Callback<Lifecycle>& callback : app_.starts()) {
        const Status status = callback.function(this, callback.user_data);
        if (status != Status::ok) {
            return std::unexpected(
                Error{status, "a start function failed", std::string(name(status))});
        }
    }
    is_stopped_ = false;
    if (listener_.is_open() && state_ == WorkerState::serving) {
        const int error = accept_connections();
        if (error != 0) {
            return std::unexpected(
                system_error(Status::system, "cannot accept", std::strerror(error)));
        }
        if (control_.has_value()) {
            control_->send_ready(std::string(loop_->name()) + " (" + engine_reason_ + ")",
                                 is_secured());
        }
    }
    if (is_drain_held_) {
        app_.drain_all(false);
    }
    return {};
}

void Worker::stop() noexcept {
    if (!is_started_ || is_stopped_) {
        return;
    }
    is_stopped_ = true;
    const std::span<const Callback<Lifecycle>> stops = app_.stops();
    for (std::size_t left = stops.size(); left > 0; --left) {
        stops[left - 1].function(this, stops[left - 1].user_data);
    }
}

bool Worker::has_work() noexcept {
    return !events_.empty() || server_.has_pending() || !posts_.empty() || fan_out_.has_news() ||
           loop_->owes_calls() || is_injection_due() ||
           drain_requests_.load(std::memory_order_relaxed) != drains_done_ ||
           (state_ == WorkerState::draining && is_drained());
}

std::int64_t Worker::next_ns() noexcept {
    std::uint64_t next = server_.next_deadline_ms();
    if (!timers_.empty()) {
        loop_->update_clock();
        next = timers_.next_ms() < next ? timers_.next_ms() : next;
    }
    if (state_ == WorkerState::draining && drain_end_ms_ < next) {
        next = drain_end_ms_;
    }
    if (state_ == WorkerState::draining && has_listeners() && handshakes_end_ms_ < next) {
        next = handshakes_end_ms_;
    }
    std::uint64_t next_ns = next == io::Deadline::kNone ? io::Deadline::kNone : next * kNsPerMs;
    if (loop_->accept_retry_at_ns() != 0 && loop_->accept_retry_at_ns() < next_ns) {
        next_ns = loop_->accept_retry_at_ns();
    }
    if (next_ns == io::Deadline::kNone) {
        return -1;
    }
    const std::uint64_t now_ns = loop_->clock().now_ns();
    return next_ns > now_ns ? static_cast<std::int64_t>(next_ns - now_ns) : 0;
}

Status Worker::wait(std::int64_t timeout_ms) noexcept {
    return is_in_turn_ ? Status::state : wait_now(timeout_ms);
}

Status Worker::wait_now(std::int64_t timeout_ms) noexcept {
    if (!std::exchange(is_lateness_known_, false)) {
        loop_->set_late(!is_polled_ && loop_->clock().is_stale());
    }
    if (!posts_.empty()) {
        take_posts();
    }
    server_.flush_output();
    std::int64_t timeout_ns =
        timeout_ms < 0 || timeout_ms > INT64_MAX / static_cast<std::int64_t>(kNsPerMs)
            ? -1
            : timeout_ms * static_cast<std::int64_t>(kNsPerMs);
    if (timeout_ns != 0) {
        const std::int64_t next = next_ns();
        timeout_ns = next >= 0 && (timeout_ns < 0 || next < timeout_ns) ? next : timeout_ns;
    }
    is_sleeping_.store(true, std::memory_order_seq_cst);
    if (has_work()) {
        timeout_ns = 0;
    }
    const int error = loop_->wait(timeout_ns);
    is_sleeping_.store(false, std::memory_order_relaxed);
    has_waited_ = true;
    return error == 0 ? Status::ok : Status::system;
}

Status Worker::turn(std::int64_t timeout_ms, Event* events, std::size_t capacity,
                    std::size_t& count) noexcept {
    count = 0;
    if (is_in_turn_) {
        return Status::state;
    }
    if (capacity > 0 && !events_.empty()) {
        // What did not fit comes first and alone: a descriptor that stays ready would fill the
        // queue for ever. Those that came before it may have taken long.
        loop_->set_late(loop_->clock().is_stale());
        count = hand_out(events, capacity);
        return Status::ok;
    }
    is_in_turn_ = true;
    Status status = Status::ok;
    if (!has_waited_ || timeout_ms != 0) {
        status = wait_now(timeout_ms);
    }
    has_waited_ = false;
    if (is_injection_due()) {
        take_injected();
    }
    update_certificates();
    loop_->dispatch();
    if (certificates_ != nullptr) {
        // After the dispatch, which takes in the wake-up of those that were made.
        server_.collect_handshakes();
    }
    if (server_.has_pending()) {
        server_.resume_pending();
    }
    const std::uint64_t now = loop_->clock().now_ms();
    if (!timers_.empty() && timers_.next_ms() <= now) {
        timers_.run(now);
    }
    if (server_.next_deadline_ms() <= now) {
        server_.run_deadlines();
    }
    if (!posts_.empty()) {
        take_posts();
    }
    if (fan_out_.has_news()) {
        fan_out_.run();
    }
    files_.collect();
    if (state_ != WorkerState::serving ||
        drain_requests_.load(std::memory_order_relaxed) != drains_done_) {
        advance_drain();
    }
    server_.flush_output();
    is_in_turn_ = false;
    if (!events_.empty()) {
        if (capacity > 0) {
            count = hand_out(events, capacity);
        } else {
            refuse_undelivered();
        }
    }
    return status;
}

void Worker::update_certificates() noexcept {
    if (certificates_ == nullptr) {
        return;
    }
    const std::uint32_t version = certificates_->version();
    if (version != certificates_version_) {
        server_.set_tls(certificates_->context());
        certificates_version_ = version;
    }
}

void Worker::on_control_ticket_keys(const tls::TicketKeys::State& state) noexcept {
    if (certificates_ != nullptr && !certificates_->adopt_ticket_keys(state)) {
        app_.log().write(LogLevel::warn,
                         "session tickets are of this worker alone: the supervisor's keys are of "
                         "another time");
    }
}

Status Worker::flush() noexcept {
    // Not while a handler or hook runs, whose request a post could end under it.
    if (!posts_.empty() && !is_in_turn_ && !is_in_hook_) {
        take_posts();
    }
    server_.flush_output();
    // Whoever polls comes back when there is work, which may be long after.
    loop_->set_late(loop_->clock().is_stale());
    is_lateness_known_ = true;
    const int error = loop_->flush();
    if (has_work()) {
        loop_->wake();
    }
    return error == 0 ? Status::ok : Status::system;
}

Status Worker::run() noexcept {
    while (state_ != WorkerState::drained) {
        std::size_t count = 0;
        const Status status = turn(-1, nullptr, 0, count);
        if (status != Status::ok) {
            return status;
        }
    }
    return Status::ok;
}

std::int64_t Worker::deadline_ms() noexcept {
    if (has_work()) {
        return 0;
    }
    loop_->update_clock();
    const std::int64_t ns = next_ns();
    return ns < 0 ? -1
                  : (ns + static_cast<std::int64_t>(kNsPerMs) - 1) /
                        static_cast<std::int64_t>(kNsPerMs);
}

int Worker::pollable_fd() noexcept {
    is_polled_ = true;
    return loop_->pollable_fd();
}

void Worker::on_request(http::Exchange& exchange) noexcept {
    const Route& route = app_.route(exchange.route);
    exchange.has_after_hooks = !route.after.empty();
    if (!route.before.empty() && !run_before_hooks(route, exchange)) {
        return;
    }
    if (route.body_schema != nullptr &&
        !body_check_.passes(server_, exchange, *route.body_schema)) {
        return;
    }
    if (route.mount != nullptr && !route.is_delivered) {
        files_.serve(exchange, *route.mount);
        return;
    }
    if (route.handler != nullptr) {
        route.handler(handle_of(exchange), &exchange.view, route.user_data);
        return;
    }
    Event event;
    event.kind = static_cast<std::uint32_t>(EventKind::request);
    event.request = handle_of(exchange);
    event.view = &exchange.view;
    event.user_data = route.user_data;
    exchange.is_event = true;
    if (!exchange.detach() || !events_.push(event)) {
        server_.reply_problem(exchange, 503, "out of memory");
    }
}

RequestHandle Worker::handle_of(const http::Exchange& exchange) const noexcept {
    return make_handle(membership_.index, exchange.slot, exchange.generation);
}

bool Worker::run_before_hooks(const Route& route, http::Exchange& exchange) noexcept {
    const std::uint32_t slot = exchange.slot;
    const std::uint32_t generation = exchange.generation;
    const RequestHandle handle = handle_of(exchange);
    for (const Callback<Before>& hook : route.before) {
        const bool goes_on = hook.function(handle, &exchange.view, hook.user_data) == kHookContinue;
        // A hook that has answered stops the chain whatever it gives.
        if (server_.find(slot, generation) == nullptr || !goes_on) {
            return false;
        }
    }
    return true;
}

void Worker::on_reply(http::Exchange& exchange, http::Reply& reply) noexcept {
    ReplyView view;
    view.status = reply.status;
    view.content = static_cast<std::uint32_t>(reply.content);
    view.headers = reply.fields.data();
    view.header_count = reply.fields.size();
    view.body = reply.body;
    const RequestHandle handle = handle_of(exchange);
    const bool was_in_hook = std::exchange(is_in_hook_, true);
    for (const Callback<After>& hook : app_.route(exchange.route).after) {
        hook.function(handle, &exchange.view, &view, hook.user_data);
    }
    is_in_hook_ = was_in_hook;
    reply = {.status = view.status,
             .content = static_cast<http::Content>(view.content),
             .fields = {view.headers, view.header_count},
             .body = view.body};
}

void Worker::on_error(http::Exchange& exchange, std::uint32_t status,
                      std::string_view detail) noexcept {
    const Callback<ErrorHandler>& handler = app_.error_handler();
    const bool was_in_hook = std::exchange(is_in_hook_, true);
    handler.function(handle_of(exchange), &exchange.view, status, detail, handler.user_data);
    is_in_hook_ = was_in_hook;
}

void Worker::on_ready(int fd, std::uint32_t ready) noexcept {
    if (control_.has_value() && control_->handle_ready(fd)) {
        return;
    }
    // In a drain every listener that is left is watched.
    const bool is_watched = is_shared_ || state_ == WorkerState::draining;
    if (is_watched && fd == listener_.get()) {
        accept_shared(fd, server_.listening());
        return;
    }
    if (others_.holds(fd)) {
        accept_shared(fd, others_.listening_of(fd));
        return;
    }
    Event event;
    event.kind = static_cast<std::uint32_t>(EventKind::watch);
    event.fd = fd;
    event.ready = ready;
    events_.push(event);
}

// The driver gave no room for events: what it cannot see must not wait for ever.
void Worker::refuse_undelivered() noexcept {
    Event event;
    while (events_.pop(&event, 1) == 1) {
        switch (static_cast<EventKind>(event.kind)) {
            case EventKind::request:
            case EventKind::readable:
            case EventKind::writable:
            case EventKind::content:
            case EventKind::form:
                refuse(event);
                break;
            default:
                break;
        }
    }
}

void Worker::refuse(const Event& event) noexcept {
    HandleParts parts{};
    if (split_handle(event.request, parts)) {
        http::Exchange* exchange = server_.find(parts.slot, parts.generation);
        if (exchange != nullptr) {
            server_.reply_fail(*exchange,
                               "the route has no handler and the program takes no events");
        }
    }
}

io::Timers::Timer* Worker::start_timer(std::uint64_t delay_ms, io::Timers::Callback callback,
                                       void* user_data, io::Timers::Callback drop) noexcept {
    loop_->update_clock();
    return timers_.start(loop_->clock().now_ms() + delay_ms, callback, user_data, drop);
}

Status Worker::post(const void* records, std::size_t size) noexcept {
    const Status status = posts_.push(records, size);
    if (status != Status::ok) {
        return status;
    }
    wake_for_news();
    return Status::ok;
}

Status Worker::inject(Fd& client) noexcept {
    const Status status = injection_->connect(client);
    if (status == Status::ok) {
        loop_->wake();
    }
    return status;
}

Status Worker::advance(std::uint64_t milliseconds) noexcept {
    const Status status = injection_->advance(milliseconds);
    loop_->wake();
    return status;
}

// First the time: what comes after it was asked for finds it gone on.
void Worker::take_injected() noexcept {
    injection_->apply(loop_->clock());
    injection_->accept(server_);
}

// The owner looks for news before it sleeps; another thread wakes a loop that sleeps or is polled.
void Worker::wake_for_news() noexcept {
    if (is_sleeping_.load(std::memory_order_seq_cst) || (is_polled_ && !is_owner())) {
        loop_->wake();
    }
}

void Worker::write_banner(std::string_view version, std::string_view runtime,
                          std::uint32_t threads) {
    if (control_.has_value()) {
        control_->set_runtime(version, runtime);  // the supervisor has one for all
        return;
    }
    if (!app_.log().is_on(LogLevel::info)) {
        return;
    }
    const std::string engine = std::string(loop_->name()) + " (" + engine_reason_ + ")";
    app_.log().write_raw(format_banner({.version = version,
                                        .runtime = runtime,
                                        .host = config_.is_bound ? config_.host : "",
                                        .port = port_,
                                        .is_secured = is_secured(),
                                        .is_activated = is_activated_,
                                        .threads = threads,
                                        .engine = engine}));
}

}  // namespace trivet::app
