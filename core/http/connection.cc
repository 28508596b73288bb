#include "http/connection.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "http/problem.h"
#include "http/server.h"
#include "proto/http1/response.h"
#include "proto/url/percent.h"
#include "proto/url/target.h"

namespace trivet::http {
namespace {

constexpr const char* kNoMemory = "out of memory";

}  // namespace

Connection::Connection(Server& server, BlockPool& pool) noexcept
    : server_(server),
      input_(pool),
      output_(pool),
      sending_(pool),
      parser_(server.memory_, server.limits_.head) {}

Connection::~Connection() = default;

int Connection::open(int fd) noexcept {
    parser_.reset();
    enter(Phase::idle);
    return server_.loop_.open(stream_, fd, *this);
}

// How long the present phase may last; kNone when only the handler decides.
std::uint64_t Connection::phase_limit_ms() const noexcept {
    const Limits& limits = server_.limits_;
    switch (phase_) {
        case Phase::idle:
            return is_drained_ ? kDrainGraceMs : limits.idle_timeout_ms;
        case Phase::head:
            return limits.head_timeout_ms;
        case Phase::body:
            return limits.body_timeout_ms;
        case Phase::lingering:
            return kLingerMs;
        case Phase::handling:
        case Phase::closed:
            break;
    }
    return kNone;
}

void Connection::enter(Phase phase) noexcept {
    phase_ = phase;
    phase_since_ms_ = server_.loop_.clock().now_ms();
    const std::uint64_t limit = phase_limit_ms();
    if (limit != kNone) {
        check_later(phase_since_ms_ + limit);
    }
}

void Connection::check_later(std::uint64_t at_ms) noexcept {
    const std::uint64_t send_check = send_since_ms_ + server_.limits_.send_timeout_ms;
    server_.deadlines_.set(*this, stream_.is_sending && send_check < at_ms ? send_check : at_ms);
}

void Connection::on_data(std::string_view bytes) noexcept {
    if (phase_ == Phase::lingering || closes_after_send_) {
        lingered_ += bytes.size();
        if (lingered_ > kLingerBytesMax) {
            abort("too much came after the last answer");
        }
        return;
    }
    if (phase_ == Phase::closed) {
        return;
    }
    if (input_.empty() && !must_wait()) {
        const std::size_t consumed = consume(bytes);
        if (consumed < bytes.size() && !input_.append(bytes.substr(consumed))) {
            abort(kNoMemory);
        }
        return;
    }
    if (!input_.append(bytes)) {
        abort(kNoMemory);
        return;
    }
    if (!must_wait()) {
        consume_input();
    } else if (input_.size() > kPipelinedBytesMax && !stream_.is_paused) {
        server_.loop_.pause(stream_);
    }
}

bool Connection::must_wait() const noexcept { return phase_ == Phase::handling || is_output_full_; }

void Connection::consume_input() noexcept {
    const std::size_t consumed = consume(input_.view());
    input_.drop(consumed);
    if (is_ended_ && !must_wait() && phase_ != Phase::closed && !closes_after_send_) {
        closes_after_send_ = true;  // nothing can follow
        mark_dirty();
    }
    if (stream_.is_paused && phase_ != Phase::closed &&
        (input_.size() <= kPipelinedBytesMax || !must_wait())) {
        server_.loop_.resume(stream_);
    }
}

// Parses and delivers until the bytes are used up or a request must be waited for. Gives the number
// of bytes that are done with; the rest is to be kept and followed by what comes next.
std::size_t Connection::consume(std::string_view bytes) noexcept {
    std::size_t position = 0;
    is_consuming_ = true;
    while (phase_ != Phase::closed && phase_ != Phase::lingering && !closes_after_send_) {
        if (phase_ == Phase::body) {
            const http1::ParseResult result = parser_.feed_body(bytes.substr(position), *this);
            position += result.consumed;
            if (result.state == http1::ParseState::error) {
                if (is_memory_out_) {
                    refuse(503, kNoMemory);
                } else if (result.status == 413 && exchange_ != nullptr) {
                    refuse_unread(*exchange_, 413, result.reason);
                } else {
                    refuse(result.status, result.reason);
                }
                break;
            }
            if (result.state != http1::ParseState::complete) {
                enter(Phase::body);
                break;
            }
            finish_request();
            continue;
        }
        if (must_wait() || position + fed_ >= bytes.size()) {
            break;
        }
        const http1::ParseResult result = parser_.feed_head(bytes.substr(position + fed_));
        if (result.state == http1::ParseState::error) {
            refuse(result.status, result.reason);
            break;
        }
        if (result.state == http1::ParseState::need_more) {
            fed_ += result.consumed;
            if (!parser_.started()) {
                position += fed_;
                fed_ = 0;
            } else if (phase_ == Phase::idle) {
                enter(Phase::head);
            }
            break;
        }
        const std::size_t end = position + fed_ + result.consumed;
        fed_ = 0;
        on_head(bytes, end - parser_.head().head_size, end);
        position = end;
    }
    is_consuming_ = false;
    if (phase_ == Phase::closed || phase_ == Phase::lingering || closes_after_send_) {
        return bytes.size();
    }
    // Whoever still needs the head must not depend on these bytes any longer.
    if (exchange_ != nullptr && !exchange_->detach()) {
        Exchange& exchange = *exchange_;
        exchange_ = nullptr;
        server_.give_back(exchange);
        refuse(503, kNoMemory);
        return bytes.size();
    }
    return position;
}

void Connection::on_head(std::string_view bytes, std::size_t begin, std::size_t end) noexcept {
    const http1::RequestHead& head = parser_.head();
    Exchange* exchange = server_.take_exchange();
    if (exchange == nullptr || !exchange->begin(bytes.data() + begin, head)) {
        if (exchange != nullptr) {
            server_.give_back(*exchange);
        }
        refuse(503, kNoMemory);
        return;
    }
    exchange->connection = this;
    exchange_ = exchange;
    body_bytes_ = 0;
    const Status routed = route(*exchange);
    if (routed != Status::ok) {
        end_exchange();
        refuse(routed == Status::argument ? 400 : 503,
               routed == Status::argument ? "malformed request target" : kNoMemory);
        return;
    }
    if (!head.chunked && head.content_length == 0) {
        finish_request();
        return;
    }
    if (head.has_content_length && head.content_length > server_.limits_.body_bytes_max) {
        refuse_unread(*exchange, 413, "the content is longer than body_bytes_max");
        return;
    }
    const bool is_awaited = end == bytes.size();
    if (head.expects_continue && exchange->refusal != 0) {
        // The client waits for a word before it sends; the answer is no, and what it might still
        // send is not worth reading.
        refuse_unread(*exchange, exchange->refusal, {});
        return;
    }
    if (head.expects_continue && is_awaited && head.version == 11) {
        if (!output_.append(http1::kContinueResponse)) {
            abort(kNoMemory);
            return;
        }
        mark_dirty();
    }
    enter(Phase::body);
}

// Finds the route. A path without one is no failure: the refusal is answered once the content is
// read.
Status Connection::route(Exchange& exchange) noexcept {
    const auto target = url::parse_target(exchange.view.target, exchange.view.method);
    if (!target) {
        return Status::argument;
    }
    exchange.view.query = target->query;
    if (target->form == url::TargetForm::absolute) {
        exchange.replace_host(target->authority);
    }
    if (target->form == url::TargetForm::asterisk) {
        exchange.view.path = target->path;
        return match(exchange, {}, {}, false);
    }
    exchange.view.path = target->path;
    if (target->has_escapes) {
        const auto path = url::path_decode(target->path, exchange.arena);
        if (!path) {
            return path.error();
        }
        exchange.view.path = *path;
    }
    std::string_view host = target->authority;
    if (server_.router_.has_hosts() && host.empty()) {
        const http1::HeaderView* field = exchange.find_header("host");
        host = field != nullptr ? std::string_view(field->value) : std::string_view{};
    }
    return match(exchange, host, target->path, target->has_escapes);
}

// `path` is raw; empty for "OPTIONS *".
Status Connection::match(Exchange& exchange, std::string_view host, std::string_view path,
                         bool has_escapes) noexcept {
    route::Match& match = server_.match_;
    route::Outcome outcome = route::Outcome::options;
    if (path.empty()) {
        match.allow = server_.router_.allow_all();
    } else {
        outcome = server_.router_.match(exchange.view.method, host, path, has_escapes,
                                        server_.scratch_, match);
    }
    switch (outcome) {
        case route::Outcome::found:
            exchange.route = match.value;
            return exchange.take_params(match);
        case route::Outcome::malformed:
            return Status::argument;
        case route::Outcome::not_found:
            exchange.refusal = 404;
            return Status::ok;
        case route::Outcome::method_not_allowed:
        case route::Outcome::options:
            break;
    }
    const auto allow = exchange.arena.copy(match.allow);
    if (!allow) {
        return Status::memory;
    }
    exchange.allow = *allow;
    exchange.refusal = outcome == route::Outcome::options ? 204 : 405;
    return Status::ok;
}

bool Connection::on_body(std::string_view bytes) noexcept {
    body_bytes_ += bytes.size();
    if (body_bytes_ > server_.limits_.body_bytes_max) {
        return false;
    }
    if (exchange_->refusal != 0 && !server_.interests_.takes_refusals) {
        return true;
    }
    const http1::RequestHead& head = parser_.head();
    if (exchange_->is_in_place && !head.chunked && bytes.size() == head.content_length) {
        exchange_->view.body = bytes;
        return true;
    }
    if (!exchange_->body.append(bytes)) {
        is_memory_out_ = true;
        return false;
    }
    exchange_->view.body = exchange_->body.view();
    return true;
}

bool Connection::on_chunk(std::uint64_t size) noexcept {
    return size <= server_.limits_.body_bytes_max - body_bytes_;
}

// The whole request is there.
void Connection::finish_request() noexcept {
    parser_.reset();
    phase_ = Phase::handling;
    Exchange& exchange = *exchange_;
    if (exchange.refusal != 0) {
        if (!deliver_refusal(exchange, {})) {
            answer_refusal(exchange);
        }
        return;
    }
    exchange.is_delivered = true;
    server_.dispatcher_.on_request(exchange);
}

bool Connection::deliver_refusal(Exchange& exchange, std::string_view detail) noexcept {
    const Interests& interests = server_.interests_;
    if (exchange.refusal < 400 || (!interests.takes_refusals && !interests.maps_errors)) {
        return false;
    }
    exchange.is_delivered = true;
    if (interests.takes_refusals) {
        exchange.view.refusal = exchange.refusal;
        exchange.route = kNoRoute;
        server_.dispatcher_.on_request(exchange);
    } else {
        server_.reply_problem(exchange, exchange.refusal, detail);
    }
    return true;
}

void Connection::refuse_unread(Exchange& exchange, std::uint16_t status,
                               std::string_view detail) noexcept {
    exchange.refusal = status;
    exchange.lingers = true;
    phase_ = Phase::handling;
    if (deliver_refusal(exchange, detail)) {
        return;
    }
    write_problem(status, detail, &exchange, false);
    end_exchange();
    linger();
}

void Connection::answer_refusal(Exchange& exchange) noexcept {
    const bool keep_alive = may_keep_alive(exchange);
    if (exchange.refusal == 204) {
        const http1::HeaderView allow{"Allow", exchange.allow};
        write({.status = 204, .content = Content::none, .fields = {&allow, 1}, .body = {}}, false,
              keep_alive, exchange.view.version);
    } else {
        write_problem(exchange.refusal, {}, &exchange, keep_alive);
    }
    end_exchange();
    if (phase_ == Phase::closed) {
        return;
    }
    enter(Phase::idle);
    if (!keep_alive) {
        closes_after_send_ = true;
    }
}

Status Connection::reply(Exchange& exchange, const Reply& reply) noexcept {
    const bool keep_alive = may_keep_alive(exchange);
    const bool lingers = exchange.lingers;
    // The reply may point into the exchange, which therefore outlives the writing.
    if (!exchange.adds_fields(reply.status)) {
        exchange_ = nullptr;
        write(reply, exchange.is_head_request(), keep_alive, exchange.view.version);
    } else {
        const auto fields = exchange.answer_fields(reply.fields, reply.status);
        if (!fields) {
            return server_.abandon(exchange);
        }
        exchange_ = nullptr;
        Reply whole = reply;
        whole.fields = *fields;
        write(whole, exchange.is_head_request(), keep_alive, exchange.view.version);
    }
    server_.give_back(exchange);
    if (phase_ != Phase::handling) {  // out of memory: aborted
        return Status::memory;
    }
    if (lingers) {
        linger();
        return Status::ok;
    }
    enter(Phase::idle);
    if (!keep_alive) {
        closes_after_send_ = true;
        return Status::ok;
    }
    if (!is_consuming_ && !input_.empty()) {
        server_.resuming_.push_back(*this);
    }
    return Status::ok;
}

void Connection::resume() noexcept {
    if (phase_ != Phase::closed && !must_wait() && !closes_after_send_ &&
        (!input_.empty() || is_ended_)) {
        consume_input();
    }
}

void Connection::write(const Reply& reply, bool is_head_request, bool keep_alive,
                       std::uint32_t version) noexcept {
    const bool is_bodiless = reply.status == 204 || reply.status == 304;
    http1::ResponseHead head;
    head.status = static_cast<std::uint16_t>(reply.status);
    head.request_version = static_cast<std::uint8_t>(version);
    head.keep_alive = keep_alive;
    head.has_body_length = !is_bodiless;
    head.content_length = reply.body.size();
    head.content_type = is_bodiless ? std::string_view{} : content_type(reply.content);
    head.date = server_.date();
    for (const http1::HeaderView& field : reply.fields) {
        if (field.name.size == 4 && http1::field_name_equal(field.name, "date")) {
            head.date = {};
        } else if (field.name.size == 12 && http1::field_name_equal(field.name, "content-type")) {
            head.content_type = {};
        }
    }
    const std::size_t body_size = is_bodiless || is_head_request ? 0 : reply.body.size();
    const std::size_t head_size_max = http1::response_head_size_max(head, reply.fields);
    char* room = output_.reserve(head_size_max + body_size);
    if (room == nullptr) {
        abort(kNoMemory);
        return;
    }
    char* end = http1::write_response_head(room, head, reply.fields);
    if (body_size > 0) {
        std::memcpy(end, reply.body.data(), body_size);
        end += body_size;
    }
    output_.commit(static_cast<std::size_t>(end - room));
    is_output_full_ = output_.size() > kOutputBytesMax;
    ++server_.stats_.requests_total;
    mark_dirty();
}

bool Connection::may_keep_alive(const Exchange& exchange) const noexcept {
    // A peer that closed its side still gets the answers to all it had sent.
    const bool is_last = is_ended_ && input_.empty();
    return (exchange.view.flags & kKeepAlive) != 0 && !server_.is_draining_ && !is_last &&
           !exchange.lingers;
}

void Connection::write_problem(std::uint16_t status, std::string_view detail,
                               const Exchange* exchange, bool keep_alive) noexcept {
    Buffer body(server_.pool_);
    if (!append_problem(body, status, detail)) {
        abort(kNoMemory);
        return;
    }
    const bool has_allow = exchange != nullptr && !exchange->allow.empty();
    const http1::HeaderView field{"Allow", has_allow ? exchange->allow : Str{}};
    Reply reply{.status = status, .content = Content::problem, .fields = {}, .body = body.view()};
    if (has_allow) {
        reply.fields = {&field, 1};
    }
    write(reply, exchange != nullptr && exchange->is_head_request(), keep_alive,
          exchange != nullptr ? exchange->view.version : 11);
}

void Connection::refuse(std::uint16_t status, std::string_view detail) noexcept {
    if (exchange_ != nullptr) {
        end_exchange();
    }
    write_problem(status, detail, nullptr, false);
    linger();
}

// Nothing more is read for its meaning; the socket closes once the answers have left and the peer
// has closed, so that a reset does not destroy them on the way (RFC 9112 section 9.6).
void Connection::linger() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    closes_after_send_ = true;
    enter(Phase::lingering);
    mark_dirty();
}

