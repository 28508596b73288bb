#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/list.h"
#include "http/address_counts.h"
#include "http/content_stream.h"
#include "http/exchange.h"
#include "http/feed.h"
#include "http/limits.h"
#include "http/output_queue.h"
#include "http/reply.h"
#include "io/deadlines.h"
#include "io/loop.h"
#include "net/stream.h"
#include "proto/http1/request_parser.h"
#include "proto/http1/response.h"

namespace trivet::http {

class CodedFeed;
class Server;
struct DecodeFault;
struct OfferedCoding;

// What the connections of a listener begin with, before HTTP.
struct Listening {
    bool is_secured = false;  // TLS
    bool is_proxied = false;  // a header of the PROXY protocol, in front of TLS
};

struct DirtyTag {};
struct ResumeTag {};
struct AllTag {};

// One HTTP/1 connection: bytes to requests, answers to bytes, one request at a time and in order.
// Owned by its Server, destroyed in on_closed(). Loop thread only. What goes wrong with the peer
// ends the connection and nothing else.
//
// Its parts: connection.cc is the socket and the end, connection_deadlines.cc the time,
// connection_requests.cc reads requests, connection_chain.cc takes them to their middleware,
// connection_content.cc reads their content, connection_answers.cc writes whole answers,
// connection_streams.cc those in pieces, connection_encoding.cc what middleware makes of either,
// and connection_feed.cc those that others go on with.
class Connection final : public io::StreamHandler,
                         public io::Deadline,
                         public ListNode<DirtyTag>,
                         public ListNode<ResumeTag>,
                         public ListNode<AllTag>,
                         private http1::BodySink,
                         private net::ProxyHandler {
public:
    Connection(Server& server, BlockPool& pool) noexcept;
    ~Connection();

    // Takes over an accepted socket of `peer`; an errno when the loop refuses it.
    int open(int fd, const io::Peer& peer, Listening listening) noexcept;

    // Answers the present exchange and ends it. `reply` was checked.
    Status reply(Exchange& exchange, const Reply& reply) noexcept;

    // Begins an answer in pieces: `reply` was checked and has no body.
    Status begin(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept;
    // A piece of it. Status::argument: more than was promised.
    Status write(Exchange& exchange, const LentBytes& piece, bool is_lent, bool& is_full) noexcept;
    // Its end; ends the exchange. Status::argument: less than was promised, and the connection
    // closes.
    Status finish(Exchange& exchange, std::span<const http1::HeaderView> trailers) noexcept;
    // Has `bytes`, which stay where they are, written whenever nothing was for `ms`.
    // Ends a request that has not begun if its client has gone. False: it has not. To be asked only
    // when the program has held up the loop: who closes its side right behind its request may still
    // be reading.
    bool drop_if_left() noexcept;
    void set_beat(Exchange& exchange, std::string_view bytes, std::uint32_t ms) noexcept;

    // The content of an answer that has begun comes from `feed` from now on; ends the exchange. The
    // feed is told when it may give.
    void hand_over(Exchange& exchange, Feed& feed) noexcept;
    // Sends bytes of the feed, framed as the answer is, which stay where they are until on_ready()
    // or on_released(). Once after each on_ready(). The end of a prompt send is told as soon as it
    // is known, that of another with the next turn that happens anyway.
    void give(std::string_view bytes, bool is_prompt) noexcept;
    // The end of the answer, after on_ready(); the feed is forgotten.
    void end_feed() noexcept;

    // Gives the exchange up: what was written leaves, and the connection closes.
    void break_off(Exchange& exchange) noexcept;
    // Memory is out: the connection ends at once, and the exchange with it.
    void abandon(Exchange& exchange) noexcept;

    // Of a streamed request: what has come since the last read.
    ContentRead read(Exchange& exchange) noexcept;

    // Goes on with what was received while a request was handled.
    void resume() noexcept;
    // Hands the pending output to the loop.
    void flush() noexcept;
    // The server drains: closes when idle, else after the present request.
    void drain() noexcept;
    // The end, at once.
    void abort(const char* reason) noexcept;
    // A deadline has passed: acts, or files the connection again.
    void on_deadline() noexcept;

    void on_data(std::string_view bytes) noexcept override;
    void on_end(int error) noexcept override;
    void on_sent(int error) noexcept override;
    void on_closed() noexcept override;

    AddressCounts::Entry* address = nullptr;  // where the server counts it

private:
    static constexpr const char* kNoMemory = "out of memory";
    static constexpr std::size_t kPiecesAtOnce = 8;

    // handling: a request is delivered and not answered; its content may still stream. skipping:
    // it is answered, and what is left of its content is read past.
    // feeding: the exchange has ended, its answer has not.
    enum class Phase : std::uint8_t {
        idle,
        head,
        body,
        handling,
        feeding,
        skipping,
        lingering,
        closed
    };

    // connection_requests.cc
    std::size_t consume(std::string_view bytes) noexcept;
    std::size_t consume_head(std::string_view bytes, std::size_t position, bool& goes_on) noexcept;
    std::size_t end_consuming(std::string_view bytes, std::size_t position) noexcept;
    void consume_input() noexcept;
    bool introduce() noexcept;
    void on_head(std::string_view bytes, std::size_t begin, std::size_t end) noexcept;
    void expect_content(Exchange& exchange, bool is_awaited) noexcept;
    bool prepare_decoding(Exchange& exchange) noexcept;
    Status route(Exchange& exchange) noexcept;
    // False when the gate of its route, or one around it, is full.
    bool enter_gate(Exchange& exchange) noexcept;
    Status match(Exchange& exchange, std::string_view host, std::string_view path,
                 bool has_escapes) noexcept;
    void finish_request() noexcept;
    bool must_wait() const noexcept {
        return !streams_content_ && (phase_ == Phase::handling || phase_ == Phase::feeding ||
                                     (is_output_full_ && phase_ != Phase::skipping));
    }
    void update_receiving() noexcept;

    // connection_chain.cc
    // `path` is raw; empty for "OPTIONS *". After match().
    void choose_chain(Exchange& exchange, std::string_view host, std::string_view path,
                      bool has_escapes) noexcept;
    // False when the middleware has answered.
    bool pass_chain(Exchange& exchange, bool has_content) noexcept;
    const Chain* look_for_chain(Exchange& exchange, std::string_view host, std::string_view path,
                                bool has_escapes) noexcept;
    const Chain* chain_of_other_methods(std::string_view host, std::string_view path,
                                        std::string_view methods, bool has_escapes) noexcept;
    void answer_for_chain(Exchange& exchange, const ChainAnswer& answer, bool has_content) noexcept;

    // connection_content.cc
    bool reads_content() const noexcept {
        return phase_ == Phase::body || phase_ == Phase::skipping || streams_content_;
    }
    std::size_t consume_content(std::string_view bytes, bool& goes_on) noexcept;
    void refuse_content(const http1::ParseResult& result) noexcept;
    void finish_content() noexcept;
    void deliver_streamed(Exchange& exchange, bool is_awaited) noexcept;
    void fail_content(ContentFailure failure) noexcept;
    void void_input(Exchange& exchange) noexcept;
    bool gather_decoded(std::string_view bytes, bool is_last) noexcept;
    bool finish_decoding() noexcept;
    void refuse_encoded(const DecodeFault& fault) noexcept;
    void skip_content() noexcept;
    bool may_read_past_content(const Exchange& exchange) const noexcept;
    bool on_body(std::string_view bytes) noexcept override;
    bool on_chunk(std::uint64_t size) noexcept override;
    bool on_trailer(std::string_view piece, bool is_name, bool is_end) noexcept override;

    // connection_encoding.cc
    // As reply_with() and begin_with(), after the rules of the route's middleware.
    Status reply_by_rules(Exchange& exchange, const Reply& reply) noexcept;
    Status begin_by_rules(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept;
    Status reply_in_pieces(Exchange& exchange, const Reply& reply, CodedFeed* feed) noexcept;
    CodedFeed* make_coded_feed(const OfferedCoding& coding, std::string_view content) noexcept;
    // False: memory is out.
    bool write_encoded(AnswerStream& answer, const LentBytes& piece) noexcept;
    bool encode(AnswerStream& answer, std::string_view input, codec::Flush flush) noexcept;

    // connection_answers.cc
    // `reply` has the fields that were added.
    Status reply_with(Exchange& exchange, const Reply& reply) noexcept;
    // Refuses a request whose content is not read: the answer is the connection's last. `field` is
    // one more of it.
    void refuse_unread(Exchange& exchange, std::uint16_t status, std::string_view detail,
                       const http1::HeaderView* field = nullptr) noexcept;
    // Lets the dispatcher answer a refusal, if it wants to.
    bool deliver_refusal(Exchange& exchange, std::string_view detail) noexcept;
    bool may_keep_alive(const Exchange& exchange) const noexcept;
    // `exchange` is nullptr when the request could not be understood.
    bool append_answer(http1::ResponseHead& head, const Reply& reply, const Exchange* exchange,
                       std::span<const http1::HeaderView> fields, std::string_view body) noexcept;
    void write(const Reply& reply, const Exchange* exchange, bool keep_alive) noexcept;
    void write_problem(std::uint16_t status, std::string_view detail, const Exchange* exchange,
                       bool keep_alive, const http1::HeaderView* field = nullptr) noexcept;
    // Answers with a problem and closes: the peer's framing cannot be trusted any more.
    void refuse(std::uint16_t status, std::string_view detail) noexcept;
    void answer_refusal(Exchange& exchange) noexcept;
    // Too many requests are handled already.
    void shed(Exchange& exchange, bool has_content) noexcept;
    // Answers in the handler's place, which keeps the exchange until it notices.
    void give_up_handler() noexcept;
    void after_answer(bool keep_alive, bool lingers) noexcept;
    void end_exchange() noexcept;

    // connection_streams.cc
    // `reply` has the fields that were added.
    Status begin_with(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept;
    bool write_piece(const LentBytes& piece, bool is_lent) noexcept;
    bool write_chunk(const LentBytes& piece, bool is_lent) noexcept;
    bool write_end(std::span<const http1::HeaderView> trailers) noexcept;
    void tell_writer() noexcept;
    std::uint64_t beat_end_ms() const noexcept;
    void beat() noexcept;

    // connection_feed.cc
    void go_on_feeding() noexcept;
    void release_feed() noexcept;
    void conclude() noexcept;

    // connection_deadlines.cc
    void enter(Phase phase) noexcept;
    std::uint64_t phase_end_ms() const noexcept;
    std::uint64_t content_end_ms() const noexcept;
    std::uint64_t judge_send(std::uint64_t now_ms) noexcept;
    void expire() noexcept;
    // Looks at the present phase when it may have lasted too long.
    void watch_phase() noexcept;
    void check_later(std::uint64_t at_ms) noexcept;
    bool output_comes_first() const noexcept {
        return stream_.is_sending() &&
               (phase_ == Phase::idle || phase_ == Phase::lingering || phase_ == Phase::skipping);
    }

    // connection.cc
    void on_proxy_header(const proxy::Header& header) noexcept override;
    void on_proxy_fault(proxy::HeaderError error) noexcept override;
    // The connection has ended before its answer.
    void give_to_handler(Exchange& exchange) noexcept;
    bool discard(std::size_t bytes) noexcept;
    void end_discarding() noexcept;
    void linger() noexcept;
    void mark_dirty() noexcept;
    bool send_pieces() noexcept;

    Server& server_;
    Peer peer_;
    const RouteLimits* limits_;  // of the present request, or else the last one
    net::Stream stream_;
    Buffer input_;  // bytes not yet parsed to the end, from the present message's first byte
    OutputQueue output_;
    http1::RequestParser parser_;
    Exchange* exchange_ = nullptr;
    Feed* feed_ = nullptr;      // of the phase feeding, and until the end after it
    std::size_t fed_ = 0;       // bytes of the present head the parser has seen
    std::size_t lingered_ = 0;  // bytes discarded
    std::size_t skipped_ = 0;   // bytes of content that nobody reads
    std::uint64_t phase_since_ms_ = 0;
    std::uint64_t send_since_ms_ = 0;
    std::uint64_t body_bytes_ = 0;
    std::uint64_t content_since_ms_ = 0;  // less the time for which the client was not listened to
    std::uint64_t content_seen_ms_ = 0;   // when some came last
    std::int64_t progress_ = 0;           // of the send under way, when it was looked at last
    std::uint32_t requests_ = 0;
    Phase phase_ = Phase::idle;
    bool streams_content_ = false;  // to the handler of exchange_, and has not ended
    bool is_consuming_ = false;
    bool closes_after_send_ = false;
    bool is_ended_ = false;    // the peer has closed its side
    bool is_drained_ = false;  // told to drain
    bool is_output_full_ = false;
    bool is_watch_put_off_ = false;  // until the output has left
    bool is_room_awaited_ = false;   // by the writer of exchange_'s answer
    bool is_input_void_ = false;     // the content has failed: what comes has no meaning any more
    bool is_memory_out_ = false;     // while content was gathered
    bool is_feed_chunked_ = false;
    bool feed_keeps_alive_ = false;
};

}  // namespace trivet::http
