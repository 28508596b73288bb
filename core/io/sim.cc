#include "io/sim.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace trivet::io {

void SimPeer::send(std::string_view bytes) {
    if (!bytes.empty()) {
        incoming_.emplace_back(bytes);
    }
}

void SimPeer::finish() { has_finished_ = true; }

void SimPeer::reset() { is_reset_ = true; }

SimPeer& SimLoop::connect() {
    peers_.push_back(std::make_unique<SimPeer>());
    SimPeer& peer = *peers_.back();
    peer.fd_ = kFirstFd + static_cast<int>(peers_.size()) - 1;
    open_.push_back(&peer);
    return peer;
}

int SimLoop::listen(int, AcceptHandler& handler) noexcept {
    accept_handler_ = &handler;
    is_listening_ = true;
    return 0;
}

void SimLoop::stop_listening() noexcept {
    if (is_listening_) {
        accept_waiting();
        is_listening_ = false;
    }
}

void SimLoop::accept_waiting() {
    for (std::size_t index = 0; index < open_.size(); ++index) {
        SimPeer& peer = *open_[index];
        if (peer.is_accepted_) {
            continue;
        }
        if (fails(accepts_, faults.accept)) {
            accept_handler_->on_accept_error(EMFILE);
            return;
        }
        peer.is_accepted_ = true;
        accept_handler_->on_accept(peer.fd_);
    }
}

int SimLoop::open(Stream& stream, int fd, StreamHandler& handler) noexcept {
    if (fails(opens_, faults.open)) {
        return ENOMEM;
    }
    stream.handler = &handler;
    stream.fd = fd;
    peers_[static_cast<std::size_t>(fd - kFirstFd)]->stream_ = &stream;
    return 0;
}

void SimLoop::discard(int fd) noexcept {
    SimPeer& peer = *peers_[static_cast<std::size_t>(fd - kFirstFd)];
    peer.server_has_finished_ = true;
    peer.server_has_closed_ = true;
}

bool SimLoop::has_left(const Stream& stream) noexcept {
    const SimPeer* peer = peer_of(stream);
    return peer == nullptr || peer->has_finished_ || peer->is_reset_;
}

SimPeer* SimLoop::peer_of(const Stream& stream) const {
    return stream.fd < kFirstFd ? nullptr
                                : peers_[static_cast<std::size_t>(stream.fd - kFirstFd)].get();
}

void SimLoop::send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept {
    stream.send_data = bytes.data();
    stream.send_size = bytes.size();
    stream.send_is_prompt = is_prompt;
    stream.is_sending = true;
}

std::size_t SimLoop::send_now(Stream& stream, std::span<const std::string_view> pieces) noexcept {
    SimPeer* const peer = peer_of(stream);
    std::size_t left = peer == nullptr || peer->is_reset_ ? 0 : peer->take_now_max;
    std::size_t taken = 0;
    for (const std::string_view piece : pieces) {
        const std::size_t size = std::min(piece.size(), left);
        peer->received_.append(piece.substr(0, size));
        left -= size;
        taken += size;
    }
    if (peer != nullptr) {
        peer->taken_ += static_cast<std::int64_t>(taken);
    }
    return taken;
}

void SimLoop::send_last(Stream& stream, std::string_view bytes) noexcept {
    if (SimPeer* const peer = peer_of(stream); peer != nullptr && !peer->is_reset_) {
        peer->received_.append(bytes);
    }
}

void SimLoop::shutdown(Stream& stream) noexcept { peer_of(stream)->server_has_finished_ = true; }

void SimLoop::close(Stream& stream) noexcept {
    if (stream.is_closing) {
        return;
    }
    SimPeer& peer = *peer_of(stream);
    peer.server_has_finished_ = true;
    peer.server_has_closed_ = true;
    peer.stream_ = nullptr;
    stream.is_closing = true;
    stream.is_sending = false;
    closed_.push_back(&stream);
}

