// The content of requests: gathered for the handler, streamed to it, or read past.
#include <algorithm>

#include "http/connection.h"
#include "http/content_decoder.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::size_t kDecodedBytesMin = 1024;

}  // namespace

std::size_t Connection::consume_content(std::string_view bytes, bool& goes_on) noexcept {
    const http1::ParseResult result = parser_.feed_body(bytes, *this);
    if (result.state == http1::ParseState::error) {
        goes_on = false;
        refuse_content(result);
        return 0;
    }
    skipped_ += phase_ == Phase::skipping ? result.consumed : 0;
    if (skipped_ > kSkippedBytesMax) {
        goes_on = false;
        linger();
        return 0;
    }
    if (result.state == http1::ParseState::complete) {
        finish_content();
        return result.consumed;
    }
    goes_on = false;
    if (phase_ != Phase::skipping && !bytes.empty()) {
        content_seen_ms_ = server_.loop_.clock().now_ms();
        if (streams_content_) {
            if (exchange_->content->needs_continue) {
                // It did not wait to be told.
                exchange_->content->needs_continue = false;
                content_since_ms_ = content_seen_ms_;
            }
            phase_since_ms_ = content_seen_ms_;  // the handler's time begins anew
            server_.tell_reader(*exchange_);
        }
        watch_phase();
    }
    return result.consumed;
}

void Connection::refuse_content(const http1::ParseResult& result) noexcept {
    if (phase_ == Phase::skipping) {
        linger();
    } else if (streams_content_) {
        fail_content(is_memory_out_         ? ContentFailure::memory
                     : result.status == 413 ? ContentFailure::limit
                                            : ContentFailure::malformed);
    } else if (is_memory_out_) {
        refuse(503, kNoMemory);
    } else if (exchange_ != nullptr && exchange_->decoder != nullptr &&
               exchange_->decoder->fault()) {
        refuse_encoded(*exchange_->decoder->fault());
    } else if (result.status == 413 && exchange_ != nullptr) {
        refuse_unread(*exchange_, 413, result.reason);
    } else {
        refuse(result.status, result.reason);
    }
}

void Connection::finish_content() noexcept {
    if (phase_ == Phase::skipping) {
        skipped_ = 0;
        parser_.reset();
        enter(Phase::idle);
        return;
    }
    if (exchange_->trailers != nullptr) {
        exchange_->trailers->finish();
    }
    if (!streams_content_ && exchange_->decoder != nullptr && !finish_decoding()) {
        return;
    }
    if (!streams_content_) {
        finish_request();
        return;
    }
    parser_.reset();
    streams_content_ = false;
    phase_since_ms_ = io::Deadline::kNone;  // the handler's time begins anew
    exchange_->content->complete();
    server_.tell_reader(*exchange_);
}

// Delivers a request whose content has yet to come; `is_awaited`: when the handler says so.
void Connection::deliver_streamed(Exchange& exchange, bool is_awaited) noexcept {
    if (server_.loop_.is_late() && drop_if_left()) {
        return;
    }
    if (limits_->gate != 0 && !enter_gate(exchange)) {
        shed(exchange, true);
        return;
    }
    if (!exchange.open_content()) {
        end_exchange();
        refuse(503, kNoMemory);
        return;
    }
    exchange.content->needs_continue = is_awaited;
    server_.count_delivery(exchange);
    streams_content_ = true;
    phase_ = Phase::handling;
    phase_since_ms_ = io::Deadline::kNone;
    server_.dispatcher_.on_request(exchange);
}

// The reader is told, and whoever answers does so for the last time on this connection.
void Connection::fail_content(ContentFailure failure) noexcept {
    void_input(*exchange_);
    exchange_->content->fail(failure);
    server_.tell_reader(*exchange_);
}

// What still comes has no meaning.
void Connection::void_input(Exchange& exchange) noexcept {
    streams_content_ = false;
    is_input_void_ = true;
    exchange.lingers = true;
}

