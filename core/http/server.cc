#include "http/server.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include "http/form.h"
#include "http/problem.h"
#include "proto/http1/chunked.h"

namespace trivet::http {
namespace {

// What a handler that failed is answered with, and why.
struct Blame {
    std::uint16_t status = 500;
    bool is_of_client = false;
    std::string_view detail;
};

Blame blame_of(const Exchange& exchange) noexcept {
    const ContentFailure failure =
        exchange.content == nullptr ? ContentFailure::none : exchange.content->failure();
    const Form* const form = exchange.form();
    if (form == nullptr || form->is_reading() || form->fault().status == Status::ok) {
        return {status_of_failure(failure), http::is_of_client(failure), {}};
    }
    const FormFault& fault = form->fault();
    return {fault.answer, fault.answer < 500 || fault.status == Status::gone, fault.detail};
}

std::uint64_t random_seed() noexcept {
    std::uint64_t seed = 0;
    if (::getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        seed =
            static_cast<std::uint64_t>(now.tv_nsec) << 32 ^ static_cast<std::uint64_t>(now.tv_sec);
    }
    return seed;
}

}  // namespace

Server::Server(io::Loop& loop, Memory& memory, const Limits& limits, const route::Router& router,
               Log& log, Dispatcher& dispatcher, Interests interests,
               std::uint32_t first_generation, std::uint64_t first_id, RouteRules rules) noexcept
    : loop_(loop),
      memory_(memory),
      limits_(limits),
      common_limits_(common_limits(limits)),
      rules_(rules),
      router_(router),
      scratch_(router, memory),
      log_(log),
      dispatcher_(dispatcher),
      interests_(interests),
      pool_(memory),
      tls_(loop, pool_),
      encoders_(memory),
      exchanges_(memory, first_generation),
      deadlines_(loop.clock().now_ms()),
      addresses_(memory, random_seed()),
      gates_(memory, rules.gates),
      next_id_(first_id) {}

Server::~Server() {
    // The loop has gone or goes without telling, so the connections end here.
    tls_.stop();
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

void Server::accept(int fd, Listening listening) noexcept {
    void* room = nullptr;
    if (stats_.connections < limits_.connections_max) {
        room = memory_.allocate(sizeof(Connection));
    }
    if (room == nullptr) {
        loop_.discard(fd);
        count_refusal("as many as may be are open, or memory is out");
        return;
    }
    auto* connection = new (room) Connection(*this, pool_);
    ++stats_.connections;
    ++stats_.connections_total;
    all_.push_back(*connection);
    const io::Peer peer = loop_.peer(fd);
    const char* refusal = nullptr;
    if (listening.is_proxied) {
        // The clients of a proxy are counted each by the address that the proxy tells.
        refusal = trust_ != nullptr && trust_->holds(peer) ? nullptr : kNoProxy;
    } else if (!count_address(*connection, peer.subscriber())) {
        refusal = kTooManyOfOne;
    }
    if (refusal == nullptr && connection->open(fd, peer, listening) != 0) {
        refusal = kTooManyOfOne;
    }
    if (refusal != nullptr) {
        loop_.discard(fd);
        count_refusal(refusal);
        forget(*connection);
        return;
    }
    if (is_draining_) {
        connection->drain();
    }
}

void Server::count_refusal(const char* reason) noexcept {
    ++stats_.connections_refused_total;
    if (is_new_second(refusal_second_)) {
        char line[160];
        std::snprintf(line, sizeof line, "connection refused: %s", reason);
        log_.write(LogLevel::warn, line);
    }
}

// What may go wrong many times a second is logged once.
bool Server::is_new_second(std::int64_t& last) noexcept {
    const std::int64_t second = loop_.clock().wall_seconds();
    return std::exchange(last, second) != second;
}

void Server::on_accept_error(int error) noexcept {
    if (is_new_second(accept_error_second_)) {
        char line[128];
        std::snprintf(line, sizeof line, "accept failed, trying again: %s", std::strerror(error));
        log_.write(LogLevel::warn, line);
    }
}

bool Server::count_address(Connection& connection, const io::PeerAddress& peer) noexcept {
    if (limits_.connections_per_address_max == 0) {
        return true;
    }
    const bool is_default = limits_.connections_per_address_max == kConnectionsPerAddressMax;
    if (!peer.is_known() || (is_default && peer.is_loopback())) {
        return true;
    }
    connection.address = addresses_.enter(peer);
    return connection.address != nullptr &&
           connection.address->count <= limits_.connections_per_address_max;
}

void Server::forget(Connection& connection) noexcept {
    if (connection.address != nullptr) {
        addresses_.leave(*connection.address);
    }
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

void Server::count_delivery(Exchange& exchange) noexcept {
    delivered_ += exchange.is_delivered ? 0 : 1;
    exchange.is_delivered = true;
}

bool Server::drop_if_left(Exchange& exchange) noexcept {
    if (exchange.connection != nullptr) {
        return loop_.is_late() && exchange.connection->drop_if_left();
    }
    ++stats_.requests_dropped_total;
    give_back(exchange);
    return true;
}

void Server::give_back(Exchange& exchange) noexcept {
    if (exchange.is_kept) {
        exchange.connection = nullptr;
        return;
    }
    delivered_ -= exchange.is_delivered ? 1 : 0;
    if (exchange.answer.encoder != nullptr) {
        encoders_.give_back(*std::exchange(exchange.answer.encoder, nullptr));
    }
    if (exchange.gate != 0) {
        gates_.leave(std::exchange(exchange.gate, 0u));
    }
    exchange.end();
    exchanges_.give_back(exchange);
}

Status Server::reply(Exchange& exchange, const Reply& reply) noexcept {
    if (exchange.is_in_after_hooks || exchange.answer.is_begun) {
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

Status Server::reply_problem(Exchange& exchange, std::uint32_t status, std::string_view detail,
                             std::string_view members) noexcept {
    if (status < 400 || status > 599) {
        return Status::argument;
    }
    if (exchange.is_in_after_hooks || exchange.answer.is_begun) {
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
    if (!append_problem(body, status, detail, members)) {
        return abandon(exchange);
    }
    return reply(
        exchange,
        {.status = status, .content = Content::problem, .fields = {}, .body = body.view()});
}

Status Server::abandon(Exchange& exchange) noexcept {
    if (exchange.connection != nullptr) {
        exchange.connection->abandon(exchange);
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
    const Blame blame = blame_of(exchange);
    if (!blame.is_of_client) {
        ++stats_.handler_failures_total;
        if (log_.is_on(LogLevel::error)) {
            log_failure(exchange, cause);
        }
    }
    if (exchange.answer.is_begun) {
        break_off(exchange);
        return Status::ok;
    }
    return reply_problem(exchange, blame.status, detail.empty() ? blame.detail : detail);
}

Status Server::begin(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept {
    if (exchange.is_in_after_hooks || exchange.answer.is_begun) {
        return Status::state;
    }
    const Status checked = reply.body.empty() ? check_reply(reply) : Status::argument;
    if (checked != Status::ok) {
        return checked;
    }
    if (exchange.connection == nullptr) {
        give_back(exchange);
        return Status::gone;
    }
    if (!exchange.has_after_hooks) {
        return exchange.connection->begin(exchange, reply, length);
    }
    Reply changed = reply;
    if (run_after_hooks(exchange, changed) != Status::ok || !changed.body.empty()) {
        reply_fail(exchange, "an after hook left an answer that must not be sent");
        return Status::gone;  // nothing can be written any more
    }
    return exchange.connection->begin(exchange, changed, length);
}

Status Server::write(Exchange& exchange, std::string_view bytes, bool& is_full) noexcept {
    is_full = false;
    if (!exchange.answer.is_begun) {
        return Status::state;
    }
    if (exchange.connection == nullptr) {
        give_back(exchange);
        return Status::gone;
    }
    return exchange.connection->write(exchange, {.bytes = bytes}, false, is_full);
}

Status Server::write(Exchange& exchange, const LentBytes& piece, bool& is_full) noexcept {
    is_full = false;
    if (!exchange.answer.is_begun || exchange.connection == nullptr) {
        const bool is_gone = exchange.answer.is_begun;
        if (is_gone) {
            give_back(exchange);
        }
        if (piece.release != nullptr) {
            piece.release(piece.user_data);
        }
        return is_gone ? Status::gone : Status::state;
    }
    return exchange.connection->write(exchange, piece, true, is_full);
}

Status Server::finish(Exchange& exchange, std::span<const http1::HeaderView> trailers) noexcept {
    if (!exchange.answer.is_begun) {
        return Status::state;
    }
    if (check_reply({.status = 200, .content = Content::none, .fields = trailers, .body = {}}) !=
            Status::ok ||
        std::any_of(trailers.begin(), trailers.end(), [](const http1::HeaderView& field) {
            return !http1::is_trailer_field_allowed(field.name);
        })) {
        return Status::header;
    }
    if (exchange.connection == nullptr) {
        give_back(exchange);
        return Status::gone;
    }
    return exchange.connection->finish(exchange, trailers);
}

void Server::break_off(Exchange& exchange) noexcept {
    if (exchange.connection == nullptr) {
        give_back(exchange);
    } else {
        exchange.connection->break_off(exchange);
    }
}

// Once: a closed side and a broken connection may be noticed one after the other.
void Server::tell_gone(Exchange& exchange) noexcept {
    if ((exchange.view.flags & kGone) != 0) {
        return;
    }
    exchange.mark_gone();
    const std::uint32_t slot = exchange.slot;
    const std::uint32_t generation = exchange.generation;
    dispatcher_.on_gone(exchange);
    if (find(slot, generation) == nullptr || exchange.content == nullptr) {
        return;
    }
    exchange.content->fail(ContentFailure::gone);
    tell_reader(exchange);
}

ContentRead Server::read(Exchange& exchange) noexcept {
    if (exchange.content == nullptr) {
        const bool is_first = !std::exchange(exchange.is_body_read, true);
        return {.bytes = is_first ? exchange.view.body : Str{}, .is_end = true};
    }
    return exchange.connection == nullptr ? exchange.content->read()
                                          : exchange.connection->read(exchange);
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

void Server::look_at_encoders() noexcept {
    const std::uint64_t failures = encoders_.failures_total();
    if (failures != encoder_failures_ && is_new_second(encoders_second_)) {
        char line[128];
        std::snprintf(line, sizeof line, "%llu answers are not compressed: memory is out",
                      static_cast<unsigned long long>(failures - encoder_failures_));
        log_.write(LogLevel::warn, line);
        encoder_failures_ = failures;
    }
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
        format_imf_fixdate(static_cast<std::time_t>(second), date_);
    }
    return {date_, sizeof date_};
}

}  // namespace trivet::http
