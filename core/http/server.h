#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/http_date.h"
#include "base/list.h"
#include "base/log.h"
#include "base/random.h"
#include "base/slab.h"
#include "http/address_counts.h"
#include "http/client.h"
#include "http/connection.h"
#include "http/content_encoders.h"
#include "http/exchange.h"
#include "http/limits.h"
#include "io/deadlines.h"
#include "io/loop.h"
#include "net/stream.h"
#include "route/router.h"

namespace trivet::http {

struct ServerStats {
    std::uint64_t connections = 0;
    std::uint64_t connections_total = 0;
    std::uint64_t connections_refused_total = 0;
    std::uint64_t requests_total = 0;
    std::uint64_t requests_shed_total = 0;     // answered with 503 because too many were under way
    std::uint64_t requests_dropped_total = 0;  // not begun, for the client had left meanwhile
    std::uint64_t handler_failures_total = 0;
    std::uint64_t stale_total = 0;
    std::uint64_t timeouts_total = 0;
};

// What a server asks its dispatcher for beyond the requests that have a route.
struct Interests {
    bool takes_refusals = false;  // understood requests that will be refused come as requests
    bool maps_errors = false;     // on_error() may answer instead of problem details
};

// How the content of a request is taken: gathered before the request is delivered, or streamed to
// the handler, which is delivered the head. `is_decoded`: as Content-Encoding says; other codings
// than ours give 415.
struct ContentPolicy {
    bool is_streamed = false;
    bool is_decoded = false;
};

// Receives the requests of a server.
class Dispatcher {
public:
    // Delivers a request; the handler may answer before this returns. An exchange with is_event set
    // by the dispatcher has been detached by it.
    virtual void on_request(Exchange& exchange) noexcept = 0;
    // The client of an unanswered request has closed its side.
    virtual void on_gone(Exchange& exchange) noexcept = 0;
    // An exchange with has_after_hooks is about to be answered; what is changed is checked again.
    virtual void on_reply(Exchange&, Reply&) noexcept {}
    // An error is about to be answered with problem details; the callee may answer itself.
    virtual void on_error(Exchange&, std::uint32_t, std::string_view) noexcept {}
    // Content will follow the head of a routed request.
    virtual void choose_content(const Exchange&, ContentPolicy&) noexcept {}
    // After a read that gave nothing: there is something now, the end or a failure among it. Or the
    // form that was asked for has ended.
    virtual void on_readable(Exchange&) noexcept {}
    // After a write that found the queue full: it has room again.
    virtual void on_writable(Exchange&) noexcept {}
    // Below the prefix of a mount there is no such file: the callee answers.
    virtual void on_file_missing(Exchange&) noexcept {}

protected:
    ~Dispatcher() = default;
};

// The connections and exchanges of one loop. Owned by its worker; loop thread only. A connection it
// has no memory or room for is closed at once and counted.
class Server final : public io::AcceptHandler {
public:
    // `router` is frozen.
    Server(io::Loop& loop, Memory& memory, const Limits& limits, const route::Router& router,
           Log& log, Dispatcher& dispatcher, Interests interests, std::uint32_t first_generation,
           std::uint64_t first_id, RouteRules rules = {}) noexcept;
    ~Server();

    // Whether there was memory for all it needs before it serves.
    bool is_ready() const noexcept { return scratch_.is_ready() && gates_.is_ready(); }
    // What the connections begin with that the loop accepts by itself. Proxies are believed when
    // `trust`, which lives as long as the server, holds them; others are refused where one is due.
    void set_listening(Listening listening, const Trust& trust) noexcept {
        listening_ = listening;
        trust_ = &trust;
    }
    Listening listening() const noexcept { return listening_; }
    // For connections that are accepted from now on and speak TLS; nullptr: none does.
    void set_tls(std::shared_ptr<const tls::Context> context) noexcept {
        tls_.set_context(std::move(context));
    }
    // Goes on with handshakes that had a step made on another thread. Once a turn.
    void collect_handshakes() noexcept { tls_.collect(); }
    // Accepts from a listening socket that stays the caller's.
    int listen(int fd) noexcept;
    // Stops accepting, after taking what the backlog holds; finishes what is in flight.
    void drain() noexcept;
    // Closes every connection.
    void abort() noexcept;
    bool is_draining() const noexcept { return is_draining_; }
    bool is_empty() const noexcept { return stats_.connections == 0; }

