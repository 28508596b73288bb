#include "app/control_channel.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

namespace trivet::app {
namespace {

constexpr int kMessagesPerTurn = 64;
constexpr int kBacklogMax = 65'536;  // more than any listener holds

ControlMessage message_of(ControlKind kind) {
    ControlMessage message;
    message.kind = static_cast<std::uint8_t>(kind);
    return message;
}

}  // namespace

ControlChannel::ControlChannel(io::Loop& loop, io::WatchHandler& watcher, ControlHost& host,
                               int fd) noexcept
    : loop_(loop),
      watcher_(watcher),
      host_(host),
      borrowed_(loop, watcher),
      fd_(fd),
      ready_(message_of(ControlKind::ready)) {}

int ControlChannel::open() noexcept {
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK) != 0 ||
        ::fcntl(fd_.get(), F_SETFD, FD_CLOEXEC) != 0) {
        return errno;
    }
    const int error = loop_.watch(fd_.get(), io::kRead, watcher_);
    is_open_ = error == 0;
    return error;
}

void ControlChannel::close() noexcept {
    if (is_open_) {
        is_open_ = false;
        loop_.watch(fd_.get(), 0, watcher_);
        loop_.flush();  // before the number may be used again
        fd_.reset(-1);
    }
}

void ControlChannel::set_runtime(std::string_view version, std::string_view runtime) noexcept {
    ready_.text_size = 0;
    ready_.append(version);
    ready_.append("\n");
    ready_.append(runtime);
}

void ControlChannel::send_ready(std::string_view engine, bool is_secured) noexcept {
    if (ready_.text_size == 0) {
        ready_.append("\n");
    }
    ready_.append("\n");
    ready_.append(engine);
    ready_.append(is_secured ? kSecuredMark : "");
    send_control(fd_.get(), ready_);
}

bool ControlChannel::handle_ready(int fd) noexcept {
    if (is_open_ && fd == fd_.get()) {
        read_messages();
        return true;
    }
    if (!borrowed_.holds(fd)) {
        return false;
    }
    if (accept_lent(fd, BorrowedListeners::kAcceptsPerTurn) == io::Accepted::failed) {
        // Its owner cannot, this worker cannot either: perhaps another one.
        const std::uint32_t slot = borrowed_.slot_of(fd);
        borrowed_.drop(slot);
        send_control(fd_.get(), ControlKind::refused, slot);
    }
    return true;
}

void ControlChannel::read_messages() noexcept {
    for (int count = 0; count < kMessagesPerTurn; ++count) {
        ControlMessage message;
        Fd attached;
        pid_t sender = 0;
        switch (read_control(fd_.get(), message, attached, sender)) {
            case ControlRead::nothing:
                return;
            case ControlRead::end:
                close();
                host_.on_control_drain(false);
                return;
            case ControlRead::message:
                act(message, std::move(attached));
                break;
        }
    }
}

void ControlChannel::act(const ControlMessage& message, Fd attached) noexcept {
    switch (static_cast<ControlKind>(message.kind)) {
        case ControlKind::ping: {
            ControlMessage answer = message_of(ControlKind::pong);
            answer.flags = host_.can_accept() ? 0 : kCannotAccept;
            send_control(fd_.get(), answer);
            break;
        }
        case ControlKind::lend:
            lend(message.slot, std::move(attached));
            break;
        case ControlKind::give_back:
            borrowed_.drop(message.slot);
            break;
        case ControlKind::drain:
            host_.on_control_drain(false);
            break;
        case ControlKind::force:
            host_.on_control_drain(true);
            break;
        case ControlKind::ticket_keys: {
            tls::TicketKeys::State state;
            if (message.text_size == sizeof state) {
                std::memcpy(&state, message.text, sizeof state);
                host_.on_control_ticket_keys(state);
            }
            break;
        }
        default:
            break;
    }
}

void ControlChannel::lend(std::uint32_t slot, Fd listener) noexcept {
    const int fd = listener.get();
    if (!borrowed_.add(slot, std::move(listener))) {
        send_control(fd_.get(), ControlKind::refused, slot);
        return;
    }
    if (is_draining_) {
        const bool has_all = accept_lent(fd, kBacklogMax) == io::Accepted::nothing;
        borrowed_.drop(slot);
        send_control(fd_.get(), has_all ? ControlKind::taken : ControlKind::refused, slot);
    }
}

io::Accepted ControlChannel::accept_lent(int fd, int limit) noexcept {
    int error = 0;
    return io::accept_some(fd, limit, error, [this, fd](int accepted) {
        ++lent_total_;
        host_.on_lent_accept(accepted, fd);
    });
}

void ControlChannel::begin_drain() noexcept {
    if (is_draining_) {
        return;
    }
    is_draining_ = true;
    for (std::size_t index = 0; index < borrowed_.size(); ++index) {
        accept_lent(borrowed_.fd_at(index), kBacklogMax);
    }
    borrowed_.drop_all();
    if (is_open_) {
        send_control(fd_.get(), ControlKind::draining);
    }
}

}  // namespace trivet::app
