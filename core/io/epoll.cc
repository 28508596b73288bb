#include "io/epoll.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

constexpr std::uint64_t kFdShift = 3;

int timeout_ms_of(std::int64_t timeout_ns) {
    if (timeout_ns < 0) {
        return -1;
    }
    const std::int64_t ms = (timeout_ns + 999'999) / 1'000'000;
    return ms > 3'600'000 ? 3'600'000 : static_cast<int>(ms);
}

}  // namespace

std::unique_ptr<EpollLoop> EpollLoop::create(Memory& memory, const LoopConfig&,
                                             int& error) noexcept {
    std::unique_ptr<EpollLoop> loop(new (std::nothrow) EpollLoop(memory));
    if (loop == nullptr) {
        error = ENOMEM;
        return nullptr;
    }
    loop->receive_buffer_ = static_cast<char*>(memory.allocate(kReceiveBytes));
    if (loop->receive_buffer_ == nullptr) {
        error = ENOMEM;
        return nullptr;
    }
    loop->epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    if (!loop->epoll_.is_open()) {
        error = errno;
        return nullptr;
    }
    error = loop->wakeup_.open();
    if (error != 0) {
        return nullptr;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWake;
    if (::epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wakeup_.fd(), &event) != 0) {
        error = errno;
        return nullptr;
    }
    loop->clock_.read_system();
    return loop;
}

EpollLoop::~EpollLoop() {
    memory_.release(receive_buffer_, receive_buffer_ == nullptr ? 0 : kReceiveBytes);
}

int EpollLoop::listen(int fd, AcceptHandler& handler) noexcept {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kListener;
    ++system_calls_;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return errno;
    }
    listener_ = fd;
    accept_handler_ = &handler;
    return 0;
}

void EpollLoop::stop_listening() noexcept {
    if (listener_ >= 0) {
        ++system_calls_;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, nullptr);
        accept_pending(listener_, *accept_handler_);
        listener_ = -1;
        accept_retry_at_ns_ = 0;
    }
}

int EpollLoop::open(Stream& stream, int fd, StreamHandler& handler) noexcept {
    stream.handler = &handler;
    stream.fd = fd;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &stream;
    ++system_calls_;
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

void EpollLoop::send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept {
    stream.send_data = bytes.data();
    stream.send_size = bytes.size();
    stream.send_is_prompt = is_prompt;
    stream.is_sending = true;
    queued_sends_.push_back(stream);
}

void EpollLoop::hurry(Stream& stream) noexcept {
    stream.send_is_prompt = true;
    is_hurried_ = is_hurried_ || static_cast<ListNode<SentTag>&>(stream).is_linked();
}

void EpollLoop::pause(Stream& stream) noexcept { stream.is_paused = true; }

void EpollLoop::resume(Stream& stream) noexcept {
    stream.is_paused = false;
    receive_again(stream);
}

// An edge is reported once, so what was left unread is remembered here.
void EpollLoop::receive_again(Stream& stream) noexcept {
    if (!stream.is_closing && !stream.is_ended) {
        readable_.push_back(stream);
    }
}

void EpollLoop::shutdown(Stream& stream) noexcept {
    ++system_calls_;
    ::shutdown(stream.fd, SHUT_WR);
}

void EpollLoop::close(Stream& stream) noexcept {
    if (stream.is_closing) {
        return;
    }
    stream.is_closing = true;
    stream.is_sending = false;
    static_cast<ListNode<SentTag>&>(stream).unlink();
    static_cast<ListNode<RearmTag>&>(stream).unlink();
    // Closing does not do it where another process has a copy of the descriptor.
    system_calls_ += 2;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stream.fd, nullptr);
    ::close(stream.fd);
    stream.fd = -1;
    closed_.push_back(stream);
}

std::int64_t EpollLoop::send_progress(const Stream& stream) noexcept {
    return socket_progress(stream.fd, stream.send_size);
}

