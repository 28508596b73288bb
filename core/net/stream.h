#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/list.h"
#include "io/loop.h"
#include "net/handshakes.h"
#include "net/proxied.h"
#include "tls/context.h"
#include "tls/session.h"

namespace trivet::net {

class Secured;
struct OwedTag {};

// What the TLS streams of one loop share. Loop thread only.
class TlsStreams {
public:
    static constexpr std::size_t kRoomBytes = std::size_t{16} * 1024;  // one record

    TlsStreams(io::Loop& loop, BlockPool& pool) noexcept : pool_(pool), handshakes_(loop) {}
    ~TlsStreams();
    TlsStreams(const TlsStreams&) = delete;
    TlsStreams& operator=(const TlsStreams&) = delete;

    // For streams that are opened from now on; nullptr: they carry bytes as they are.
    void set_context(std::shared_ptr<const tls::Context> context) noexcept {
        context_ = std::move(context);
    }
    const std::shared_ptr<const tls::Context>& context() const noexcept { return context_; }
    // Goes on with the handshakes that have had a step made off the loop, and tells handlers what
    // they are owed. Once a turn.
    void collect() noexcept;
    bool has_steps() const noexcept { return handshakes_.under_way() > 0; }
    // No step is made any more: streams may be destroyed that have one under way.
    void stop() noexcept { handshakes_.stop(); }

private:
    friend class Secured;
    friend class Stream;

    // Where records are decrypted to; empty when there is no memory.
    std::span<char> room() noexcept;

    BlockPool& pool_;
    Handshakes handshakes_;
    std::shared_ptr<const tls::Context> context_;
    List<Secured, OwedTag> owed_;
    char* room_ = nullptr;
};

// A connected socket: io::Stream and, where the peer speaks TLS, the session between it and whoever
// handles the bytes. Its members do as those of io::Loop of the same name, for the bytes within the
// session; the handler is told as by the loop. The end of a TLS stream is told by the peer's
// close_notify as well as by that of the connection.
class Stream {
public:
    Stream() = default;
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    int open(io::Loop& loop, int fd, io::StreamHandler& handler) noexcept {
        return loop.open(socket_, fd, handler);
    }
    // The server's side of TLS, with the context that holds now. ENOMEM when memory is out.
    int open_tls(io::Loop& loop, int fd, io::StreamHandler& handler, TlsStreams& shared) noexcept;
    // Of a peer that is a proxy, and sends a header of the PROXY protocol before anything else;
    // with TLS behind it or not. ENOMEM when memory is out.
    int open_proxied(io::Loop& loop, int fd, io::StreamHandler& handler, ProxyHandler& told,
                     TlsStreams& shared, bool is_secured) noexcept;

    void send(io::Loop& loop, std::string_view bytes, bool is_prompt) noexcept {
        secured_ == nullptr ? loop.send(socket_, bytes, is_prompt) : send_secured(bytes, is_prompt);
    }
    // Nothing where there is TLS, whose bytes are encrypted first.
    std::size_t send_now(io::Loop& loop, std::span<const std::string_view> pieces) noexcept {
        return secured_ == nullptr ? loop.send_now(socket_, pieces) : 0;
    }
    void hurry(io::Loop& loop) noexcept;
    void pause(io::Loop& loop) noexcept { loop.pause(socket_); }
    void resume(io::Loop& loop) noexcept { loop.resume(socket_); }
    void shutdown(io::Loop& loop) noexcept;
    void close(io::Loop& loop) noexcept;
    bool has_left(io::Loop& loop) const noexcept { return loop.has_left(socket_); }
    std::int64_t send_progress(io::Loop& loop) const noexcept {
        return loop.send_progress(socket_);
    }

    bool is_sending() const noexcept {
        return secured_ == nullptr ? socket_.is_sending : is_secured_sending();
    }
    bool is_paused() const noexcept { return socket_.is_paused; }
    int fd() const noexcept { return socket_.fd; }
    // Whether TLS, or the header of a proxy, is awaited.
    bool is_handshaking() const noexcept {
        return (secured_ != nullptr && session() == nullptr) ||
               (proxied_ != nullptr && !proxied_->has_header());
    }
    // nullptr where there is no TLS, or its handshake is not complete.
    const tls::Session* session() const noexcept;

private:
    friend class Secured;
    bool secure(io::Loop& loop, io::StreamHandler& handler, TlsStreams& shared) noexcept;
    void send_secured(std::string_view bytes, bool is_prompt) noexcept;
    bool is_secured_sending() const noexcept;

    io::Stream socket_;
    Secured* secured_ = nullptr;
    Proxied* proxied_ = nullptr;    // in front of secured_
    Memory* proxied_of_ = nullptr;  // whose it is
};

}  // namespace trivet::net
