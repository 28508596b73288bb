#include "io/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "io/backlog.h"

namespace trivet::io {
namespace {

constexpr int kPendingMax = 65536;  // more than any backlog holds

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

bool parse_address(std::string_view host, std::uint32_t port, Address& out) {
    std::string text(host == "localhost" ? "127.0.0.1" : host);
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<std::uint16_t>(port));
        out.size = sizeof(sockaddr_in);
        return true;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(static_cast<std::uint16_t>(port));
        out.size = sizeof(sockaddr_in6);
        return true;
    }
    return false;
}

bool is_unix(int fd) noexcept {
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// unix:/path, or unix:@name in the abstract namespace.
std::string unix_host(const sockaddr_un& address, socklen_t size) {
    const std::size_t count = size - offsetof(sockaddr_un, sun_path);
    if (count == 0) {
        return "unix:";
    }
    return address.sun_path[0] == '\0'
               ? "unix:@" + std::string(address.sun_path + 1, count - 1)
               : "unix:" + std::string(address.sun_path, ::strnlen(address.sun_path, count));
}

// Where a socket is bound.
void read_address(int fd, std::string& host, std::uint32_t& port) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return;
    }
    char text[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_UNIX) {
        host = unix_host(*reinterpret_cast<sockaddr_un*>(&storage), size);
        return;
    }
    if (storage.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
        ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        port = ntohs(v4->sin_port);
    } else if (storage.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        port = ntohs(v6->sin6_port);
    }
    host = text;
}

Listener failed(int error, std::string_view step) {
    Listener listener;
    listener.error = error;
    listener.detail = std::string(step) + ": " + std::strerror(error);
    return listener;
}

}  // namespace

Listener listen_tcp(const ListenConfig& config) {
    Address address;
    if (config.port > 65535 || !parse_address(config.host, config.port, address)) {
        return failed(EINVAL, "host '" + std::string(config.host) + "' is no IPv4 or IPv6 address");
    }
    Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        return failed(errno, "socket");
    }
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto share_port = [&] {
        return ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    };
    if (config.reuse_port && !config.is_first && !share_port()) {
        return failed(errno, "SO_REUSEPORT");
    }
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), address.size) != 0) {
        return failed(errno, "bind");
    }
    // Bound without it, the port was nobody's; the others of the group may join from now on.
    if (config.reuse_port && config.is_first && !share_port()) {
        return failed(errno, "SO_REUSEPORT");
    }
    if (::listen(fd.get(), static_cast<int>(config.backlog)) != 0) {
        return failed(errno, "listen");
    }
    Listener listener;
    std::string bound;
    read_address(fd.get(), bound, listener.port);
    listener.fd = std::move(fd);
    return listener;
}

Listener adopt_listener(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) {
        return failed(errno, "listen_fd");
    }
    if (listening == 0) {
        return failed(EINVAL, "listen_fd does not listen");
    }
    const int flags = ::fcntl(fd, F_GETFL);
    ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (!is_unix(fd)) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Listener listener;
    read_address(fd, listener.host, listener.port);
    listener.fd.reset(fd);
    return listener;
}

Listener look_at_listener(int fd) {
    Listener listener;
    read_address(fd, listener.host, listener.port);
    return listener;
}

bool shares_port(int fd) noexcept {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, &size) == 0 && value != 0;
}

int connect_pair(Fd& served, Fd& client) noexcept {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return errno;
    }
    served.reset(ends[0]);
    client.reset(ends[1]);
    const int flags = ::fcntl(ends[0], F_GETFL);
    return flags >= 0 && ::fcntl(ends[0], F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

void accept_pending(int fd, AcceptHandler& handler) noexcept {
    for (int count = 0; count < kPendingMax; ++count) {
        const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            handler.on_accept(accepted);
        } else if (!is_of_connection(errno)) {
            return;
        }
    }
}

int broken_by(int fd) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0 ? error
                                                                                    : ECONNRESET;
}

bool counts_progress(int fd) noexcept { return !is_unix(fd); }

std::int64_t socket_progress(int fd, std::size_t unsent) noexcept {
    // The send queue alone does not tell: it is as full as before once the kernel has taken the
    // next bytes.
    tcp_info info{};
    socklen_t size = sizeof info;
    constexpr socklen_t kNeeded =
        offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && size >= kNeeded) {
        return static_cast<std::int64_t>(info.tcpi_bytes_acked);
    }
    int queued = 0;
    return ::ioctl(fd, SIOCOUTQ, &queued) == 0
               ? Loop::kUncounted + queued + static_cast<std::int64_t>(unsent)
               : -1;
}

}  // namespace trivet::io