int EpollLoop::watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept {
    watch_handler_ = &handler;
    if (fd < 0) {
        return EBADF;
    }
    int error = ENOENT;
    std::uint32_t* known = interest == 0 ? watched_.find(fd) : watched_.make(fd, error);
    if (known == nullptr || (interest == 0 && *known == 0)) {
        return error;
    }
    const std::uint32_t before = *known;
    epoll_event event{};
    event.events = ((interest & kRead) != 0 ? EPOLLIN | EPOLLRDHUP : 0u) |
                   ((interest & kWrite) != 0 ? EPOLLOUT : 0u);
    event.data.u64 = (static_cast<std::uint64_t>(fd) << kFdShift) | kWatch;
    const int operation = interest == 0 ? EPOLL_CTL_DEL
                          : before == 0 ? EPOLL_CTL_ADD
                                        : EPOLL_CTL_MOD;
    ++system_calls_;
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0 && interest != 0) {
        // The descriptor was closed and opened again behind our back: what we knew of it is void.
        if (errno != ENOENT || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
            return errno;
        }
    }
    *known = interest;
    return 0;
}

int EpollLoop::flush() noexcept {
    List<Stream, SentTag> sends;
    sends.splice(queued_sends_);
    while (Stream* stream = sends.pop_front()) {
        try_send(*stream);
    }
    return 0;
}

int EpollLoop::wait(std::int64_t timeout_ns) noexcept {
    flush();
    if (event_index_ < event_count_) {
        return 0;
    }
    if (owes_calls()) {
        timeout_ns = 0;
    }
    if (accept_retry_at_ns_ != 0) {
        const std::uint64_t now = clock_.now_ns();
        const std::int64_t left =
            accept_retry_at_ns_ > now ? static_cast<std::int64_t>(accept_retry_at_ns_ - now) : 0;
        timeout_ns = timeout_ns < 0 || timeout_ns > left ? left : timeout_ns;
    }
    ++system_calls_;
    const int count = ::epoll_wait(epoll_.get(), events_, kEventsMax, timeout_ms_of(timeout_ns));
    const int error = count < 0 ? errno : 0;
    event_count_ = count < 0 ? 0 : count;
    event_index_ = 0;
    clock_.read_system();
    return error == EINTR ? 0 : error;
}