ContentRead Connection::read(Exchange& exchange) noexcept {
    ContentStream& content = *exchange.content;
    const ContentRead result = content.read();
    if (!streams_content_) {
        return result;
    }
    if (result.failure != ContentFailure::none) {  // found while it was decoded
        void_input(exchange);
        return result;
    }
    if (content.needs_continue) {
        content.needs_continue = false;
        content_since_ms_ = server_.loop_.clock().now_ms();
        content_seen_ms_ = content_since_ms_;
        watch_phase();
        // After the head of an answer it would be taken for content.
        if (body_bytes_ == 0 && !exchange.answer.is_begun) {
            if (!output_.append(http1::kContinueResponse)) {
                // Who reads is told by the result, not by a call within which it could answer.
                content.take_awaited();
                void_input(exchange);
                content.fail(ContentFailure::memory);
                return content.read();
            }
            mark_dirty();
        }
    }
    update_receiving();
    return result;
}

// Whether the connection can go on behind content that the handler has not read.
bool Connection::may_read_past_content(const Exchange& exchange) const noexcept {
    const http1::RequestHead& head = parser_.head();
    // Whoever still waits to be told to send it may do either, and nobody can tell which.
    return !exchange.content->needs_continue &&
           (head.chunked || head.content_length - body_bytes_ <= kSkippedBytesMax);
}

// The request is answered, and not all of its content was read.
void Connection::skip_content() noexcept {
    streams_content_ = false;
    skipped_ = 0;
    enter(Phase::skipping);
    update_receiving();
}

bool Connection::on_body(std::string_view bytes) noexcept {
    body_bytes_ += bytes.size();
    if (body_bytes_ > limits_->body_bytes_max) {
        return false;
    }
    if (phase_ == Phase::skipping) {
        return true;
    }
    if (streams_content_) {
        is_memory_out_ = !exchange_->content->append(bytes);
        return !is_memory_out_;
    }
    if (exchange_->refusal != 0 && !server_.interests_.takes_refusals) {
        return true;
    }
    if (exchange_->decoder != nullptr) {
        return gather_decoded(bytes, false);
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

// False when memory is out, or the decoder has found a fault.
bool Connection::gather_decoded(std::string_view bytes, bool is_last) noexcept {
    Buffer& body = exchange_->body;
    std::size_t written = 0;
    std::size_t size = 0;
    do {
        // At least as much as fits into what is there already, so that room doubles.
        size = std::max(body.room(), kDecodedBytesMin);
        char* const room = body.reserve(size);
        if (room == nullptr) {
            is_memory_out_ = true;
            return false;
        }
        const auto got = exchange_->decoder->next(bytes, {room, size}, is_last);
        if (!got) {
            return false;
        }
        written = *got;
        body.commit(written);
    } while (written == size);
    exchange_->view.body = body.view();
    return true;
}

// The content of a request has come, and some of it may not be decoded yet. False when it is
// refused; the answer is under way.
bool Connection::finish_decoding() noexcept {
    ContentDecoder& decoder = *exchange_->decoder;
    if (!gather_decoded({}, true) && is_memory_out_) {
        refuse(503, kNoMemory);
        return false;
    }
    if (const auto finished = decoder.finish(); !finished) {
        refuse_encoded(finished.error());
        return false;
    }
    return true;
}

void Connection::refuse_encoded(const DecodeFault& fault) noexcept {
    refuse_unread(*exchange_, status_of_failure(fault.failure), fault.detail);
}

bool Connection::on_chunk(std::uint64_t size) noexcept {
    return size <= limits_->body_bytes_max - body_bytes_;
}

bool Connection::on_trailer(std::string_view piece, bool is_name, bool is_end) noexcept {
    if (phase_ == Phase::skipping || exchange_->refusal != 0) {
        return true;
    }
    Trailers* trailers = exchange_->trailers;
    if (trailers == nullptr) {
        trailers = exchange_->open_trailers();
    }
    is_memory_out_ = trailers == nullptr || !trailers->add(piece, is_name, is_end);
    return !is_memory_out_;
}

}  // namespace trivet::http
