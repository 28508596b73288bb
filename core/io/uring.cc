#include "io/uring.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

constexpr unsigned kFdShift = 3;
constexpr std::uint64_t kFdMask = (std::uint64_t{1} << 29) - 1;
constexpr unsigned kSequenceShift = 32;

std::uint64_t tagged(const Stream& stream, std::uint64_t operation) {
    return reinterpret_cast<std::uint64_t>(&stream) | operation;
}

std::uint64_t watch_data(int fd, std::uint32_t sequence, std::uint64_t operation) {
    return (std::uint64_t{sequence} << kSequenceShift) |
           (static_cast<std::uint64_t>(fd) << kFdShift) | operation;
}

bool may_receive(const Stream& stream) {
    return !stream.is_receiving && !stream.is_paused && !stream.is_ended && !stream.is_closing;
}

}  // namespace

std::unique_ptr<UringLoop> UringLoop::create(Memory& memory, const LoopConfig& config, int& error,
                                             std::string_view& reason) noexcept {
    std::unique_ptr<UringLoop> loop(new (std::nothrow) UringLoop(memory));
    reason = "memory";
    error = loop == nullptr ? ENOMEM : loop->set_up(config, reason);
    return error == 0 ? std::move(loop) : nullptr;
}

int UringLoop::set_up(const LoopConfig& config, std::string_view& reason) noexcept {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CQSIZE |
                   IORING_SETUP_SUBMIT_ALL;
    params.cq_entries = kCompletions;
    reason = "io_uring_setup";
    int error = -io_uring_queue_init_params(kEntries, &ring_, &params);
    if (error != 0) {
        return error;
    }
    ring_is_open_ = true;
    reason = "features";
    constexpr unsigned kNeeded = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
    if ((params.features & kNeeded) != kNeeded) {
        return ENOSYS;
    }
    // Failing costs a little speed only: an fget for each system call.
    [[maybe_unused]] const int registered = io_uring_register_ring_fd(&ring_);

    reason = "provided buffers";
    buffer_count_ = config.buffer_count;
    buffer_bytes_ = config.buffer_bytes;
    buffer_stride_ = std::size_t{config.buffer_bytes} + kBufferSpacing;
    void* buffers = ::mmap(nullptr, buffer_stride_ * config.buffer_count, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffers == MAP_FAILED) {
        return errno;
    }
    buffers_ = static_cast<char*>(buffers);
    int result = 0;
    buffer_ring_ = io_uring_setup_buf_ring(&ring_, config.buffer_count, kBufferGroup, 0, &result);
    if (buffer_ring_ == nullptr) {
        return -result;
    }
    for (unsigned index = 0; index < config.buffer_count; ++index) {
        recycle(index);
    }
    io_uring_buf_ring_advance(buffer_ring_, static_cast<int>(recycled_));
    recycled_ = 0;

    reason = "eventfd";
    error = wakeup_.open();
    if (error != 0) {
        return error;
    }
    arm_wake();
    // A filter may allow the ring to be made and forbid its use: that is to be known now.
    reason = "io_uring_enter";
    clock_.read_system();
    return flush();
}

UringLoop::~UringLoop() {
    if (ring_is_open_) {
        io_uring_submit(&ring_);
        if (buffer_ring_ != nullptr) {
            io_uring_free_buf_ring(&ring_, buffer_ring_, buffer_count_, kBufferGroup);
        }
        io_uring_queue_exit(&ring_);
    }
    if (buffers_ != nullptr) {
        ::munmap(buffers_, buffer_stride_ * buffer_count_);
    }
}

io_uring_sqe* UringLoop::next_sqe() noexcept {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    while (sqe == nullptr) {
        // The queue holds kEntries; submitting empties it. A full completion queue makes the kernel
        // answer EBUSY until its overflow is flushed, which this does as well.
        ++system_calls_;
        if (!is_transient(io_uring_submit_and_get_events(&ring_))) {
            // Nothing will be done any more, which wait() tells; here it only must not hang.
            return &nowhere_;
        }
        sqe = io_uring_get_sqe(&ring_);
    }
    return sqe;
}

// Whether the ring can be entered again: ETIME is a timeout, EBUSY and EAGAIN ask for completions
// to be consumed first. Anything else is how the kernel refuses the ring itself.
bool UringLoop::is_transient(int result) noexcept {
    if (result < 0 && result != -ETIME && result != -EINTR && result != -EBUSY &&
        result != -EAGAIN) {
        broken_ = -result;
    }
    return broken_ == 0;
}

