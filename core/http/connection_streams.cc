// Answers that are written in pieces, while the client takes them.
#include <algorithm>
#include <cstring>

#include "http/connection.h"
#include "http/server.h"
#include "proto/http1/chunked.h"

namespace trivet::http {

Status Connection::begin(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept {
    Buffer gathered(server_.pool_);
    const auto fields = exchange.answer_fields(reply.fields, reply.status, gathered);
    if (!fields) {
        return server_.abandon(exchange);
    }
    Reply whole = reply;
    whole.fields = *fields;
    return exchange.chain != nullptr && exchange.chain->shapes_answers()
               ? begin_by_rules(exchange, whole, length)
               : begin_with(exchange, whole, length);
}

Status Connection::begin_with(Exchange& exchange, const Reply& reply,
                              std::uint64_t length) noexcept {
    const bool is_bodiless = reply.status == 204 || reply.status == 304;
    const bool has_length = length != kUnknownLength;
    const bool is_chunked = !is_bodiless && !has_length && exchange.view.version == 11;
    const bool is_closed = !is_bodiless && !has_length && !is_chunked;
    AnswerStream& answer = exchange.answer;
    answer.framing = is_bodiless || exchange.is_head_request() ? Framing::none
                     : has_length                              ? Framing::length
                     : is_chunked                              ? Framing::chunked
                                                               : Framing::close;
    answer.is_promised = answer.framing == Framing::length;
    answer.left = answer.is_promised ? length : 0;
    answer.keep_alive = may_keep_alive(exchange) && !is_closed &&
                        (!streams_content_ || !exchange.content->needs_continue);
    http1::ResponseHead head;
    head.request_version = static_cast<std::uint8_t>(exchange.view.version);
    head.keep_alive = answer.keep_alive;
    head.has_body_length = has_length;
    head.content_length = has_length ? length : 0;
    Buffer scratch(server_.pool_);
    auto* fields = reinterpret_cast<http1::HeaderView*>(
        scratch.reserve((reply.fields.size() + 1) * sizeof(http1::HeaderView)));
    if (fields == nullptr) {
        return server_.abandon(exchange);
    }
    http1::HeaderView* fields_end = std::copy(reply.fields.begin(), reply.fields.end(), fields);
    if (is_chunked) {
        *fields_end++ = {"Transfer-Encoding", "chunked"};
    }
    if (!append_answer(head, reply, &exchange, {fields, fields_end}, {})) {
        return server_.abandon(exchange);
    }
    answer.is_begun = true;
    return Status::ok;
}

Status Connection::write(Exchange& exchange, const LentBytes& piece, bool is_lent,
                         bool& is_full) noexcept {
    AnswerStream& answer = exchange.answer;
    const std::size_t size = piece.bytes.size();
    const bool is_too_much = answer.is_promised && size > answer.left;
    const bool has_no_room = output_.size() > kWriteBytesMax;
    if (is_too_much || has_no_room || size == 0 || answer.framing == Framing::none) {
        if (piece.release != nullptr) {
            piece.release(piece.user_data);
        }
        is_full = has_no_room;
        return is_too_much ? Status::argument : has_no_room ? Status::limit : Status::ok;
    }
    const bool is_written = answer.encoder != nullptr            ? write_encoded(answer, piece)
                            : answer.framing == Framing::chunked ? write_chunk(piece, is_lent)
                                                                 : write_piece(piece, is_lent);
    if (!is_written) {
        return server_.abandon(exchange);
    }
    answer.left -= answer.is_promised ? size : 0;
    answer.written_ms = answer.beat_ms > 0 ? server_.loop_.clock().now_ms() : 0;
    is_full = output_.size() > kWriteHighBytes;
    is_room_awaited_ = is_room_awaited_ || is_full;
    mark_dirty();
    return Status::ok;
}

bool Connection::write_piece(const LentBytes& piece, bool is_lent) noexcept {
    return is_lent ? output_.append(piece) : output_.append(piece.bytes);
}

bool Connection::write_chunk(const LentBytes& piece, bool is_lent) noexcept {
    const std::size_t size = piece.bytes.size();
    const bool is_apart = is_lent && size >= OutputQueue::kLentBytesMin;
    char* room = output_.reserve(http1::kChunkHeadBytesMax + (is_apart ? 0 : size) +
                                 http1::kChunkEnd.size());
    if (room == nullptr) {
        if (is_lent && piece.release != nullptr) {
            piece.release(piece.user_data);
        }
        return false;
    }
    char* end = http1::write_chunk_head(room, size);
    if (is_apart) {
        output_.commit(static_cast<std::size_t>(end - room));
        return output_.append(piece) && output_.append(http1::kChunkEnd);
    }
    std::memcpy(end, piece.bytes.data(), size);
    end += size;
    std::memcpy(end, http1::kChunkEnd.data(), http1::kChunkEnd.size());
    output_.commit(static_cast<std::size_t>(end + http1::kChunkEnd.size() - room));
    if (is_lent && piece.release != nullptr) {
        piece.release(piece.user_data);
    }
    return true;
}

Status Connection::finish(Exchange& exchange,
                          std::span<const http1::HeaderView> trailers) noexcept {
    AnswerStream& answer = exchange.answer;
    if (answer.is_promised && answer.left > 0) {
        break_off(exchange);
        return Status::argument;
    }
    if (answer.encoder != nullptr && !encode(answer, {}, codec::Flush::end)) {
        return server_.abandon(exchange);
    }
    if (answer.framing == Framing::chunked && !write_end(trailers)) {
        return server_.abandon(exchange);
    }
    // Meanwhile the client may have closed its side, with nothing left to answer.
    const bool keep_alive = answer.keep_alive && !(is_ended_ && input_.empty()) &&
                            (!streams_content_ || may_read_past_content(exchange));
    const bool lingers = exchange.lingers;
    exchange_ = nullptr;
    is_room_awaited_ = false;
    server_.give_back(exchange);
    if (phase_ == Phase::closed) {
        return Status::gone;
    }
    is_output_full_ = output_.size() > kOutputBytesMax;
    mark_dirty();
    after_answer(keep_alive, lingers);
    return Status::ok;
}

bool Connection::write_end(std::span<const http1::HeaderView> trailers) noexcept {
    char* room = output_.reserve(http1::last_chunk_size(trailers));
    if (room == nullptr) {
        return false;
    }
    output_.commit(static_cast<std::size_t>(http1::write_last_chunk(room, trailers) - room));
    return true;
}

void Connection::break_off(Exchange& exchange) noexcept {
    exchange_ = nullptr;
    is_room_awaited_ = false;
    server_.give_back(exchange);
    linger();
}

void Connection::abandon(Exchange& exchange) noexcept {
    exchange_ = nullptr;
    exchange.connection = nullptr;
    abort("out of memory");
    server_.give_back(exchange);
}

void Connection::set_beat(Exchange& exchange, std::string_view bytes, std::uint32_t ms) noexcept {
    AnswerStream& answer = exchange.answer;
    answer.beat = bytes;
    answer.beat_ms = answer.framing == Framing::none ? 0 : ms;
    answer.written_ms = server_.loop_.clock().now_ms();
    if (answer.beat_ms > 0) {
        watch_phase();
    }
}

std::uint64_t Connection::beat_end_ms() const noexcept {
    const AnswerStream& answer = exchange_->answer;
    return answer.is_begun && answer.beat_ms > 0 ? answer.written_ms + answer.beat_ms : kNone;
}

// A client that has yet to take what was written hears of us without it.
void Connection::beat() noexcept {
    AnswerStream& answer = exchange_->answer;
    answer.written_ms = server_.loop_.clock().now_ms();
    if (output_.empty() && !stream_.is_sending()) {
        bool is_full = false;
        if (write(*exchange_, {.bytes = answer.beat}, false, is_full) != Status::ok) {
            return;  // the connection has ended
        }
    }
    watch_phase();
}

void Connection::tell_writer() noexcept {
    is_room_awaited_ = false;
    if (exchange_ != nullptr) {
        server_.dispatcher_.on_writable(*exchange_);
    }
}

}  // namespace trivet::http