void Connection::end_exchange() noexcept {
    if (exchange_ != nullptr) {
        Exchange& exchange = *exchange_;
        exchange_ = nullptr;
        server_.give_back(exchange);
    }
}

void Connection::mark_dirty() noexcept { server_.dirty_.push_back(*this); }

void Connection::flush() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    if (stream_.is_sending) {
        if (!output_.empty() || closes_after_send_) {
            server_.loop_.hurry(stream_);
        }
        return;
    }
    if (output_.empty()) {
        if (closes_after_send_) {
            on_sent(0);
        }
        return;
    }
    output_.swap(sending_);
    send_since_ms_ = server_.loop_.clock().now_ms();
    progress_ = -1;
    const std::uint64_t check_at = send_since_ms_ + server_.limits_.send_timeout_ms;
    if (check_at < deadline_ms) {
        check_later(check_at);
    }
    server_.loop_.send(stream_, sending_.view(),
                       closes_after_send_ || is_output_full_ || server_.is_draining_);
}

void Connection::on_sent(int error) noexcept {
    sending_.clear();
    if (error != 0) {
        on_end(error);
        return;
    }
    if (!output_.empty()) {
        mark_dirty();
        return;
    }
    if (closes_after_send_) {
        input_.clear();
        if (is_ended_) {
            abort("closed by both sides");
            return;
        }
        server_.loop_.shutdown(stream_);
        enter(Phase::lingering);
        if (stream_.is_paused) {
            server_.loop_.resume(stream_);
        }
        return;
    }
    if (is_output_full_) {
        is_output_full_ = false;
        if (!input_.empty() || is_ended_) {
            server_.resuming_.push_back(*this);
        }
    }
}

