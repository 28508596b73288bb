#include "app/worker.h"

#include <cerrno>
#include <cstring>

#include "app/loop_directory.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr int kClosingTurnsMax = 1000;
constexpr unsigned kIdShift = 48;  // request ids: loop above, count below
constexpr std::uint32_t kFieldsMax = http::kReplyFieldsMax;

// A length and its bytes; moves past them.
Str take_packed(const char*& at) {
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    const Str text(at + sizeof size, size);
    at += sizeof size + size;
    return text;
}

Error system_error(Status status, std::string message, std::string detail) {
    return {status, std::move(message), std::move(detail)};
}

}  // namespace

Worker::Worker(App& app, const WorkerConfig& config, std::unique_ptr<Memory> memory,
               std::unique_ptr<io::Loop> loop, std::string engine_reason) noexcept
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
      server_(*loop_, *memory_, app.config().limits, app.router(), app.log(), *this,
              membership_.first_generation, (std::uint64_t{membership_.index} << kIdShift) + 1) {}

Worker::~Worker() {
    // A forked child shares the kernel's side of all this with its parent, whose it stays.
    if (::getpid() == process_) {
        close_all();
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
    io::Engine engine{};
    if (!engine_from_environment(app.config().engine, engine)) {
        return std::unexpected(
            Error{Status::argument, "TRIVET_ENGINE is none of auto, uring, epoll", {}});
    }
    app.freeze();
    auto memory = std::make_unique<Memory>();
    io::EngineChoice choice = io::make_loop(engine, *memory, app.config().loop);
    if (choice.loop == nullptr) {
        return std::unexpected(
            system_error(engine == io::Engine::uring ? Status::engine : Status::system,
                         "the engine cannot start", std::move(choice.reason)));
    }
    std::unique_ptr<Worker> worker(new Worker(app, config, std::move(memory),
                                              std::move(choice.loop), std::move(choice.reason)));
    if (worker->membership_.index >= kLoopsMax) {
        return std::unexpected(Error{Status::limit, "too many loops in this process",
                                     "at most " + std::to_string(kLoopsMax)});
    }
    if (config.is_bound) {
        if (auto bound = worker->bind(); !bound) {
            return std::unexpected(bound.error());
        }
    }
    return worker;
}

std::expected<void, Error> Worker::bind() {
    const std::string place = config_.host + ":" + std::to_string(config_.port);
    io::Listener listener = config_.listen_fd >= 0
                                ? io::adopt_listener(config_.listen_fd)
                                : io::listen_tcp({config_.host, config_.port, app_.config().backlog,
                                                  config_.reuses_port});
    if (!listener.fd.is_open()) {
        const Status status = listener.error == EADDRINUSE ? Status::address_in_use
                              : listener.error == EADDRNOTAVAIL || listener.error == EINVAL ||
                                      listener.error == EACCES || listener.error == EAFNOSUPPORT
                                  ? Status::address
                                  : Status::system;
        const std::string message = status == Status::address_in_use
                                        ? "the address " + place + " is already in use"
                                        : "cannot listen on " + place;
        return std::unexpected(system_error(status, message, std::move(listener.detail)));
    }
    listener_ = std::move(listener.fd);
    port_ = listener.port;
    const int error = server_.listen(listener_.get());
    if (error != 0) {
        return std::unexpected(
            system_error(Status::system, "cannot accept on " + place, std::strerror(error)));
    }
    return {};
}

bool Worker::has_work() noexcept {
    return !events_.empty() || server_.has_pending() || !posts_.empty() || loop_->owes_calls() ||
           drain_requests_.load(std::memory_order_relaxed) != drains_done_ ||
           (state_ == WorkerState::draining && server_.is_empty());
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
        // queue for ever.
        count = events_.pop(events, capacity);
        return Status::ok;
    }
    is_in_turn_ = true;
    Status status = Status::ok;
    if (!has_waited_ || timeout_ms != 0) {
        status = wait_now(timeout_ms);
    }
    has_waited_ = false;
    loop_->dispatch();
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
    if (state_ != WorkerState::serving ||
        drain_requests_.load(std::memory_order_relaxed) != drains_done_) {
        advance_drain();
    }
    server_.flush_output();
    is_in_turn_ = false;
    if (capacity > 0) {
        count = events_.pop(events, capacity);
    } else if (!events_.empty()) {
        refuse_undelivered();
    }
    return status;
}