int UringLoop::listen(int fd, AcceptHandler& handler) noexcept {
    listener_ = fd;
    accept_handler_ = &handler;
    arm_accept();
    return 0;
}

void UringLoop::arm_accept() noexcept {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    io_uring_sqe_set_data64(sqe, kAccept);
    accept_is_armed_ = true;
}

void UringLoop::stop_listening() noexcept {
    if (listener_ < 0) {
        return;
    }
    const int listener = listener_;
    listener_ = -1;
    accept_retry_at_ns_ = 0;
    if (accept_is_armed_) {
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_cancel64(sqe, kAccept, 0);
        io_uring_sqe_set_data64(sqe, kIgnore);
        // The caller closes the listener next, so the kernel must have let go of it by then. What
        // it had accepted until then still comes as a completion.
        flush();
    }
    accept_pending(listener, *accept_handler_);
}

int UringLoop::open(Stream& stream, int fd, StreamHandler& handler) noexcept {
    stream.handler = &handler;
    stream.fd = fd;
    arm_receive(stream);
    return 0;
}

void UringLoop::arm_receive(Stream& stream) noexcept {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_recv_multishot(sqe, stream.fd, nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = kBufferGroup;
    io_uring_sqe_set_data64(sqe, tagged(stream, kReceive));
    stream.is_receiving = true;
}

void UringLoop::send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept {
    stream.send_data = bytes.data();
    stream.send_size = bytes.size();
    stream.is_sending = true;
    if (is_prompt || bytes.size() > kSendBytesMax) {
        queue_send(stream);
        return;
    }
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_send(sqe, stream.fd, bytes.data(), bytes.size(),
                       MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, tagged(stream, kTrySend));
    tries_.push_back(stream);
}

void UringLoop::queue_send(Stream& stream) noexcept {
    io_uring_sqe* sqe = next_sqe();
    const std::size_t size = stream.send_size < kSendBytesMax ? stream.send_size : kSendBytesMax;
    io_uring_prep_send(sqe, stream.fd, stream.send_data, size,
                       MSG_NOSIGNAL | (stream.sends_whole ? MSG_WAITALL : 0));
    io_uring_sqe_set_data64(sqe, tagged(stream, kSend));
}

void UringLoop::hurry(Stream& stream) noexcept {
    is_hurried_ = is_hurried_ || static_cast<ListNode<SentTag>&>(stream).is_linked();
}

void UringLoop::pause(Stream& stream) noexcept {
    stream.is_paused = true;
    if (stream.is_receiving) {
        cancel_receive(stream);
    }
    watch_break(stream);
}

void UringLoop::cancel_receive(Stream& stream) noexcept {
    if (stream.is_cancelling) {
        return;
    }
    stream.is_cancelling = true;
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_cancel64(sqe, tagged(stream, kReceive), 0);
    io_uring_sqe_set_data64(sqe, kIgnore);
}

// Invariant: a stream has at most one such poll in the kernel, or asked for. Another begins only
// when the completion of the last one was seen, so that none is ever taken for another; and the
// stream stays until then.
void UringLoop::watch_break(Stream& stream) noexcept {
    if (stream.is_watched || stream.is_ended || stream.is_closing) {
        return;
    }
    stream.is_watched = true;
    io_uring_sqe* sqe = next_sqe();
    // The kernel adds the end of the peer's side to what is asked for, which does not count. Had it
    // come already, a poll of one shot would be over with it, and miss what follows.
    io_uring_prep_poll_multishot(sqe, stream.fd, POLLERR | POLLHUP);
    io_uring_sqe_set_data64(sqe, tagged(stream, kBreak));
}

void UringLoop::unwatch_break(Stream& stream) noexcept {
    if (!stream.is_watched || stream.is_unwatching) {
        return;
    }
    stream.is_unwatching = true;
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_poll_remove(sqe, tagged(stream, kBreak));
    io_uring_sqe_set_data64(sqe, kIgnore);
}

void UringLoop::resume(Stream& stream) noexcept {
    stream.is_paused = false;
    unwatch_break(stream);
    if (may_receive(stream)) {
        arm_receive(stream);
    }
}

void UringLoop::shutdown(Stream& stream) noexcept {
    ++system_calls_;
    ::shutdown(stream.fd, SHUT_WR);
}

void UringLoop::close(Stream& stream) noexcept {
    if (stream.is_closing) {
        return;
    }
    stream.is_closing = true;
    static_cast<ListNode<RearmTag>&>(stream).unlink();
    if (stream.is_receiving || stream.is_sending || stream.is_watched) {
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_cancel_fd(sqe, stream.fd, IORING_ASYNC_CANCEL_ALL);
        io_uring_sqe_set_data64(sqe, kIgnore);
    }
    finish_closing(stream);
}

void UringLoop::finish_closing(Stream& stream) noexcept {
    if (!stream.is_closing || stream.is_receiving || stream.is_sending || stream.is_watched ||
        stream.fd < 0) {
        return;
    }
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_close(sqe, stream.fd);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, kIgnore);
    stream.fd = -1;
    closed_.push_back(stream);
}