// Once: a closed side and a broken connection may be noticed one after the other.
void Connection::tell_gone(Exchange& exchange) noexcept {
    if ((exchange.view.flags & kGone) == 0) {
        exchange.mark_gone();
        server_.dispatcher_.on_gone(exchange);
    }
}

void Connection::on_end(int error) noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    is_ended_ = true;
    if (exchange_ != nullptr && phase_ == Phase::handling) {
        tell_gone(*exchange_);
        if (error == 0) {
            return;  // the peer may have closed only its sending side: the answer still goes out
        }
    }
    if (error == 0 && !closes_after_send_ && (!input_.empty() || is_output_full_)) {
        server_.resuming_.push_back(*this);  // what came before is still to be looked at
        return;
    }
    const bool has_output = stream_.is_sending || !output_.empty();
    if (error == 0 && has_output) {
        closes_after_send_ = true;
        mark_dirty();
        return;
    }
    abort(error == 0 ? "closed by the client" : std::strerror(error));
}

void Connection::abort(const char* reason) noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    if (server_.log_.is_on(LogLevel::debug)) {
        char line[160];
        std::snprintf(line, sizeof line, "connection %d closed: %s", stream_.fd, reason);
        server_.log_.write(LogLevel::debug, line);
    }
    phase_ = Phase::closed;
    if (exchange_ != nullptr) {
        // A handler still owes an answer; the exchange waits for it.
        Exchange& exchange = *exchange_;
        exchange_ = nullptr;
        if (exchange.is_delivered) {
            tell_gone(exchange);
            exchange.connection = nullptr;
            if (!exchange.detach()) {
                server_.give_back(exchange);
            }
        } else {
            server_.give_back(exchange);
        }
    }
    static_cast<ListNode<DirtyTag>*>(this)->unlink();
    static_cast<ListNode<ResumeTag>*>(this)->unlink();
    static_cast<ListNode<io::DeadlineTag>*>(this)->unlink();
    server_.loop_.close(stream_);
}

