// Reads requests: bytes to heads, heads to routes.
#include "http/connection.h"
#include "http/content_decoder.h"
#include "http/server.h"
#include "proto/url/percent.h"
#include "proto/url/target.h"

namespace trivet::http {
// Receives as long as there is a use for what comes, and room.
void Connection::update_receiving() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    bool must_pause = false;
    if (streams_content_) {
        const std::size_t unread = exchange_->content->unread();
        must_pause =
            unread >= (stream_.is_paused() ? kContentWindowBytes / 2 : kContentWindowBytes);
    } else {
        must_pause = input_.size() > kPipelinedBytesMax && must_wait();
    }
    if (must_pause == stream_.is_paused()) {
        return;
    }
    if (must_pause) {
        stream_.pause(server_.loop_);
        return;
    }
    if (streams_content_) {
        const std::uint64_t now = server_.loop_.clock().now_ms();
        content_since_ms_ += now - content_seen_ms_;
        content_seen_ms_ = now;
        watch_phase();
    }
    stream_.resume(server_.loop_);
}

void Connection::consume_input() noexcept {
    const std::size_t consumed = consume(input_.view());
    input_.drop(consumed);
    if (is_ended_ && !must_wait() && phase_ != Phase::closed && !closes_after_send_) {
        closes_after_send_ = true;  // nothing can follow
        mark_dirty();
    }
    update_receiving();
}

// Parses and delivers until the bytes are used up or a request must be waited for. Gives the number
// of bytes that are done with; the rest is to be kept and followed by what comes next.
std::size_t Connection::consume(std::string_view bytes) noexcept {
    std::size_t position = 0;
    bool goes_on = true;
    is_consuming_ = true;
    while (goes_on && phase_ != Phase::closed && phase_ != Phase::lingering &&
           !closes_after_send_) {
        if (reads_content()) {
            position += consume_content(bytes.substr(position), goes_on);
            continue;
        }
        if (must_wait() || position + fed_ >= bytes.size()) {
            break;
        }
        position = consume_head(bytes, position, goes_on);
    }
    is_consuming_ = false;
    if (phase_ == Phase::closed || phase_ == Phase::lingering || closes_after_send_) {
        return bytes.size();
    }
    return exchange_ == nullptr ? position : end_consuming(bytes, position);
}

// The position behind the head, or behind what nobody needs of it any more.
std::size_t Connection::consume_head(std::string_view bytes, std::size_t position,
                                     bool& goes_on) noexcept {
    const http1::ParseResult result = parser_.feed_head(bytes.substr(position + fed_));
    if (result.state == http1::ParseState::head) {
        const std::size_t end = position + fed_ + result.consumed;
        fed_ = 0;
        on_head(bytes, end - parser_.head().head_size, end);
        return end;
    }
    goes_on = false;
    if (result.state == http1::ParseState::error) {
        refuse(result.status, result.reason);
        return position;
    }
    fed_ += result.consumed;
    if (!parser_.started()) {
        position += fed_;
        fed_ = 0;
    } else if (phase_ == Phase::idle) {
        enter(Phase::head);
    }
    return position;
}

// A request is under way: whoever still needs its head must not depend on these bytes any longer.
std::size_t Connection::end_consuming(std::string_view bytes, std::size_t position) noexcept {
    if (!exchange_->detach()) {
        Exchange& exchange = *exchange_;
        exchange_ = nullptr;
        streams_content_ = false;
        server_.give_back(exchange);
        refuse(503, kNoMemory);
        return bytes.size();
    }
    if (phase_ == Phase::handling) {
        if (phase_since_ms_ == io::Deadline::kNone) {
            phase_since_ms_ = server_.loop_.clock().now_ms();
        }
        watch_phase();
        update_receiving();
    }
    return is_input_void_ ? bytes.size() : position;
}

// The present request is told of the TLS session, which is complete when there is a request.
bool Connection::introduce() noexcept {
    if (peer_.session == nullptr) {
        peer_.session = SecureSession::make(server_.memory_, *stream_.session());
        if (peer_.session == nullptr) {
            return false;
        }
    }
    peer_.session->keep();
    return true;
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
    if (peer_.is_secured && !introduce()) {
        end_exchange();
        refuse(503, kNoMemory);
        return;
    }
    exchange->peer = peer_;
    ++requests_;
    const bool has_content = head.chunked || head.content_length != 0;
    const Status routed = route(*exchange);
    if (routed != Status::ok) {
        end_exchange();
        refuse(routed == Status::argument ? 400 : 503,
               routed == Status::argument ? "malformed request target" : kNoMemory);
        return;
    }
    if (exchange->chain != nullptr && !pass_chain(*exchange, has_content)) {
        return;
    }
    if (has_content && server_.is_full()) {
        shed(*exchange, has_content);
        return;
    }
    if (!server_.rules_.limits.empty()) {
        limits_ = &server_.rules_.limits[exchange->route];
        if (has_content && limits_->gate != 0 && server_.gates_.is_full(limits_->gate)) {
            shed(*exchange, has_content);
            return;
        }
    }
    if (!has_content) {
        finish_request();
        return;
    }
    expect_content(*exchange, end == bytes.size());
}

