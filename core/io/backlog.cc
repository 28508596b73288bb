#include "io/backlog.h"

#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace trivet::io {
namespace {

constexpr std::uint32_t kFlagsOffset = 13;  // in the TCP header, where the filter's packet begins
constexpr std::uint32_t kSyn = 0x02;
constexpr std::uint32_t kWholePacket = 0xffff'ffff;

}  // namespace

bool has_backlog(int listener) noexcept {
    pollfd entry{listener, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN) != 0;
}

bool is_of_connection(int error) noexcept {
    switch (error) {
        case ECONNABORTED:
        case EINTR:
        case EPROTO:
        case EPERM:  // a firewall's
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ENOPROTOOPT:
            return true;
        default:
            return false;
    }
}

Accepted accept_one(int listener, int& fd, int& error) noexcept {
    for (;;) {
        fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            return Accepted::one;
        }
        if (errno == EAGAIN) {
            return Accepted::nothing;
        }
        if (!is_of_connection(errno)) {
            error = errno;
            return Accepted::failed;
        }
    }
}

bool refuse_new_connections(int listener) noexcept {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsOffset),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, kWholePacket),
    };
    const sock_fprog program{sizeof code / sizeof code[0], code};
    return ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void admit_new_connections(int listener) noexcept {
    const int unused = 0;
    ::setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

}  // namespace trivet::io
