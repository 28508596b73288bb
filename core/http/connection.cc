#include "http/connection.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "http/form.h"
#include "http/server.h"

namespace trivet::http {

Connection::Connection(Server& server, BlockPool& pool) noexcept
    : server_(server),
      limits_(&server.common_limits_),
      input_(pool),
      output_(pool),
      parser_(server.memory_, server.limits_.head) {}

Connection::~Connection() {
    release_feed();
    if (peer_.session != nullptr) {
        peer_.session->release();
    }
}

int Connection::open(int fd, const io::Peer& peer, Listening listening) noexcept {
    parser_.reset();
    peer_ = {.address = peer.address,
             .port = peer.port,
             .is_known = peer.is_known,
             .is_secured = listening.is_secured};
    int error = 0;
    if (listening.is_proxied) {
        error = stream_.open_proxied(server_.loop_, fd, *this, *this, server_.tls_,
                                     listening.is_secured);
    } else if (listening.is_secured) {
        error = stream_.open_tls(server_.loop_, fd, *this, server_.tls_);
    } else {
        error = stream_.open(server_.loop_, fd, *this);
    }
    enter(Phase::idle);
    return error;
}

// Who the client is, of a connection that a proxy carries. Where the proxy speaks for itself, or
// does not know, the far end of the socket stays what it is.
void Connection::on_proxy_header(const proxy::Header& header) noexcept {
    const auto& tls = header.extensions.tls;
    peer_.is_told_secured = !header.is_local && tls.has_value() && tls->is_tls;
    if (header.family == proxy::Family::local) {
        peer_.is_known = false;
        peer_.port = 0;
        peer_.is_told = true;
    } else if (header.family == proxy::Family::ip) {
        peer_.address = header.source.address;
        peer_.port = header.source.port;
        peer_.is_known = true;
        peer_.is_told = true;
        const io::Peer source{
            .address = peer_.address, .port = peer_.port, .is_known = peer_.is_known};
        if (!server_.count_address(*this, source.subscriber())) {
            server_.count_refusal(Server::kTooManyOfOne);
            abort("its address has as many connections as may be");
        }
    }
}

void Connection::on_proxy_fault(proxy::HeaderError error) noexcept {
    server_.count_refusal(proxy::message(error).data());
    abort(proxy::message(error).data());
}

void Connection::on_data(std::string_view bytes) noexcept {
    if (phase_ == Phase::lingering || closes_after_send_) {
        if (!discard(bytes.size())) {
            end_discarding();
        }
        return;
    }
    if (phase_ == Phase::closed) {
        return;
    }
    if (input_.empty() && !must_wait()) {
        const std::size_t consumed = consume(bytes);
        if (consumed < bytes.size() && !input_.append(bytes.substr(consumed))) {
            abort("out of memory");
        }
        return;
    }
    if (is_input_void_) {
        if (!discard(bytes.size()) && !stream_.is_paused()) {
            stream_.pause(server_.loop_);  // until the handler has answered
        }
        return;
    }
    if (!input_.append(bytes)) {
        abort("out of memory");
        return;
    }
    if (!must_wait()) {
        consume_input();
    } else {
        update_receiving();
    }
}

// False when it was too much.
bool Connection::discard(std::size_t bytes) noexcept {
    lingered_ += bytes;
    return lingered_ <= kLingerBytesMax;
}

// Not before the last answer has left, which may be long.
void Connection::end_discarding() noexcept {
    if (!stream_.is_sending() && output_.empty()) {
        abort("too much came after the last answer");
    } else if (!stream_.is_paused()) {
        stream_.pause(server_.loop_);
    }
}

void Connection::resume() noexcept {
    if (phase_ == Phase::handling && exchange_ != nullptr && exchange_->form() != nullptr &&
        exchange_->form()->is_reading()) {
        server_.content_came(*exchange_);
    }
    if (phase_ != Phase::closed && !must_wait() && !closes_after_send_ &&
        (!input_.empty() || is_ended_)) {
        consume_input();
    }
}

// Nothing more is read for its meaning; the socket closes once the answers have left and the peer
// has closed, so that a reset does not destroy them on the way (RFC 9112 section 9.6).
void Connection::linger() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    closes_after_send_ = true;
    streams_content_ = false;
    enter(Phase::lingering);
    if (stream_.is_paused()) {
        stream_.resume(server_.loop_);  // who sends all before it reads would never read the answer
    }
    mark_dirty();
}

void Connection::mark_dirty() noexcept { server_.dirty_.push_back(*this); }

void Connection::flush() noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    if (stream_.is_sending()) {
        if (!output_.empty() || closes_after_send_ || is_room_awaited_) {
            stream_.hurry(server_.loop_);
        }
        return;
    }
    if (output_.empty()) {
        if (closes_after_send_) {
            on_sent(0);
        }
        return;
    }
    if (output_.is_in_pieces() && !is_room_awaited_ && feed_ == nullptr && send_pieces()) {
        return;
    }
    const std::string_view bytes = output_.take();
    send_since_ms_ = server_.loop_.clock().now_ms();
    progress_ = -1;
    const std::uint64_t check_at = send_since_ms_ + server_.limits_.send_timeout_ms;
    if (check_at < deadline_ms) {
        check_later(check_at);
    }
    stream_.send(server_.loop_, bytes,
                 closes_after_send_ || is_output_full_ || is_room_awaited_ || feed_ != nullptr ||
                     !output_.empty() || server_.is_draining_);
}