std::int64_t UringLoop::send_progress(const Stream& stream) noexcept {
    return socket_progress(stream.fd, stream.send_size);
}

int UringLoop::watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept {
    watch_handler_ = &handler;
    if (fd < 0) {
        return EBADF;
    }
    int error = ENOENT;
    Watch* found = interest == 0 ? watches_.find(fd) : watches_.make(fd, error);
    if (found == nullptr || (interest == 0 && found->interest == 0)) {
        return error;
    }
    Watch& watch = *found;
    if (watch.is_armed) {
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_poll_remove(sqe, watch_data(fd, watch.sequence, kWatch));
        io_uring_sqe_set_data64(sqe, kIgnore);
        watch.is_armed = false;
    }
    ++watch.sequence;
    watch.interest = interest;
    if (interest != 0) {
        arm_later(fd, watch);
    }
    return 0;
}

void UringLoop::arm_later(int fd, Watch& watch) noexcept {
    if (!watch.needs_arming) {
        watch.needs_arming = true;
        watch.next_to_arm = first_to_arm_;
        first_to_arm_ = fd;
    }
}

void UringLoop::arm_watches() noexcept {
    while (first_to_arm_ >= 0) {
        const int fd = first_to_arm_;
        Watch& watch = *watches_.find(fd);
        first_to_arm_ = watch.next_to_arm;
        watch.needs_arming = false;
        if (watch.interest == 0 || watch.is_armed) {
            continue;
        }
        const unsigned mask =
            ((watch.interest & kRead) != 0 ? POLLIN | POLLRDHUP : 0u) |
            ((watch.interest & kWrite) != 0 ? static_cast<unsigned>(POLLOUT) : 0u);
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_poll_add(sqe, fd, mask);
        io_uring_sqe_set_data64(sqe, watch_data(fd, watch.sequence, kWatch));
        watch.is_armed = true;
    }
}

void UringLoop::arm_wake() noexcept {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_poll_multishot(sqe, wakeup_.fd(), POLLIN);
    io_uring_sqe_set_data64(sqe, kWakeRead);
}

int UringLoop::flush() noexcept {
    arm_watches();
    if (io_uring_sq_ready(&ring_) == 0) {
        return 0;
    }
    ++system_calls_;
    return is_transient(io_uring_submit_and_get_events(&ring_)) ? 0 : broken_;
}

