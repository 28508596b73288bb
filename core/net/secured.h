#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/stream.h"

namespace trivet::net {

// The TLS session of a stream: bytes of the socket to bytes for the handler, and back. Lives from
// Stream::open_tls until its socket is closed and no step of its handshake is under way.
class Secured final : public io::StreamHandler, public ListNode<OwedTag>, private HandshakeStep {
public:
    Secured(io::Loop& loop, io::Stream& socket, io::StreamHandler& handler,
            TlsStreams& shared) noexcept;
    ~Secured();

    bool is_ready() const noexcept { return session_.is_ready(); }
    const tls::Session& session() const noexcept { return session_; }
    // And the loop's again.
    bool is_established() const noexcept { return step_ == nullptr && session_.is_established(); }
    Memory& memory() noexcept;

    void send(std::string_view bytes, bool is_prompt) noexcept;
    void hurry() noexcept;
    void shutdown() noexcept;
    void close() noexcept;
    bool is_sending() const noexcept { return is_sending_; }
    // The end of a send of which nothing was on its way.
    void tell_owed() noexcept;

    void on_data(std::string_view bytes) noexcept override;
    void on_end(int error) noexcept override;
    void on_sent(int error) noexcept override;
    void on_closed() noexcept override;

private:
    // Most that is encrypted at a time, and that comes while a step is under way before the socket
    // rests.
    static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

    // What a step off the loop reads and writes: memory that nobody else takes from meanwhile.
    struct Step {
        Step(Memory& memory, BlockPool& of_loop) noexcept
            : pool(memory), input(pool), output(pool), waiting(of_loop) {}
        BlockPool pool;
        Buffer input;
        Buffer output;
        Buffer waiting;  // what has come meanwhile: the loop's
    };

    void begin_step(std::string_view bytes) noexcept;
    void finish_handshake(std::string_view bytes) noexcept;
    void end_step() noexcept;
    void receive_again() noexcept;
    void on_step(tls::Progress progress) noexcept override;
    void read(std::string_view bytes) noexcept;
    void go_on(std::string_view bytes) noexcept;
    void owe() noexcept;
    // Sends what is there, unless something is on its way.
    void pump() noexcept;
    void encrypt_piece() noexcept;
    // The session is of no more use: its last words leave, and the handler is told.
    void fail() noexcept;
    void take_end(int error) noexcept;
    void tell_end(int error) noexcept;

    io::Loop& loop_;
    io::Stream& socket_;
    io::StreamHandler& handler_;
    TlsStreams& shared_;
    Buffer output_;  // to be sent
    Buffer flight_;  // on its way
    tls::Session session_;
    Step* step_ = nullptr;    // off the loop
    int waiting_end_ = 0;     // told when the step has ended
    std::string_view plain_;  // of the handler's, not encrypted yet
    bool has_end_waiting_ = false;
    bool is_handshake_told_ = false;  // what is sent next has what a step wrote
    bool is_held_ = false;            // the socket rests until the step has ended
    bool is_sending_ = false;         // the handler's bytes
    bool is_prompt_ = false;
    bool is_finishing_ = false;  // the sending side ends when all has left
    bool is_farewell_said_ = false;
    bool is_ended_ = false;  // and the handler knows
    bool is_failed_ = false;
    bool is_closing_ = false;
    bool is_socket_closed_ = false;
};

}  // namespace trivet::net
