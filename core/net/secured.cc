#include "net/secured.h"

#include <cerrno>
#include <new>
#include <utility>

namespace trivet::net {
namespace {

constexpr std::size_t kRecordOverhead = 64;
constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    "Content-Length: 48\r\n\r\nThis port speaks HTTPS: the address is https://\n";

}  // namespace

Secured::Secured(io::Loop& loop, io::Stream& socket, io::StreamHandler& handler,
                 TlsStreams& shared) noexcept
    : loop_(loop),
      socket_(socket),
      handler_(handler),
      shared_(shared),
      output_(shared.pool_),
      flight_(shared.pool_),
      session_(shared.context_, output_) {}

Secured::~Secured() {
    if (step_ != nullptr) {
        end_step();
    }
}

Memory& Secured::memory() noexcept { return shared_.pool_.memory(); }

void Secured::on_data(std::string_view bytes) noexcept {
    if (is_ended_ || is_failed_ || is_closing_) {
        return;  // what follows the end has no meaning
    }
    if (step_ != nullptr) {
        if (!step_->waiting.append(bytes)) {
            tell_end(ENOMEM);
        } else if (step_->waiting.size() > kPieceBytes && !socket_.is_paused) {
            is_held_ = true;
            loop_.pause(socket_);
        }
        return;
    }
    go_on(bytes);
}

void Secured::go_on(std::string_view bytes) noexcept {
    if (session_.awaits_finished()) {
        finish_handshake(bytes);
        return;
    }
    if (!session_.is_established()) {
        begin_step(bytes);
        return;
    }
    read(bytes);
    pump();
}

// The last step is cheaper than its way to the thread and back.
void Secured::finish_handshake(std::string_view bytes) noexcept {
    const tls::Progress progress = session_.handshake(bytes);
    if (progress == tls::Progress::failed || progress == tls::Progress::closed) {
        fail();
        return;
    }
    if (progress == tls::Progress::done) {
        is_handshake_told_ = true;
        if (!plain_.empty()) {
            encrypt_piece();
        }
        read(bytes);
    }
    pump();
}

// Any other flight of the client may ask for a signature, or be one to verify.
void Secured::begin_step(std::string_view bytes) noexcept {
    void* const room = memory().allocate(sizeof(Step));
    if (room == nullptr) {
        tell_end(ENOMEM);
        return;
    }
    step_ = new (room) Step(memory(), shared_.pool_);
    if (!step_->input.append(bytes)) {
        end_step();
        tell_end(ENOMEM);
        return;
    }
    session_.set_output(step_->output);
    HandshakeStep::session = &session_;
    HandshakeStep::input = step_->input.view();
    if (!shared_.handshakes_.add(*this)) {
        on_step(session_.handshake(HandshakeStep::input));
    }
}

void Secured::end_step() noexcept {
    Step* const step = std::exchange(step_, nullptr);
    step->~Step();
    memory().release(step, sizeof(Step));
}

// Before the handler is told of anything, who may have reasons of his own to pause.
void Secured::receive_again() noexcept {
    if (std::exchange(is_held_, false)) {
        loop_.resume(socket_);
    }
}

void Secured::on_step(tls::Progress progress) noexcept {
    session_.set_output(output_);
    is_handshake_told_ = true;
    const bool is_kept = output_.append(step_->output.view());
    if (is_closing_) {
        end_step();
        if (is_socket_closed_) {
            handler_.on_closed();
        }
        return;
    }
    if (is_ended_ || !is_kept || progress == tls::Progress::failed ||
        progress == tls::Progress::closed) {
        end_step();
        is_kept ? fail() : tell_end(ENOMEM);
        return;
    }
    receive_again();
    // What the step has left, then what has come meanwhile.
    Step* const step = std::exchange(step_, nullptr);
    const std::string_view rest = HandshakeStep::input;
    if (rest.empty() || step->waiting.empty()) {
        const std::string_view more = rest.empty() ? step->waiting.view() : rest;
        // What came with the handshake's last bytes may be in the session already.
        if (!more.empty() || session_.is_established()) {
            go_on(more);
        }
    } else if (Buffer both(shared_.pool_); both.append(rest) && both.append(step->waiting.view())) {
        go_on(both.view());
    } else {
        tell_end(ENOMEM);
    }
    step->~Step();
    memory().release(step, sizeof(Step));
    if (is_closing_) {
        return;
    }
    if (step_ == nullptr) {
        if (session_.is_established() && !plain_.empty() && output_.empty()) {
            encrypt_piece();
        }
        if (std::exchange(has_end_waiting_, false)) {
            take_end(waiting_end_);
        }
    }
    pump();
}

void Secured::read(std::string_view bytes) noexcept {
    const std::span<char> room = shared_.room();
    if (room.empty()) {
        tell_end(ENOMEM);
        return;
    }
    for (;;) {
        std::size_t size = 0;
        switch (session_.read(bytes, room, size)) {
            case tls::Progress::done:
                handler_.on_data({room.data(), size});
                if (is_closing_) {
                    return;
                }
                break;
            case tls::Progress::more:
                return;
            case tls::Progress::closed:
                take_end(0);
                return;
            case tls::Progress::failed:
                fail();
                return;
        }
    }
}

void Secured::fail() noexcept {
    is_failed_ = true;
    if (session_.is_plain_http()) {
        output_.clear();  // an alert would be noise to it
        output_.append(kPlainHttp);
    }
    tell_end(EPROTO);
}

void Secured::tell_end(int error) noexcept {
    if (!std::exchange(is_ended_, true) && !is_closing_) {
        handler_.on_end(error);
    }
}

// The end waits for the step of a handshake and for what that has sent: the farewell only goes out
// when nothing is on its way.
void Secured::take_end(int error) noexcept {
    const bool is_owed_farewell = error == 0 && socket_.is_sending && !is_sending_;
    if ((step_ != nullptr || is_owed_farewell) && !is_closing_) {
        has_end_waiting_ = true;
        waiting_end_ = error;
        if (is_owed_farewell) {
            loop_.hurry(socket_);
        }
        return;
    }
    tell_end(error);
}

void Secured::on_end(int error) noexcept {
    if (is_failed_ && std::exchange(is_sending_, false)) {
        handler_.on_sent(EPROTO);
        return;
    }
    take_end(error);
}

void Secured::send(std::string_view bytes, bool is_prompt) noexcept {
    is_sending_ = true;
    is_prompt_ = is_prompt;
    plain_ = bytes;
    if (is_established()) {
        encrypt_piece();
        pump();
        if (output_.empty() && !socket_.is_sending) {
            owe();  // nothing is on its way whose end would be told
        }
    } else if (is_failed_ || bytes.empty()) {
        owe();
    }
}

void Secured::owe() noexcept {
    shared_.owed_.push_back(*this);
    loop_.wake();
}

void Secured::tell_owed() noexcept {
    if (!is_closing_ && !socket_.is_sending && std::exchange(is_sending_, false)) {
        plain_ = {};
        handler_.on_sent(is_failed_ ? EPROTO : 0);
        if (!is_closing_) {
            pump();
        }
    }
}

void Secured::encrypt_piece() noexcept {
    const std::string_view piece = plain_.substr(0, kPieceBytes);
    plain_.remove_prefix(piece.size());
    // Room for all of its records at once.
    const std::size_t records = piece.size() / TlsStreams::kRoomBytes + 1;
    if (!piece.empty() && (output_.reserve(piece.size() + records * kRecordOverhead) == nullptr ||
                           !session_.write(piece))) {
        is_failed_ = true;
        plain_ = {};
    }
}

void Secured::pump() noexcept {
    if (is_closing_) {
        return;
    }
    if (socket_.is_sending) {
        if (!output_.empty() || is_finishing_) {
            loop_.hurry(socket_);
        }
        return;
    }
    const bool is_last = is_finishing_ && plain_.empty() && step_ == nullptr;
    if (is_last && !std::exchange(is_farewell_said_, true) && !is_failed_) {
        session_.close();
    }
    if (!output_.empty()) {
        flight_.swap(output_);
        // Of a handshake promptly, too: who leaves behind it is owed a farewell, which only goes
        // out when nothing is on its way.
        const bool is_prompt = is_prompt_ || !plain_.empty() || is_finishing_;
        loop_.send(socket_, flight_.view(), std::exchange(is_handshake_told_, false) || is_prompt);
        return;
    }
    if (is_last) {
        is_finishing_ = false;
        loop_.shutdown(socket_);
    }
}

void Secured::on_sent(int error) noexcept {
    flight_.clear();
    if (is_closing_) {
        return;
    }
    if (error == 0 && !plain_.empty() && is_established()) {
        encrypt_piece();
    }
    if (error != 0 || (is_failed_ && is_sending_)) {
        const bool was_sending = std::exchange(is_sending_, false);
        was_sending ? handler_.on_sent(error != 0 ? error : EPROTO) : tell_end(error);
        return;
    }
    if (output_.empty() && plain_.empty() && std::exchange(is_sending_, false)) {
        handler_.on_sent(0);
        if (is_closing_) {
            return;
        }
    }
    pump();
    if (!socket_.is_sending && step_ == nullptr && std::exchange(has_end_waiting_, false)) {
        tell_end(waiting_end_);
    }
}

void Secured::hurry() noexcept {
    is_prompt_ = true;
    if (socket_.is_sending) {
        loop_.hurry(socket_);
    }
}

void Secured::shutdown() noexcept {
    is_finishing_ = true;
    pump();
}

void Secured::close() noexcept {
    if (std::exchange(is_closing_, true)) {
        return;
    }
    // Who is cut off in the middle is told by that; who waits is told that no more will come, as
    // far as the socket takes it now.
    if (!socket_.is_sending && step_ == nullptr) {
        if (!is_failed_ && !socket_.is_broken && !is_farewell_said_) {
            session_.close();
        }
        if (!output_.empty()) {
            loop_.send_last(socket_, output_.view());
        }
    }
    loop_.close(socket_);
}

void Secured::on_closed() noexcept {
    is_socket_closed_ = true;
    if (step_ == nullptr) {
        handler_.on_closed();
    }
}

}  // namespace trivet::net