Peer SimLoop::peer(int fd) noexcept {
    const SimPeer& peer = *peers_[static_cast<std::size_t>(fd - kFirstFd)];
    return {.address = IpAddress::of_ipv6(peer.address.high, peer.address.low),
            .port = peer.port,
            .is_known = peer.address.is_known()};
}

std::int64_t SimLoop::send_progress(const Stream& stream) noexcept {
    return peer_of(stream)->taken_;
}

int SimLoop::watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept {
    watch_handler_ = &handler;
    if (interest == 0) {
        return interest_.erase(fd) == 1 ? 0 : ENOENT;
    }
    interest_[fd] = interest;
    return 0;
}

bool SimLoop::has_work() const {
    return !closed_.empty() || std::any_of(open_.begin(), open_.end(), [&](const SimPeer* peer) {
        if (!peer->is_accepted_) {
            return is_listening_;
        }
        if (peer->stream_ == nullptr) {
            return false;
        }
        const bool can_receive =
            !peer->end_is_told_ &&
            (peer->is_reset_ ||
             (!peer->stream_->is_paused && (!peer->incoming_.empty() || peer->has_finished_)));
        return can_receive ||
               (peer->stream_->is_sending && (peer->take_max > 0 || peer->is_reset_));
    });
}

void SimLoop::dispatch() noexcept {
    if (fails(submissions_, faults.submission)) {
        return;
    }
    if (is_listening_) {
        accept_waiting();
    }
    // By index: handlers may make the test connect more peers.
    for (std::size_t index = 0; index < open_.size(); ++index) {
        deliver_sends(*open_[index]);
        receive(*open_[index]);
    }
    forget_closed();
    for (const auto& [fd, ready] : std::exchange(ready_, {})) {
        const auto found = interest_.find(fd);
        if (found != interest_.end() && (found->second & ready) != 0) {
            watch_handler_->on_ready(fd, found->second & ready);
        }
    }
    while (!closed_.empty()) {
        Stream* stream = closed_.front();
        closed_.pop_front();
        stream->handler->on_closed();
    }
}

void SimLoop::forget_closed() {
    std::erase_if(open_, [](const SimPeer* peer) { return peer->server_has_closed_; });
}

void SimLoop::deliver_sends(SimPeer& peer) {
    Stream* stream = peer.stream_;
    if (stream == nullptr || !stream->is_sending) {
        return;
    }
    int error = 0;
    if (peer.is_reset_ || fails(sends_, faults.send)) {
        error = EPIPE;
    } else {
        const std::size_t taken = std::min(peer.take_max, stream->send_size);
        peer.received_.append(stream->send_data, taken);
        peer.taken_ += static_cast<std::int64_t>(taken);
        stream->send_data += taken;
        stream->send_size -= taken;
        if (stream->send_size > 0) {
            return;
        }
    }
    stream->is_sending = false;
    stream->handler->on_sent(error);
}

void SimLoop::receive(SimPeer& peer) {
    Stream* stream = peer.stream_;
    if (stream == nullptr || peer.end_is_told_ || (stream->is_paused && !peer.is_reset_)) {
        return;
    }
    const bool has_bytes = !peer.incoming_.empty();
    if (!has_bytes && !peer.has_finished_ && !peer.is_reset_) {
        return;
    }
    if (peer.is_reset_ || fails(receives_, faults.receive)) {
        peer.end_is_told_ = true;
        stream->handler->on_end(ECONNRESET);
        return;
    }
    if (!has_bytes) {
        peer.end_is_told_ = true;
        stream->handler->on_end(0);
        return;
    }
    std::string bytes = std::move(peer.incoming_.front());
    peer.incoming_.pop_front();
    if (bytes.size() > peer.receive_max) {
        peer.incoming_.push_front(bytes.substr(peer.receive_max));
        bytes.resize(peer.receive_max);
    }
    stream->handler->on_data(bytes);
}

}  // namespace trivet::io
