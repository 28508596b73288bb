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
}

int Stream::open_tls(io::Loop& loop, int fd, io::StreamHandler& handler,
                     TlsStreams& shared) noexcept {
    Memory& memory = shared.pool_.memory();
    void* const room = memory.allocate(sizeof(Secured));
    if (room == nullptr) {
        return ENOMEM;
    }
    secured_ = new (room) Secured(loop, socket_, handler, shared);
    return secured_->is_ready() ? loop.open(socket_, fd, *secured_) : ENOMEM;
}

void Stream::hurry(io::Loop& loop) noexcept {
    secured_ == nullptr ? loop.hurry(socket_) : secured_->hurry();
}

void Stream::shutdown(io::Loop& loop) noexcept {
    secured_ == nullptr ? loop.shutdown(socket_) : secured_->shutdown();
}

void Stream::close(io::Loop& loop) noexcept {
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