    Exchange* find(std::uint32_t slot, std::uint32_t generation) noexcept {
        return exchanges_.find(slot, generation);
    }
    // Answers an exchange and ends it, unless `reply` is refused (argument, header).
    Status reply(Exchange& exchange, const Reply& reply) noexcept;
    // `members` as for append_problem.
    Status reply_problem(Exchange& exchange, std::uint32_t status, std::string_view detail,
                         std::string_view members = {}) noexcept;
    Status reply_redirect(Exchange& exchange, std::uint32_t status,
                          std::string_view location) noexcept;
    // 500 with the detail for the client, and one log line with the cause; where the client's
    // content had failed, what that asks for, and no line. An answer that has begun is broken off.
    Status reply_fail(Exchange& exchange, std::string_view cause,
                      std::string_view detail = {}) noexcept;

    // An answer in pieces. begin() sends the head of `reply`, which has no body, and promises
    // `length` bytes unless it is kUnknownLength; then write() and finish(). Status::gone (the
    // client has left, or an after hook spoilt the head) and Status::memory from any of them: the
    // exchange has ended. Status::state: not in this order.
    Status begin(Exchange& exchange, const Reply& reply,
                 std::uint64_t length = kUnknownLength) noexcept;
    // Copies `bytes`. `is_full`: the writer should wait for on_writable(); one that never does gets
    // Status::limit, and nothing of its piece is taken. Status::argument: more than was promised.
    Status write(Exchange& exchange, std::string_view bytes, bool& is_full) noexcept;
    // The same with bytes that stay where they are until they are released, whatever happens.
    Status write(Exchange& exchange, const LentBytes& piece, bool& is_full) noexcept;
    // Ends answer and exchange. Trailers go out with chunked answers, else they are dropped.
    // Status::header: a trailer is malformed or forbidden, and nothing has ended. Status::argument:
    // less than was promised was written; the connection closes.
    Status finish(Exchange& exchange, std::span<const http1::HeaderView> trailers = {}) noexcept;
    // Has `bytes`, which are static, written to an answer in pieces whenever nothing was for `ms`.
    void set_beat(Exchange& exchange, std::string_view bytes, std::uint32_t ms) noexcept {
        exchange.connection->set_beat(exchange, bytes, ms);
    }
    // Leaves the content of an answer in pieces, which has begun and has a connection, to `feed`;
    // the exchange has ended then. Its own content was read.
    void hand_over(Exchange& exchange, Feed& feed) noexcept {
        exchange.connection->hand_over(exchange, feed);
    }
    // Gives the answer up, begun or not: the connection closes without its end.
    void break_off(Exchange& exchange) noexcept;
    // Ends a request that nobody has begun, if its client has gone. False: it has not.
    bool drop_if_left(Exchange& exchange) noexcept;
    // Marks a request whose answer nobody waits for any more, and tells the dispatcher; once.
    void tell_gone(Exchange& exchange) noexcept;
    // What has come of the content of a streamed request; all of it of another.
    ContentRead read(Exchange& exchange) noexcept;
    // Reads the content as a form: ok once it is whole, again while more has to come, or the form's
    // fault, which stays. Status::state: some was read otherwise. Status::memory, too, when there
    // is none for a form at all. The configuration of the first call holds; it is valid.
    Status read_form(Exchange& exchange, const FormConfig& config) noexcept;

    // Runs what was put off: pipelined requests whose turn has come.
    void resume_pending() noexcept;
    bool has_pending() const noexcept { return !resuming_.empty(); }
    // Hands all output of this turn to the loop.
    void flush_output() noexcept;
    void run_deadlines() noexcept;
    std::uint64_t next_deadline_ms() const noexcept { return deadlines_.next_ms(); }

    void on_accept(int fd) noexcept override { accept(fd, listening_); }
    // The same from a listener that is not the loop's own.
    void accept(int fd, Listening listening) noexcept;
    void on_accept_error(int error) noexcept override;

    // Has an exchange answered for which a mount has no file.
    void tell_missing(Exchange& exchange) noexcept { dispatcher_.on_file_missing(exchange); }

