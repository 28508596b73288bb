#include "app/control.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace trivet::app {
namespace {

constexpr std::size_t kHeadBytes = offsetof(ControlMessage, text);

// Room for what a message may carry: a descriptor, and the sender's credentials.
struct alignas(cmsghdr) Attachments {
    char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(ucred))];
};

void take_attachments(msghdr& header, Fd& attached, pid_t& sender) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET) {
            continue;
        }
        if (part->cmsg_type == SCM_RIGHTS && part->cmsg_len == CMSG_LEN(sizeof(int))) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
            attached.reset(fd);
        } else if (part->cmsg_type == SCM_CREDENTIALS) {
            ucred credentials{};
            std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
            sender = credentials.pid;
        }
    }
}

}  // namespace

void ControlMessage::append(std::string_view more) noexcept {
    const std::size_t size = std::min(more.size(), kTextMax - text_size);
    std::memcpy(text + text_size, more.data(), size);
    text_size = static_cast<std::uint16_t>(text_size + size);
}

bool send_control(int fd, const ControlMessage& message, int attached) noexcept {
    iovec bytes{const_cast<ControlMessage*>(&message), kHeadBytes + message.text_size};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    Attachments room{};
    if (attached >= 0) {
        header.msg_control = room.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(int));
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(part), &attached, sizeof attached);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

bool send_control(int fd, ControlKind kind, std::uint32_t slot, int attached) noexcept {
    ControlMessage message;
    message.kind = static_cast<std::uint8_t>(kind);
    message.slot = slot;
    return send_control(fd, message, attached);
}

ControlRead read_control(int fd, ControlMessage& message, Fd& attached, pid_t& sender) noexcept {
    attached.reset(-1);
    sender = 0;
    iovec bytes{&message, sizeof message};
    Attachments room{};
    msghdr header{};
    header.msg_iov = &bytes;
    header.msg_iovlen = 1;
    header.msg_control = room.bytes;
    header.msg_controllen = sizeof room.bytes;
    ssize_t size = 0;
    do {
        size = ::recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return errno == EAGAIN ? ControlRead::nothing : ControlRead::end;
    }
    if (size == 0) {
        return ControlRead::end;
    }
    take_attachments(header, attached, sender);
    if (static_cast<std::size_t>(size) < kHeadBytes) {
        message = {};
        return ControlRead::message;  // of no known kind
    }
    const std::size_t text = static_cast<std::size_t>(size) - kHeadBytes;
    message.text_size = static_cast<std::uint16_t>(std::min<std::size_t>(message.text_size, text));
    return ControlRead::message;
}

}  // namespace trivet::app