int UringLoop::wait(std::int64_t timeout_ns) noexcept {
    arm_watches();
    if (accept_retry_at_ns_ != 0) {
        const std::uint64_t now = clock_.now_ns();
        const std::int64_t left =
            accept_retry_at_ns_ > now ? static_cast<std::int64_t>(accept_retry_at_ns_ - now) : 0;
        timeout_ns = timeout_ns < 0 || timeout_ns > left ? left : timeout_ns;
    }
    silence_ready_fd();
    int result = 0;
    ++system_calls_;
    if (timeout_ns == 0 || owes_calls()) {
        result = io_uring_submit_and_get_events(&ring_);
    } else {
        __kernel_timespec limit{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
        io_uring_cqe* cqe = nullptr;
        result = io_uring_submit_and_wait_timeout(&ring_, &cqe, 1,
                                                  timeout_ns < 0 ? nullptr : &limit, nullptr);
    }
    clock_.read_system();
    return is_transient(result) ? 0 : broken_;
}

int UringLoop::pollable_fd() noexcept {
    if (!ready_fd_.is_open()) {
        // The ring's own descriptor does not become readable with deferred task work; an eventfd
        // that the kernel signals does.
        Fd ready(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!ready.is_open() || io_uring_register_eventfd(&ring_, ready.get()) != 0) {
            return -1;
        }
        ready_fd_ = std::move(ready);
        polled_fd_.store(ready_fd_.get(), std::memory_order_release);
        // The kernel signals what comes from now on; what is there already, this does.
        ready_fd_is_silent_ = true;
        enable_ready_fd();
    }
    return ready_fd_.get();
}

// Any thread. A write to the eventfd that the ring polls is an eventfd's signal already, within
// which the kernel puts off the ring's own: who polls is woken by a write of ours.
void UringLoop::wake() noexcept {
    wakeup_.wake();
    const int polled = polled_fd_.load(std::memory_order_acquire);
    if (polled >= 0) {
        const int saved = errno;
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(polled, &one, sizeof one);
        errno = saved;
    }
}

// While a turn runs, the kernel need not say that there is work: the turn looks by itself. Cleared
// before the ring is entered, never after, or a signal for work that came in between would be lost.
void UringLoop::silence_ready_fd() noexcept {
    if (!ready_fd_.is_open() || ready_fd_is_silent_) {
        return;
    }
    ready_fd_is_silent_ = true;
    io_uring_cq_eventfd_toggle(&ring_, false);
    std::uint64_t count = 0;
    ++system_calls_;
    [[maybe_unused]] const ssize_t got = ::read(ready_fd_.get(), &count, sizeof count);
}

void UringLoop::enable_ready_fd() noexcept {
    if (!ready_fd_is_silent_) {
        return;
    }
    ready_fd_is_silent_ = false;
    io_uring_cq_eventfd_toggle(&ring_, true);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // What came in silence is seen here: the kernel sets the flag before it looks whether to
    // signal.
    const bool has_task_work =
        (io_uring_smp_load_acquire(ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0;
    if (has_task_work || io_uring_cq_ready(&ring_) != 0 || owes_calls()) {
        const std::uint64_t one = 1;
        ++system_calls_;
        [[maybe_unused]] const ssize_t written = ::write(ready_fd_.get(), &one, sizeof one);
    }
}

void UringLoop::dispatch() noexcept {
    if (io_uring_sq_ready(&ring_) != 0) {
        flush();
    }
    // A try has succeeded when it was submitted and its failure is nowhere among the completions.
    if (!tries_.empty() && io_uring_sq_ready(&ring_) == 0 && !io_uring_cq_has_overflow(&ring_)) {
        finish_tries();
    }
    // Only what is there now: completions that come while handlers run belong to the next turn.
    const unsigned ready = io_uring_cq_ready(&ring_);
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
        if (seen == ready) {
            break;
        }
        ++seen;
        handle(*cqe);
    }
    io_uring_cq_advance(&ring_, ready);
    if (recycled_ > 0) {
        io_uring_buf_ring_advance(buffer_ring_, static_cast<int>(recycled_));
        recycled_ = 0;
    }
    while (Stream* stream = starved_.pop_front()) {
        if (may_receive(*stream)) {
            arm_receive(*stream);
        }
    }
    if (accept_retry_at_ns_ != 0 && clock_.now_ns() >= accept_retry_at_ns_) {
        accept_retry_at_ns_ = 0;
        if (listener_ >= 0) {
            arm_accept();
        }
    }
    while (Stream* stream = closed_.pop_front()) {
        stream->handler->on_closed();
    }
    enable_ready_fd();
}

void UringLoop::handle(const io_uring_cqe& cqe) noexcept {
    const std::uint64_t data = cqe.user_data;
    auto* stream = reinterpret_cast<Stream*>(data & ~std::uint64_t{kOperationMask});
    switch (data & kOperationMask) {
        case kReceive:
            handle_receive(*stream, cqe);
            break;
        case kSend:
            handle_send(*stream, cqe.res);
            break;
        case kAccept:
            handle_accept(cqe);
            break;
        case kWakeRead:
            ++system_calls_;
            wakeup_.acknowledge();
            if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
                arm_wake();
            }
            break;
        case kWatch:
            handle_watch(cqe);
            break;
        case kBreak:
            handle_break(*stream, cqe);
            break;
        case kTrySend:  // of a turn that could not tell which sends had succeeded
            static_cast<ListNode<SentTag>*>(stream)->unlink();
            handle_send(*stream, cqe.res);
            break;
        default:
            break;
    }
}

void UringLoop::handle_receive(Stream& stream, const io_uring_cqe& cqe) noexcept {
    const bool is_last = (cqe.flags & IORING_CQE_F_MORE) == 0;
    if (is_last) {
        stream.is_receiving = false;
        stream.is_cancelling = false;
    }
    if (cqe.res > 0) {
        const unsigned buffer = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
        if (!stream.is_closing && !stream.is_ended) {
            stream.handler->on_data({buffer_at(buffer), static_cast<std::size_t>(cqe.res)});
        }
        recycle(buffer);
        if (is_last && may_receive(stream)) {
            arm_receive(stream);
        }
    } else if (stream.is_closing || cqe.res == -ECANCELED) {
        if (is_last && may_receive(stream)) {
            arm_receive(stream);
        }
    } else if (cqe.res == -ENOBUFS || cqe.res == -EINTR || cqe.res == -EAGAIN) {
        starved_.push_back(stream);
    } else if (!stream.is_ended) {
        stream.is_ended = true;
        stream.handler->on_end(-cqe.res);
    }
    finish_closing(stream);
}

void UringLoop::handle_break(Stream& stream, const io_uring_cqe& cqe) noexcept {
    const bool is_last = (cqe.flags & IORING_CQE_F_MORE) == 0;
    const bool is_stopped = stream.is_unwatching;
    if (is_last) {
        stream.is_watched = false;
        stream.is_unwatching = false;
    }
    const bool is_broken = cqe.res > 0 && (cqe.res & (POLLERR | POLLHUP)) != 0;
    if (stream.is_paused && !stream.is_ended && !stream.is_closing) {
        if (is_broken) {
            stream.is_ended = true;
            ++system_calls_;
            stream.handler->on_end(broken_by(stream.fd));
        } else if (is_last && is_stopped) {
            watch_break(stream);  // it was resumed and paused again meanwhile
        }
    }
    if (stream.is_ended) {
        unwatch_break(stream);
    }
    finish_closing(stream);
}

void UringLoop::recycle(unsigned buffer) noexcept {
    io_uring_buf_ring_add(buffer_ring_, buffer_at(buffer), buffer_bytes_,
                          static_cast<unsigned short>(buffer),
                          io_uring_buf_ring_mask(buffer_count_), static_cast<int>(recycled_));
    ++recycled_;
}

void UringLoop::handle_accept(const io_uring_cqe& cqe) noexcept {
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
        accept_is_armed_ = false;
    }
    if (cqe.res >= 0) {
        accept_handler_->on_accept(cqe.res);
    }
    if (accept_is_armed_ || listener_ < 0) {
        return;
    }
    if (cqe.res >= 0 || is_of_connection(-cqe.res)) {
        arm_accept();
        return;
    }
    accept_retry_at_ns_ = clock_.now_ns() + kAcceptRetryNs;
    accept_handler_->on_accept_error(-cqe.res);
}