    ServerStats& stats() noexcept { return stats_; }
    BlockPool& pool() noexcept { return pool_; }
    io::Loop& loop() noexcept { return loop_; }
    Memory& memory() noexcept { return memory_; }
    ContentEncoders& encoders() noexcept { return encoders_; }
    // Above every generation the exchanges have had.
    std::uint32_t generation_end() noexcept { return exchanges_.generation_end(); }
    std::uint32_t exchanges_live() const noexcept { return exchanges_.live(); }
    // Requests under way that have come through a gate.
    std::uint32_t gate_count(std::uint32_t gate) const noexcept { return gates_.count(gate); }
    std::uint64_t regex_limit_total() const noexcept { return scratch_.limits_total(); }

private:
    friend class Connection;

    static constexpr const char* kTooManyOfOne =
        "its address has as many as may be, or memory is out";
    static constexpr const char* kNoProxy = "its address is none of trusted_proxies";

    std::string_view date() noexcept;
    Exchange* take_exchange() noexcept;
    // Ends an exchange; one that is kept only loses its connection.
    void give_back(Exchange& exchange) noexcept;
    void count_delivery(Exchange& exchange) noexcept;
    // Whether as many requests are being handled as may be.
    bool is_full() const noexcept { return delivered_ >= limits_.requests_max; }
    // Ends an exchange that cannot be answered, and its connection with it.
    Status abandon(Exchange& exchange) noexcept;
    void forget(Connection& connection) noexcept;
    void count_refusal(const char* reason) noexcept;
    bool is_new_second(std::int64_t& last) noexcept;
    // Counts the connection with its client's address. False when that has too many already.
    bool count_address(Connection& connection, const io::PeerAddress& peer) noexcept;
    // Lets the after hooks change an answer. Status::state when one of them spoilt it.
    Status run_after_hooks(Exchange& exchange, Reply& reply) noexcept;
    void log_failure(const Exchange& exchange, std::string_view cause) noexcept;
    // Says, once a second at most, that answers leave as they are for want of memory.
    void look_at_encoders() noexcept;
    // Tells of content, of its end or its failure, if anybody awaits it.
    void tell_reader(Exchange& exchange) noexcept;
    // Content has come for whoever awaits it: a form takes it, else its reader is told.
    void content_came(Exchange& exchange) noexcept;
    // Feeds a form with what is there; of what is decoded, one piece a turn.
    void advance_form(Exchange& exchange, Form& form) noexcept;
    void log_spool_error(const Exchange& exchange, const Form& form) noexcept;
    // Visits every connection; the visit may end the one it is at.
    template <typename Visit>
    void for_each_connection(Visit visit) noexcept {
        List<Connection, AllTag> rest;
        rest.splice(all_);
        while (Connection* connection = rest.pop_front()) {
            all_.push_back(*connection);
            visit(*connection);
        }
    }

    io::Loop& loop_;
    Memory& memory_;
    const Limits limits_;
    const RouteLimits common_limits_;
    const RouteRules rules_;
    const route::Router& router_;
    route::Scratch scratch_;
    route::Match
        match_;  // of the request at hand; here because making one takes longer than a match
    Log& log_;
    Dispatcher& dispatcher_;
    const Interests interests_;
    BlockPool pool_;
    net::TlsStreams tls_;
    ContentEncoders encoders_;
    Slab<Exchange> exchanges_;
    io::Deadlines deadlines_;
    AddressCounts addresses_;
    GateCounts gates_;
    Random random_;  // of the middleware
    List<Connection, DirtyTag> dirty_;
    List<Connection, ResumeTag> resuming_;
    List<Connection, AllTag> all_;
    ServerStats stats_;
    std::uint64_t next_id_;
    std::uint64_t delivered_ = 0;  // exchanges that are with their handlers
    std::int64_t accept_error_second_ = -1;
    std::int64_t refusal_second_ = -1;
    std::int64_t encoders_second_ = -1;
    std::uint64_t encoder_failures_ = 0;  // that were logged
    std::int64_t date_second_ = -1;
    char date_[kImfFixdateBytes];
    int listener_ = -1;
    Listening listening_;
    const Trust* trust_ = nullptr;
    bool is_draining_ = false;
};

}  // namespace trivet::http
