#include "net/stream.h"

#include <cerrno>
#include <new>

#include "net/secured.h"

namespace trivet::net {

TlsStreams::~TlsStreams() { pool_.memory().release(room_, kRoomBytes); }

void TlsStreams::collect() noexcept {
    handshakes_.collect();
    List<Secured, OwedTag> owed;
    owed.splice(owed_);
    while (Secured* const stream = owed.pop_front()) {
        stream->tell_owed();
    }
}

std::span<char> TlsStreams::room() noexcept {
    if (room_ == nullptr) {
        room_ = static_cast<char*>(pool_.memory().allocate(kRoomBytes));
    }
    return {room_, room_ == nullptr ? 0 : kRoomBytes};
}

Stream::~Stream() {
    if (secured_ != nullptr) {
        Memory& memory = secured_->memory();
        secured_->~Secured();
        memory.release(secured_, sizeof(Secured));
    }
    if (proxied_ != nullptr) {
        proxied_->~Proxied();
        proxied_of_->release(proxied_, sizeof(Proxied));
    }
}

bool Stream::secure(io::Loop& loop, io::StreamHandler& handler, TlsStreams& shared) noexcept {
    void* const room = shared.pool_.memory().allocate(sizeof(Secured));
    if (room == nullptr) {
        return false;
    }
    secured_ = new (room) Secured(loop, socket_, handler, shared);
    return secured_->is_ready();
}

int Stream::open_tls(io::Loop& loop, int fd, io::StreamHandler& handler,
                     TlsStreams& shared) noexcept {
    return secure(loop, handler, shared) ? loop.open(socket_, fd, *secured_) : ENOMEM;
}

int Stream::open_proxied(io::Loop& loop, int fd, io::StreamHandler& handler, ProxyHandler& told,
                         TlsStreams& shared, bool is_secured) noexcept {
    if (is_secured && !secure(loop, handler, shared)) {
        return ENOMEM;
    }
    Memory& memory = shared.pool_.memory();
    void* const room = memory.allocate(sizeof(Proxied));
    if (room == nullptr) {
        return ENOMEM;
    }
    io::StreamHandler& next = is_secured ? static_cast<io::StreamHandler&>(*secured_) : handler;
    proxied_ = new (room) Proxied(shared.pool_, next, told);
    proxied_of_ = &memory;
    return loop.open(socket_, fd, *proxied_);
}

void Stream::hurry(io::Loop& loop) noexcept {
    secured_ == nullptr ? loop.hurry(socket_) : secured_->hurry();
}

void Stream::shutdown(io::Loop& loop) noexcept {
    secured_ == nullptr ? loop.shutdown(socket_) : secured_->shutdown();
}

void Stream::close(io::Loop& loop) noexcept {
    if (proxied_ != nullptr) {
        proxied_->close();
    }
    secured_ == nullptr ? loop.close(socket_) : secured_->close();
}

const tls::Session* Stream::session() const noexcept {
    return secured_ != nullptr && secured_->is_established() ? &secured_->session() : nullptr;
}

void Stream::send_secured(std::string_view bytes, bool is_prompt) noexcept {
    secured_->send(bytes, is_prompt);
}

bool Stream::is_secured_sending() const noexcept { return secured_->is_sending(); }

}  // namespace trivet::net
