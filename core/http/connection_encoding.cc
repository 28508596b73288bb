// What the middleware of a route makes of its answers: encoded, tagged, or not sent again.
#include "http/answer_shape.h"
#include "http/chain.h"
#include "http/coded_feed.h"
#include "http/connection.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::size_t kEncodedPieceBytes = std::size_t{16} * 1024;

Reply as_not_modified(Reply reply) noexcept {
    reply.status = 304;
    reply.content = Content::none;
    reply.body = {};
    return reply;
}

}  // namespace

// HEAD goes the way of GET, and so says the same. A tag of what is sent needs the encoded content,
// any other answer 304 before there is one.
Status Connection::reply_by_rules(Exchange& exchange, const Reply& reply) noexcept {
    const AnswerRules& rules = exchange.chain->answer_rules();
    AnswerShape shape(rules, exchange, reply);
    const std::size_t size = reply.body.size();
    const bool is_long = size > kCodedAtOnceBytesMax;
    // A feed needs a connection that has read its request.
    const bool is_encoded = rules.coding != nullptr && size <= rules.coding->max_bytes &&
                            !(is_long && (streams_content_ || exchange.lingers));
    const OfferedCoding* coding = is_encoded ? shape.coding(size) : nullptr;
    std::optional<std::string_view> encoded;
    const auto encode_at_once = [&] {
        encoded = server_.encoders_.encode(*coding, reply.body);
        coding = encoded ? coding : nullptr;
    };
    const bool is_tagged = shape.wants_tag(size);
    const bool is_of_what_is_sent = is_tagged && rules.tags->is_strong && coding != nullptr;
    if (is_of_what_is_sent && !is_long) {
        encode_at_once();
    }
    if (is_tagged && !(is_of_what_is_sent && is_long)) {
        shape.make_tag(encoded.value_or(reply.body));
    }
    const bool is_not_modified = shape.is_not_modified(server_.loop_.clock().wall_seconds());
    CodedFeed* feed = nullptr;
    if (coding != nullptr && !is_not_modified && !encoded) {
        if (!is_long) {
            encode_at_once();
        } else if (!exchange.is_head_request()) {
            feed = make_coded_feed(*coding, reply.body);
            coding = feed != nullptr ? coding : nullptr;
        }
    }
    server_.look_at_encoders();
    Buffer room(server_.pool_);
    const auto fields = shape.fields(coding, is_not_modified, room);
    if (!fields) {
        if (feed != nullptr) {
            feed->discard();
        }
        return reply_with(exchange, reply);
    }
    Reply shaped = reply;
    shaped.fields = *fields;
    if (is_not_modified) {
        return reply_with(exchange, as_not_modified(shaped));
    }
    if (coding != nullptr && is_long) {
        return reply_in_pieces(exchange, shaped, feed);
    }
    shaped.body = encoded.value_or(reply.body);
    return reply_with(exchange, shaped);
}

CodedFeed* Connection::make_coded_feed(const OfferedCoding& coding,
                                       std::string_view content) noexcept {
    codec::Encoder* const encoder = server_.encoders_.take(coding);
    CodedFeed* const feed =
        encoder != nullptr ? CodedFeed::make(server_, *encoder, content) : nullptr;
    if (feed == nullptr && encoder != nullptr) {
        server_.encoders_.give_back(*encoder);
    }
    return feed;
}

// Without a feed for HEAD.
Status Connection::reply_in_pieces(Exchange& exchange, const Reply& reply,
                                   CodedFeed* feed) noexcept {
    Reply head = reply;
    head.body = {};
    const Status begun = begin_with(exchange, head, kUnknownLength);
    if (begun != Status::ok || feed == nullptr) {
        if (feed != nullptr) {
            feed->discard();
        }
        return begun == Status::ok ? finish(exchange, {}) : begun;
    }
    feed->attach(*this, exchange.answer.framing == Framing::chunked);
    hand_over(exchange, *feed);
    return Status::ok;
}

Status Connection::begin_by_rules(Exchange& exchange, const Reply& reply,
                                  std::uint64_t length) noexcept {
    AnswerStream& answer = exchange.answer;
    if (answer.is_plain) {
        return begin_with(exchange, reply, length);
    }
    AnswerShape shape(exchange.chain->answer_rules(), exchange, reply);
    const OfferedCoding* coding = shape.coding(length);
    const bool is_not_modified = shape.is_not_modified(server_.loop_.clock().wall_seconds());
    codec::Encoder* encoder = nullptr;
    if (coding != nullptr && !is_not_modified && !exchange.is_head_request()) {
        encoder = server_.encoders_.take(*coding);
        coding = encoder != nullptr ? coding : nullptr;
        server_.look_at_encoders();
    }
    answer.encoder = encoder;  // given back with the exchange, whatever happens
    Buffer room(server_.pool_);
    const auto fields = shape.fields(coding, is_not_modified, room);
    if (!fields) {
        return server_.abandon(exchange);
    }
    Reply shaped = reply;
    shaped.fields = *fields;
    const Status begun = begin_with(exchange, is_not_modified ? as_not_modified(shaped) : shaped,
                                    coding != nullptr ? kUnknownLength : length);
    if (begun == Status::ok && encoder != nullptr && length != kUnknownLength) {
        answer.is_promised = true;  // of what is written, not of what is sent
        answer.left = length;
    }
    return begun;
}

bool Connection::write_encoded(AnswerStream& answer, const LentBytes& piece) noexcept {
    // A flush each time, so that the client has what was written.
    const bool is_written = encode(answer, piece.bytes, codec::Flush::all);
    if (piece.release != nullptr) {
        piece.release(piece.user_data);
    }
    return is_written;
}

bool Connection::encode(AnswerStream& answer, std::string_view input, codec::Flush flush) noexcept {
    char bytes[kEncodedPieceBytes];
    for (;;) {
        std::span<char> room(bytes);
        const codec::EncodeResult result = answer.encoder->encode(input, room, flush);
        const LentBytes piece{.bytes = {bytes, sizeof bytes - room.size()}};
        const bool is_written = piece.bytes.empty()                  ? true
                                : answer.framing == Framing::chunked ? write_chunk(piece, false)
                                                                     : write_piece(piece, false);
        if (!is_written || result == codec::EncodeResult::failed) {
            return false;
        }
        if (result == codec::EncodeResult::done) {
            return true;
        }
    }
}

}  // namespace trivet::http
