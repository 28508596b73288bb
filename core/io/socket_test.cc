#include "io/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <set>
#include <vector>

namespace trivet::io {
namespace {

Fd connect_to(std::uint32_t port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        fd.reset(-1);
    }
    return fd;
}

struct Acceptor final : AcceptHandler {
    void on_accept(int fd) noexcept override { fds.emplace_back(fd); }
    void on_accept_error(int) noexcept override {}
    std::vector<Fd> fds;
};

TEST(Socket, listens_where_it_is_told) {
    for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
        const Listener listener = listen_tcp({.host = host});
        ASSERT_TRUE(listener.fd.is_open()) << listener.detail;
        EXPECT_NE(listener.port, 0u);
        EXPECT_TRUE(connect_to(listener.port).is_open());
        EXPECT_NE(::fcntl(listener.fd.get(), F_GETFD) & FD_CLOEXEC, 0);
        EXPECT_NE(::fcntl(listener.fd.get(), F_GETFL) & O_NONBLOCK, 0);
    }
}

TEST(Socket, names_what_is_wrong_with_an_address) {
    EXPECT_EQ(listen_tcp({.host = "example.org"}).error, EINVAL);
    EXPECT_EQ(listen_tcp({.host = ""}).error, EINVAL);
    EXPECT_EQ(listen_tcp({.host = "[::1"}).error, EINVAL);
    EXPECT_EQ(listen_tcp({.host = "127.0.0.1", .port = 70'000}).error, EINVAL);
    const Listener taken = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(taken.fd.is_open());
    const Listener second = listen_tcp({.host = "127.0.0.1", .port = taken.port});
    EXPECT_EQ(second.error, EADDRINUSE);
    EXPECT_NE(second.detail.find("bind"), std::string::npos);
    EXPECT_EQ(listen_tcp({.host = "192.0.2.1"}).error, EADDRNOTAVAIL);
}

TEST(Socket, shares_a_port_only_when_asked) {
    const Listener first = listen_tcp({.host = "127.0.0.1", .reuse_port = true});
    ASSERT_TRUE(first.fd.is_open());
    EXPECT_TRUE(
        listen_tcp({.host = "127.0.0.1", .port = first.port, .reuse_port = true}).fd.is_open());
    EXPECT_EQ(listen_tcp({.host = "127.0.0.1", .port = first.port}).error, EADDRINUSE);
}

TEST(Socket, first_of_a_group_fails_where_anybody_listens) {
    const Listener first = listen_tcp({.host = "127.0.0.1", .reuse_port = true, .is_first = true});
    ASSERT_TRUE(first.fd.is_open()) << first.detail;
    const Listener next = listen_tcp({.host = "127.0.0.1", .port = first.port, .reuse_port = true});
    EXPECT_TRUE(next.fd.is_open()) << next.detail;
    EXPECT_EQ(
        listen_tcp({.host = "127.0.0.1", .port = first.port, .reuse_port = true, .is_first = true})
            .error,
        EADDRINUSE)
        << "although they all share the port";
}

TEST(Socket, listens_on_ipv6_where_there_is_one) {
    const Listener listener = listen_tcp({.host = "[::1]"});
    if (!listener.fd.is_open()) {
        EXPECT_TRUE(listener.error == EADDRNOTAVAIL || listener.error == EAFNOSUPPORT)
            << listener.detail;
        return;
    }
    EXPECT_NE(listener.port, 0u);
}

TEST(Socket, adopts_only_what_listens) {
    Listener listener = listen_tcp({.host = "127.0.0.1"});
    const std::uint32_t port = listener.port;
    const int fd = listener.fd.release();
    ::fcntl(fd, F_SETFL, 0);
    ::fcntl(fd, F_SETFD, 0);
    const Listener adopted = adopt_listener(fd);
    ASSERT_TRUE(adopted.fd.is_open());
    EXPECT_EQ(adopted.port, port);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    const Fd idle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(adopt_listener(idle.get()).error, EINVAL);
    EXPECT_TRUE(::fcntl(idle.get(), F_GETFD) != -1) << "stays the caller's";
    EXPECT_EQ(adopt_listener(-1).error, EBADF);
    int pipe[2];
    ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    EXPECT_EQ(adopt_listener(pipe[0]).error, ENOTSOCK);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST(Socket, hands_over_the_whole_backlog_without_delay_of_small_segments) {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    std::vector<Fd> clients;
    for (int count = 0; count < 5; ++count) {
        clients.push_back(connect_to(listener.port));
        ASSERT_TRUE(clients.back().is_open());
    }
    Acceptor acceptor;
    accept_pending(listener.fd.get(), acceptor);
    ASSERT_EQ(acceptor.fds.size(), clients.size());
    for (const Fd& fd : acceptor.fds) {
        int no_delay = 0;
        socklen_t size = sizeof no_delay;
        ASSERT_EQ(::getsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
        EXPECT_NE(no_delay, 0);
        EXPECT_NE(::fcntl(fd.get(), F_GETFL) & O_NONBLOCK, 0);
    }
    accept_pending(listener.fd.get(), acceptor);
    EXPECT_EQ(acceptor.fds.size(), clients.size());
}

// The send queue is full each time it is looked at, which alone would look like a peer that takes
// nothing.
TEST(Socket, sees_the_progress_of_a_slow_peer_behind_a_full_queue) {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    const Fd client = connect_to(listener.port);
    Acceptor acceptor;
    accept_pending(listener.fd.get(), acceptor);
    ASSERT_EQ(acceptor.fds.size(), 1u);
    const int fd = acceptor.fds[0].get();
    const std::vector<char> bytes(1 << 20, 'x');
    const auto fill = [&] {
        for (ssize_t sent = 1; sent > 0;) {
            sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    };
    fill();
    std::set<std::int64_t> seen{socket_progress(fd)};
    std::vector<char> taken(bytes.size());
    for (int round = 0; round < 10; ++round) {
        pollfd poll_fd{fd, POLLOUT, 0};
        while (::poll(&poll_fd, 1, 0) == 0) {
            ASSERT_GT(::recv(client.get(), taken.data(), taken.size(), 0), 0);
        }
        fill();
        EXPECT_TRUE(seen.insert(socket_progress(fd)).second);
    }
    EXPECT_EQ(socket_progress(-1), -1);
}

}  // namespace
}  // namespace trivet::io