Status Worker::flush() noexcept {
    if (!posts_.empty()) {
        take_posts();
    }
    server_.flush_output();
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

void Worker::request_drain() noexcept {
    drain_requests_.fetch_add(1, std::memory_order_seq_cst);
    loop_->wake();
}

void Worker::advance_drain() noexcept {
    const std::uint32_t requests = drain_requests_.load(std::memory_order_seq_cst);
    if (state_ == WorkerState::serving && requests > 0) {
        state_ = WorkerState::draining;
        drain_end_ms_ = loop_->clock().now_ms() + app_.config().limits.shutdown_timeout_ms;
        server_.drain();
        listener_.reset(-1);
        app_.log().write(LogLevel::info,
                         "draining: no new connections, finishing what is in flight");
    }
    if (state_ == WorkerState::draining) {
        if (requests > 1 || is_forced_ || loop_->clock().now_ms() >= drain_end_ms_) {
            if (!is_forced_ && !server_.is_empty()) {
                app_.log().write(LogLevel::warn,
                                 requests > 1
                                     ? "drain forced: closing all connections"
                                     : "shutdown_timeout_ms is over: closing all connections");
            }
            server_.abort();
            is_forced_ = true;
            drain_end_ms_ = io::Deadline::kNone;
        }
        if (server_.is_empty()) {
            state_ = WorkerState::drained;
            Event event;
            event.kind = static_cast<std::uint32_t>(EventKind::drained);
            events_.push(event);
            loop_->flush();  // the last closings; nobody need turn again
            app_.log().write(LogLevel::info, "drained");
        }
    }
    drains_done_ = requests;
}

void Worker::on_request(http::Exchange& exchange) noexcept {
    const Route& route = app_.route(exchange.route);
    const std::uint64_t handle = make_handle(membership_.index, exchange.slot, exchange.generation);
    if (route.handler != nullptr) {
        route.handler(handle, &exchange.view, route.user_data);
        return;
    }
    Event event;
    event.kind = static_cast<std::uint32_t>(EventKind::request);
    event.request = handle;
    event.view = &exchange.view;
    event.user_data = route.user_data;
    exchange.is_event = true;
    if (!exchange.detach() || !events_.push(event)) {
        server_.reply_problem(exchange, 503, "out of memory");
    }
}

void Worker::on_gone(http::Exchange& exchange) noexcept {
    Event event;
    event.kind = static_cast<std::uint32_t>(EventKind::gone);
    event.request = make_handle(membership_.index, exchange.slot, exchange.generation);
    event.user_data = app_.route(exchange.route).user_data;
    events_.push(event);
}

void Worker::on_ready(int fd, std::uint32_t ready) noexcept {
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
        if (event.kind == static_cast<std::uint32_t>(EventKind::request)) {
            refuse(event);
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
    // The owner takes its posts before it sleeps; another thread wakes a loop that sleeps or is
    // polled.
    if (is_sleeping_.load(std::memory_order_seq_cst) || (is_polled_ && !is_owner())) {
        loop_->wake();
    }
    return Status::ok;
}

void Worker::take_posts() noexcept {
    for (PostQueue::Batch* batch = posts_.take_all(); batch != nullptr;) {
        const char* at = batch->records();
        std::size_t left = batch->size;
        while (left > 0) {
            ReplyRecord record;
            std::memcpy(&record, at, sizeof record);
            answer(record, at + sizeof record);
            const std::size_t taken = record_size(record, left);
            at += taken;
            left -= taken;
        }
        PostQueue::Batch* next = batch->next;
        PostQueue::release(batch);
        batch = next;
    }
}

void Worker::answer(const ReplyRecord& record, const char* bytes) noexcept {
    HandleParts parts{};
    http::Exchange* exchange = nullptr;
    if (split_handle(record.request, parts) && parts.loop == membership_.index) {
        exchange = server_.find(parts.slot, parts.generation);
    }
    if (exchange == nullptr) {
        ++stale_total_;
        return;
    }
    const std::string_view body(bytes + record.headers_bytes, record.body_bytes);
    if (record.status == 0) {
        const char* field = bytes;
        Str detail;
        if (record.header_count > 0) {
            take_packed(field);
            detail = take_packed(field);
        }
        server_.reply_fail(*exchange, body, detail);
        return;
    }
    auto* fields = record.header_count > kFieldsMax
                       ? nullptr
                       : exchange->arena.allocate_array<http1::HeaderView>(record.header_count);
    if (fields == nullptr) {
        server_.reply_fail(*exchange, "too many header fields in the answer");
        return;
    }
    const char* at = bytes;
    for (std::uint32_t index = 0; index < record.header_count; ++index) {
        const Str name = take_packed(at);
        const Str value = take_packed(at);
        fields[index] = {name, value};
    }
    const Status status =
        server_.reply(*exchange, {.status = record.status,
                                  .content = static_cast<http::Content>(record.content),
                                  .fields = {fields, record.header_count},
                                  .body = body});
    if (status == Status::header || status == Status::argument) {
        server_.reply_fail(*exchange, name(status));
    }
}

void Worker::write_banner(std::string_view version, std::string_view runtime) {
    if (!app_.log().is_on(LogLevel::info)) {
        return;
    }
    std::string text = "trivet ";
    text += version;
    if (!runtime.empty()) {
        text += " \xC2\xB7 ";
        text += runtime;
    }
    if (config_.is_bound) {
        const bool is_v6 =
            config_.host.find(':') != std::string::npos && config_.host.front() != '[';
        text += " \xC2\xB7 http://" + (is_v6 ? "[" + config_.host + "]" : config_.host) + ":" +
                std::to_string(port_);
    }
    text += " \xC2\xB7 " + std::string(loop_->name()) + " (" + engine_reason_ + ")\n";
    app_.log().write_raw(text);
}

}  // namespace trivet::app