// What consists of pieces, as the head of a file and its content do, leaves with one call where the
// socket takes it, instead of a turn for each. False when some is left. Whoever waits for room, and
// a feed, is told by the loop alone.
bool Connection::send_pieces() noexcept {
    std::array<std::string_view, kPiecesAtOnce> pieces;
    const std::size_t count = output_.gather(pieces);
    output_.advance(stream_.send_now(server_.loop_, std::span(pieces).first(count)));
    if (!output_.empty()) {
        return false;
    }
    on_sent(0);
    return true;
}

void Connection::on_sent(int error) noexcept {
    output_.landed();
    if (error != 0) {
        on_end(error);
        return;
    }
    if (is_room_awaited_ && output_.size() <= kWriteLowBytes) {
        tell_writer();
        if (phase_ == Phase::closed) {
            return;
        }
    }
    if (!output_.empty()) {
        mark_dirty();
        return;
    }
    if (std::exchange(is_watch_put_off_, false)) {
        watch_phase();
    }
    if (closes_after_send_) {
        input_.clear();
        if (is_ended_) {
            abort("closed by both sides");
            return;
        }
        stream_.shutdown(server_.loop_);
        enter(Phase::lingering);
        if (stream_.is_paused()) {
            stream_.resume(server_.loop_);
        }
        return;
    }
    if (phase_ == Phase::feeding) {
        go_on_feeding();
        return;
    }
    if (is_output_full_) {
        is_output_full_ = false;
        if (!input_.empty() || is_ended_) {
            server_.resuming_.push_back(*this);
        }
    }
}

void Connection::on_end(int error) noexcept {
    if (phase_ == Phase::closed) {
        return;
    }
    is_ended_ = true;
    if (phase_ == Phase::feeding && error == 0) {
        drain();  // it may have closed one side alone: what there is goes out, and that is all
        return;
    }
    if (exchange_ != nullptr && phase_ == Phase::handling) {
        if (streams_content_) {
            // What is missing will not come.
            streams_content_ = false;
            is_input_void_ = true;
            exchange_->lingers = true;
        }
        if (error == 0) {
            server_.tell_gone(*exchange_);
            return;  // the peer may have closed only its sending side: the answer still goes out
        }
    }
    if (error == 0 && !closes_after_send_ && (!input_.empty() || is_output_full_)) {
        server_.resuming_.push_back(*this);  // what came before is still to be looked at
        return;
    }
    const bool has_output = stream_.is_sending() || !output_.empty();
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
        std::snprintf(line, sizeof line, "connection %d closed: %s", stream_.fd(), reason);
        server_.log_.write(LogLevel::debug, line);
    }
    phase_ = Phase::closed;
    if (feed_ != nullptr) {
        feed_->on_gone();
    }
    streams_content_ = false;
    static_cast<ListNode<DirtyTag>*>(this)->unlink();
    static_cast<ListNode<ResumeTag>*>(this)->unlink();
    static_cast<ListNode<io::DeadlineTag>*>(this)->unlink();
    stream_.close(server_.loop_);
    if (Exchange* exchange = std::exchange(exchange_, nullptr)) {
        // A handler still owes an answer; the exchange waits for it.
        exchange->connection = nullptr;
        if (!exchange->is_delivered) {
            server_.give_back(*exchange);
        } else {
            give_to_handler(*exchange);
        }
    }
    output_.drop();
}

// Who waited for room is told that it will not come.
void Connection::give_to_handler(Exchange& exchange) noexcept {
    const std::uint32_t slot = exchange.slot;
    const std::uint32_t generation = exchange.generation;
    const bool is_writer_waiting = std::exchange(is_room_awaited_, false);
    server_.tell_gone(exchange);
    if (is_writer_waiting && server_.find(slot, generation) != nullptr) {
        server_.dispatcher_.on_writable(exchange);
    }
    // A form may have been told to go on in a later turn, which this connection will not see.
    if (server_.find(slot, generation) != nullptr && exchange.form() != nullptr &&
        exchange.form()->is_reading()) {
        server_.content_came(exchange);
    }
    if (server_.find(slot, generation) != nullptr && !exchange.detach()) {
        server_.give_back(exchange);
    }
}

void Connection::on_closed() noexcept { server_.forget(*this); }

void Connection::drain() noexcept {
    is_drained_ = true;
    if (phase_ == Phase::feeding) {
        if (stream_.is_sending()) {
            stream_.hurry(server_.loop_);
        } else if (output_.empty()) {
            go_on_feeding();
        }
        return;
    }
    if (phase_ == Phase::idle && !closes_after_send_) {
        enter(Phase::idle);
    }
}

}  // namespace trivet::http
