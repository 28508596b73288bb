#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/list.h"
#include "http/buffer.h"
#include "http/exchange.h"
#include "http/reply.h"
#include "io/deadlines.h"
#include "io/loop.h"
#include "proto/http1/request_parser.h"

namespace trivet::http {

class Server;

struct DirtyTag {};
struct ResumeTag {};
struct AllTag {};

// One HTTP/1 connection: bytes to requests, answers to bytes, one request at a time and in order.
// Owned by its Server, destroyed in on_closed(). Loop thread only. What goes wrong with the peer
// ends the connection and nothing else.
class Connection final : public io::StreamHandler,
                         public io::Deadline,
                         public ListNode<DirtyTag>,
                         public ListNode<ResumeTag>,
                         public ListNode<AllTag>,
                         private http1::BodySink {
public:
    Connection(Server& server, BlockPool& pool) noexcept;
    ~Connection();

    // Takes over an accepted socket; an errno when the loop refuses it.
    int open(int fd) noexcept;

    // Answers the present exchange and ends it. `reply` was checked.
    Status reply(Exchange& exchange, const Reply& reply) noexcept;
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

private:
    enum class Phase : std::uint8_t { idle, head, body, handling, lingering, closed };

    std::size_t consume(std::string_view bytes) noexcept;
    void consume_input() noexcept;
    void on_head(std::string_view bytes, std::size_t begin, std::size_t end) noexcept;
    Status route(Exchange& exchange) noexcept;
    Status match(Exchange& exchange, std::string_view host, std::string_view path,
                 bool has_escapes) noexcept;
    void finish_request() noexcept;
    // Refuses a request whose content is not read: the answer is the connection's last.
    void refuse_unread(Exchange& exchange, std::uint16_t status, std::string_view detail) noexcept;
    // Lets the dispatcher answer a refusal, if it wants to.
    bool deliver_refusal(Exchange& exchange, std::string_view detail) noexcept;
    bool on_body(std::string_view bytes) noexcept override;
    bool on_chunk(std::uint64_t size) noexcept override;
    bool must_wait() const noexcept;

    bool may_keep_alive(const Exchange& exchange) const noexcept;
    void write(const Reply& reply, bool is_head_request, bool keep_alive,
               std::uint32_t version) noexcept;
    // `exchange` is nullptr when the request could not be understood.
    void write_problem(std::uint16_t status, std::string_view detail, const Exchange* exchange,
                       bool keep_alive) noexcept;
    // Answers with a problem and closes: the peer's framing cannot be trusted any more.
    void refuse(std::uint16_t status, std::string_view detail) noexcept;
    void answer_refusal(Exchange& exchange) noexcept;
    void end_exchange() noexcept;
    void tell_gone(Exchange& exchange) noexcept;
    void enter(Phase phase) noexcept;
    std::uint64_t phase_limit_ms() const noexcept;
    void linger() noexcept;
    void mark_dirty() noexcept;
    void check_later(std::uint64_t at_ms) noexcept;

    Server& server_;
    io::Stream stream_;
    Buffer input_;    // bytes not yet parsed to the end, from the present message's first byte
    Buffer output_;   // answers not yet handed to the loop
    Buffer sending_;  // answers the loop is sending
    http1::RequestParser parser_;
    Exchange* exchange_ = nullptr;
    std::size_t fed_ = 0;       // bytes of the present head the parser has seen
    std::size_t lingered_ = 0;  // bytes discarded
    std::uint64_t phase_since_ms_ = 0;
    std::uint64_t send_since_ms_ = 0;
    std::uint64_t body_bytes_ = 0;
    std::int64_t progress_ = 0;  // of the send under way, when it was looked at last
    Phase phase_ = Phase::idle;
    bool is_consuming_ = false;
    bool closes_after_send_ = false;
    bool is_ended_ = false;    // the peer has closed its side
    bool is_drained_ = false;  // told to drain
    bool is_output_full_ = false;
    bool is_memory_out_ = false;  // while content was gathered
};

}  // namespace trivet::http