void EpollLoop::dispatch() noexcept {
    finish_sends();
    List<Stream, RearmTag> readable;
    readable.splice(readable_);
    while (Stream* stream = readable.pop_front()) {
        receive(*stream, true);
    }
    while (event_index_ < event_count_) {
        const epoll_event event = events_[event_index_++];
        switch (event.data.u64 & kTagMask) {
            case kListener:
                accept_all();
                break;
            case kWake:
                system_calls_ += 1;
                wakeup_.acknowledge();
                break;
            case kWatch: {
                const auto fd = static_cast<int>(event.data.u64 >> kFdShift);
                const std::uint32_t interest = *watched_.find(fd);
                const std::uint32_t ready =
                    ((event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 ? kRead
                                                                                        : 0u) |
                    ((event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 ? kWrite : 0u);
                const std::uint32_t fault =
                    (event.events & (EPOLLHUP | EPOLLERR)) != 0 ? kError : 0u;
                if (interest != 0 && ((ready & interest) | fault) != 0) {
                    watch_handler_->on_ready(fd, (ready & interest) | fault);
                }
                break;
            }
            default: {
                auto* stream = static_cast<Stream*>(event.data.ptr);
                if (stream->is_closing) {
                    break;
                }
                constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;
                constexpr std::uint32_t kRoom = EPOLLOUT | kBroken;
                stream->is_broken = stream->is_broken || (event.events & kBroken) != 0;
                if (stream->is_blocked && (event.events & kRoom) != 0) {
                    stream->is_blocked = false;
                    try_send(*stream);
                }
                constexpr std::uint32_t kEnd = EPOLLRDHUP | kBroken;
                if ((event.events & (EPOLLIN | kEnd)) != 0 && !stream->is_closing) {
                    receive(*stream, (event.events & kEnd) != 0);
                }
                break;
            }
        }
    }
    if (accept_retry_at_ns_ != 0 && clock_.now_ns() >= accept_retry_at_ns_) {
        accept_retry_at_ns_ = 0;
        if (listener_ >= 0 && listen(listener_, *accept_handler_) == 0) {
            accept_all();
        } else if (listener_ >= 0) {
            accept_retry_at_ns_ = clock_.now_ns() + kAcceptRetryNs;  // no memory to look at it
        }
    }
    finish_sends();
    finish_closes();
}

void EpollLoop::receive(Stream& stream, bool has_more) noexcept {
    if (stream.is_ended) {
        return;
    }
    if (stream.is_paused) {
        if (stream.is_broken) {
            end_broken(stream);
        }
        return;
    }
    ++system_calls_;
    const ssize_t count = ::recv(stream.fd, receive_buffer_, kReceiveBytes, 0);
    if (count > 0) {
        // A receive that does not fill the buffer has emptied the socket, unless its end is behind
        // it.
        if (has_more || static_cast<std::size_t>(count) == kReceiveBytes) {
            receive_again(stream);
        }
        stream.handler->on_data({receive_buffer_, static_cast<std::size_t>(count)});
        return;
    }
    if (count < 0 && errno == EAGAIN) {
        return;
    }
    if (count < 0 && errno == EINTR) {
        receive_again(stream);
        return;
    }
    stream.is_ended = true;
    stream.handler->on_end(count < 0 ? errno : 0);
}

// Of a stream that nobody reads: the kernel says it once, and may have done so before the pause.
void EpollLoop::end_broken(Stream& stream) noexcept {
    stream.is_ended = true;
    ++system_calls_;
    stream.handler->on_end(broken_by(stream.fd));
}

void EpollLoop::accept_all() noexcept {
    for (int count = 0; count < kAcceptsPerTurn && listener_ >= 0; ++count) {
        ++system_calls_;
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_handler_->on_accept(fd);
            continue;
        }
        if (errno == EAGAIN) {
            return;
        }
        if (is_of_connection(errno)) {
            continue;
        }
        // Out of descriptors or memory: the listener stays readable, so it rests a moment instead
        // of spinning.
        const int error = errno;
        epoll_event event{};
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_, &event);
        accept_retry_at_ns_ = clock_.now_ns() + kAcceptRetryNs;
        accept_handler_->on_accept_error(error);
        return;
    }
}

void EpollLoop::try_send(Stream& stream) noexcept {
    while (stream.send_size > 0) {
        ++system_calls_;
        const ssize_t count = ::send(stream.fd, stream.send_data, stream.send_size, MSG_NOSIGNAL);
        if (count >= 0) {
            stream.send_data += count;
            stream.send_size -= static_cast<std::size_t>(count);
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno == EAGAIN && await_room(stream)) {
            return;
        }
        stream.send_error = errno;
        stream.send_size = 0;
    }
    if (stream.send_is_prompt || stream.send_error != 0) {
        is_hurried_ = true;
    }
    done_sends_.push_back(stream);
}

// False, with errno, when the kernel cannot tell of room.
bool EpollLoop::await_room(Stream& stream) noexcept {
    stream.is_blocked = true;
    if (stream.watches_room) {
        return true;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &stream;
    ++system_calls_;
    stream.watches_room = ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, stream.fd, &event) == 0;
    stream.is_blocked = stream.watches_room;
    return stream.watches_room;
}

void EpollLoop::finish_sends() noexcept {
    is_hurried_ = false;
    while (Stream* stream = done_sends_.pop_front()) {
        stream->is_sending = false;
        const int error = stream->send_error;
        stream->send_error = 0;
        stream->handler->on_sent(error);
    }
}

void EpollLoop::finish_closes() noexcept {
    while (Stream* stream = closed_.pop_front()) {
        stream->handler->on_closed();
    }
}

}  // namespace trivet::io