void Connection::on_closed() noexcept { server_.forget(*this); }

void Connection::drain() noexcept {
    is_drained_ = true;
    if (phase_ == Phase::idle && !closes_after_send_) {
        enter(Phase::idle);
    }
}

void Connection::on_deadline() noexcept {
    const std::uint64_t now = server_.loop_.clock().now_ms();
    const Limits& limits = server_.limits_;
    const std::uint64_t limit = phase_limit_ms();
    std::uint64_t next = kNone;
    if (stream_.is_sending) {
        // Idle and lingering wait for the output; what counts is whether the peer still takes
        // bytes.
        if (now >= send_since_ms_ + limits.send_timeout_ms) {
            const std::int64_t progress = server_.loop_.send_progress(stream_);
            if (progress < 0 || progress == progress_) {
                ++server_.stats_.timeouts_total;
                on_end(ETIMEDOUT);
                return;
            }
            progress_ = progress;
            send_since_ms_ = now;
        }
        next = send_since_ms_ + limits.send_timeout_ms;
    }
    const bool output_comes_first =
        stream_.is_sending && (phase_ == Phase::idle || phase_ == Phase::lingering);
    if (limit != kNone && !output_comes_first) {
        if (now >= phase_since_ms_ + limit) {
            if (phase_ == Phase::head || phase_ == Phase::body) {
                ++server_.stats_.timeouts_total;
                refuse(408, phase_ == Phase::head ? "the request took too long"
                                                  : "the content took too long");
            } else {
                server_.stats_.timeouts_total += phase_ == Phase::idle && !is_drained_ ? 1 : 0;
                abort(phase_ == Phase::lingering ? "the client did not close" : "idle");
            }
            return;
        }
        const std::uint64_t phase_end = phase_since_ms_ + limit;
        next = phase_end < next ? phase_end : next;
    }
    if (next != kNone) {
        check_later(next);
    }
}

}  // namespace trivet::http
