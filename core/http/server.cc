#include "http/server.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>

#include "http/problem.h"

namespace trivet::http {

Server::Server(io::Loop& loop, Memory& memory, const Limits& limits, const route::Router& router,
               Log& log, Dispatcher& dispatcher, Interests interests,
               std::uint32_t first_generation, std::uint64_t first_id) noexcept
    : loop_(loop),
      memory_(memory),
      limits_(limits),
      router_(router),
      scratch_(router, memory),
      log_(log),
      dispatcher_(dispatcher),
      interests_(interests),
      pool_(memory),
      exchanges_(memory, first_generation),
      deadlines_(loop.clock().now_ms()),
      next_id_(first_id) {}

Server::~Server() {
    // The loop has gone or goes without telling, so the connections end here.
    while (Connection* connection = all_.pop_front()) {
        connection->~Connection();
        memory_.release(connection, sizeof(Connection));
    }
}

int Server::listen(int fd) noexcept {
    listener_ = fd;
    return loop_.listen(fd, *this);
}

void Server::drain() noexcept {
    if (is_draining_) {
        return;
    }
    is_draining_ = true;
    if (listener_ >= 0) {
        listener_ = -1;
        loop_.stop_listening();
    }
    for_each_connection([](Connection& connection) { connection.drain(); });
}

void Server::abort() noexcept {
    for_each_connection([](Connection& connection) { connection.abort("the drain was forced"); });
}

void Server::on_accept(int fd) noexcept {
    void* room = nullptr;
    if (stats_.connections < limits_.connections_max) {
        room = memory_.allocate(sizeof(Connection));
    }
    if (room == nullptr) {
        loop_.discard(fd);
        ++stats_.connections_refused_total;
        return;
    }
    auto* connection = new (room) Connection(*this, pool_);
    ++stats_.connections;
    ++stats_.connections_total;
    all_.push_back(*connection);
    if (connection->open(fd) != 0) {
        loop_.discard(fd);
        ++stats_.connections_refused_total;
        forget(*connection);
        return;
    }
    if (is_draining_) {
        connection->drain();
    }
}

void Server::on_accept_error(int error) noexcept {
    const std::int64_t second = loop_.clock().wall_seconds();
    if (second != accept_error_second_) {
        accept_error_second_ = second;
        char line[128];
        std::snprintf(line, sizeof line, "accept failed, trying again: %s", std::strerror(error));
        log_.write(LogLevel::warn, line);
    }
}

void Server::forget(Connection& connection) noexcept {
    connection.~Connection();
    memory_.release(&connection, sizeof(Connection));
    --stats_.connections;
}

Exchange* Server::take_exchange() noexcept {
    Exchange* exchange = exchanges_.take(pool_);
    if (exchange != nullptr) {
        exchange->view.id = next_id_++;
    }
    return exchange;
}

void Server::give_back(Exchange& exchange) noexcept {
    exchange.end();
    exchanges_.give_back(exchange);
}

Status Server::reply(Exchange& exchange, const Reply& reply) noexcept {
    if (exchange.is_in_after_hooks) {
        return Status::state;
    }
    const Status checked = check_reply(reply);
    if (checked != Status::ok) {
        return checked;
    }
    if (exchange.connection == nullptr) {
        give_back(exchange);
        return Status::gone;
    }
    if (!exchange.has_after_hooks) {
        return exchange.connection->reply(exchange, reply);
    }
    Reply changed = reply;
    if (run_after_hooks(exchange, changed) != Status::ok) {
        return reply_fail(exchange, "an after hook left an answer that must not be sent");
    }
    return exchange.connection->reply(exchange, changed);
}

Status Server::run_after_hooks(Exchange& exchange, Reply& reply) noexcept {
    exchange.has_after_hooks = false;
    exchange.is_in_after_hooks = true;
    dispatcher_.on_reply(exchange, reply);
    exchange.is_in_after_hooks = false;
    return check_reply(reply) == Status::ok ? Status::ok : Status::state;
}

Status Server::reply_problem(Exchange& exchange, std::uint32_t status,
                             std::string_view detail) noexcept {
    if (status < 400 || status > 599) {
        return Status::argument;
    }
    if (exchange.is_in_after_hooks) {
        return Status::state;
    }
    if (interests_.maps_errors && !exchange.is_error_handled && exchange.connection != nullptr) {
        exchange.is_error_handled = true;
        const std::uint32_t slot = exchange.slot;
        const std::uint32_t generation = exchange.generation;
        dispatcher_.on_error(exchange, status, detail);
        if (find(slot, generation) == nullptr) {
            return Status::ok;
        }
    }
    Buffer body(pool_);
    if (!append_problem(body, status, detail)) {
        return abandon(exchange);
    }
    return reply(
        exchange,
        {.status = status, .content = Content::problem, .fields = {}, .body = body.view()});
}

Status Server::abandon(Exchange& exchange) noexcept {
    if (exchange.connection != nullptr) {
        exchange.is_delivered = false;  // so that the connection does not keep it for an answer
        exchange.connection->abort("out of memory");
    } else {
        give_back(exchange);
    }
    return Status::memory;
}

Status Server::reply_redirect(Exchange& exchange, std::uint32_t status,
                              std::string_view location) noexcept {
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        return Status::argument;
    }
    const http1::HeaderView field{"Location", location};
    return reply(exchange,
                 {.status = status, .content = Content::none, .fields = {&field, 1}, .body = {}});
}

Status Server::reply_fail(Exchange& exchange, std::string_view cause,
                          std::string_view detail) noexcept {
    if (exchange.is_in_after_hooks) {
        return Status::state;
    }
    ++stats_.handler_failures_total;
    if (log_.is_on(LogLevel::error)) {
        log_failure(exchange, cause);
    }
    return reply_problem(exchange, 500, detail);
}

void Server::log_failure(const Exchange& exchange, std::string_view cause) noexcept {
    char line[Log::kLineBytesMax];
    const RequestView& view = exchange.view;
    const auto cut = [](std::string_view text, std::size_t limit) {
        return static_cast<int>(std::min(text.size(), limit));
    };
    const int size = std::snprintf(line, sizeof line, "request %llu %.*s %.*s failed: %.*s",
                                   static_cast<unsigned long long>(view.id), cut(view.method, 64),
                                   view.method.data, cut(view.path, 512), view.path.data,
                                   cut(cause, 3072), cause.data());
    const std::size_t length = static_cast<std::size_t>(size > 0 ? size : 0);
    log_.write(LogLevel::error, {line, std::min(length, sizeof line - 1)});
}

void Server::resume_pending() noexcept {
    List<Connection, ResumeTag> ready;
    ready.splice(resuming_);
    while (Connection* connection = ready.pop_front()) {
        connection->resume();
    }
}

void Server::flush_output() noexcept {
    while (Connection* connection = dirty_.pop_front()) {
        connection->flush();
    }
}

void Server::run_deadlines() noexcept {
    deadlines_.run(loop_.clock().now_ms(),
                   [](io::Deadline& item) { static_cast<Connection&>(item).on_deadline(); });
}

std::string_view Server::date() noexcept {
    const std::int64_t second = loop_.clock().wall_seconds();
    if (second != date_second_) {
        date_second_ = second;
        http1::format_imf_fixdate(static_cast<std::time_t>(second), date_);
    }
    return {date_, sizeof date_};
}

}  // namespace trivet::http