// `is_awaited`: nothing has come behind the head yet.
void Connection::expect_content(Exchange& exchange, bool is_awaited) noexcept {
    const http1::RequestHead& head = parser_.head();
    ContentPolicy policy{.is_decoded = server_.limits_.body_decompress != 0};
    if (exchange.refusal == 0) {
        server_.dispatcher_.choose_content(exchange, policy);
    }
    body_bytes_ = 0;
    if (head.has_content_length && head.content_length > limits_->body_bytes_max) {
        refuse_unread(exchange, 413, "the content is longer than body_bytes_max");
        return;
    }
    if (head.expects_continue && exchange.refusal != 0) {
        // The client waits for a word before it sends; the answer is no, and what it might still
        // send is not worth reading.
        refuse_unread(exchange, exchange.refusal, {});
        return;
    }
    if (policy.is_decoded && exchange.refusal == 0 && !prepare_decoding(exchange)) {
        return;
    }
    is_awaited = is_awaited && head.expects_continue && head.version == 11;
    content_since_ms_ = server_.loop_.clock().now_ms();
    content_seen_ms_ = content_since_ms_;
    if (policy.is_streamed) {
        deliver_streamed(exchange, is_awaited);
        return;
    }
    if (is_awaited) {
        if (!output_.append(http1::kContinueResponse)) {
            abort(kNoMemory);
            return;
        }
        mark_dirty();
    }
    enter(Phase::body);
}

// False when the content cannot be taken; the answer is under way.
bool Connection::prepare_decoding(Exchange& exchange) noexcept {
    CodingList list;
    bool is_known = true;
    for (std::size_t index = 0; index < exchange.view.header_count; ++index) {
        const http1::HeaderView& field = exchange.view.headers[index];
        if (http1::field_name_equal(field.name, "content-encoding")) {
            is_known = is_known && list.add(field.value);
        }
    }
    if (!is_known) {
        const http1::HeaderView field{"Accept-Encoding", kAcceptedCodings};
        refuse_unread(exchange, 415, "the content is encoded in a way that is not decoded here",
                      &field);
        return false;
    }
    if (!list.empty() &&
        !exchange.open_decoder(list.codings(), {.bytes_max = limits_->body_bytes_max,
                                                .ratio_max = server_.limits_.body_ratio_max})) {
        end_exchange();
        refuse(503, kNoMemory);
        return false;
    }
    return true;
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
        const Status matched = match(exchange, {}, {}, false);
        choose_chain(exchange, {}, {}, false);
        return matched;
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
    const Status matched = match(exchange, host, target->path, target->has_escapes);
    if (!server_.rules_.chains.empty()) {
        choose_chain(exchange, host, target->path, target->has_escapes);
    }
    return matched;
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

// What nobody waits for any more is not begun.
bool Connection::drop_if_left() noexcept {
    if (!stream_.has_left(server_.loop_)) {
        return false;
    }
    ++server_.stats_.requests_dropped_total;
    end_exchange();
    linger();
    return true;
}

// The whole request is there.
void Connection::finish_request() noexcept {
    parser_.reset();
    phase_ = Phase::handling;
    phase_since_ms_ = io::Deadline::kNone;  // until it turns out that the answer takes time
    Exchange& exchange = *exchange_;
    if (server_.is_full()) {
        shed(exchange, false);
        return;
    }
    if (exchange.refusal != 0) {
        if (!deliver_refusal(exchange, {})) {
            answer_refusal(exchange);
        }
        return;
    }
    if (server_.loop_.is_late() && drop_if_left()) {
        return;
    }
    if (limits_->gate != 0 && !enter_gate(exchange)) {
        shed(exchange, false);
        return;
    }
    server_.count_delivery(exchange);
    server_.dispatcher_.on_request(exchange);
}

bool Connection::enter_gate(Exchange& exchange) noexcept {
    if (!server_.gates_.enter(limits_->gate)) {
        return false;
    }
    exchange.gate = limits_->gate;
    return true;
}

}  // namespace trivet::http