void UringLoop::handle_watch(const io_uring_cqe& cqe) noexcept {
    const auto fd = static_cast<int>((cqe.user_data >> kFdShift) & kFdMask);
    const auto sequence = static_cast<std::uint32_t>(cqe.user_data >> kSequenceShift);
    Watch& watch = *watches_.find(fd);
    if (watch.sequence != sequence || watch.interest == 0) {
        return;
    }
    watch.is_armed = false;
    arm_later(fd, watch);
    const auto events = static_cast<unsigned>(cqe.res < 0 ? POLLERR : cqe.res);
    const std::uint32_t ready =
        ((events & (POLLIN | POLLRDHUP | POLLHUP | POLLERR)) != 0 ? kRead : 0u) |
        ((events & (POLLOUT | POLLHUP | POLLERR)) != 0 ? kWrite : 0u);
    const std::uint32_t fault = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0 ? kError : 0u;
    watch_handler_->on_ready(fd, (ready & watch.interest) | fault);
}

void UringLoop::finish_tries() noexcept {
    is_hurried_ = false;
    List<Stream, SentTag> finished;
    finished.splice(tries_);
    unsigned head = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
        if ((cqe->user_data & kOperationMask) == kTrySend) {
            auto* stream =
                reinterpret_cast<Stream*>(cqe->user_data & ~std::uint64_t{kOperationMask});
            cqe->user_data = kIgnore;  // dispatch() comes past it again
            static_cast<ListNode<SentTag>*>(stream)->unlink();
            handle_send(*stream, cqe->res);
        }
    }
    while (Stream* stream = finished.pop_front()) {
        stream->is_sending = false;
        if (stream->is_closing) {
            finish_closing(*stream);
        } else {
            stream->handler->on_sent(0);
        }
    }
}

void UringLoop::handle_send(Stream& stream, int result) noexcept {
    if (result == -EAGAIN || result == -EINTR) {
        result = 0;  // a try that would block, or a signal: it goes on
    }
    if (result >= 0 && static_cast<std::size_t>(result) < stream.send_size && !stream.is_closing) {
        stream.send_data += result;
        stream.send_size -= static_cast<std::size_t>(result);
        // How far a send has come that the kernel goes on with by itself, only TCP tells.
        stream.sends_whole = stream.sends_whole || counts_progress(stream.fd);
        queue_send(stream);
        return;
    }
    stream.is_sending = false;
    if (stream.is_closing) {
        finish_closing(stream);
        return;
    }
    stream.handler->on_sent(result < 0 ? -result : 0);
}

}  // namespace trivet::io
