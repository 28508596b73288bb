#include "io/backlog.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "io/socket.h"

namespace trivet::io {
namespace {

// A client whose connect() was begun; the kernel finishes it at once if the listener lets it.
Fd begin_connect(std::uint32_t port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    return fd;
}

// 0 when the connection stands, else why it does not.
int connect_result(const Fd& client) {
    pollfd entry{client.get(), POLLOUT, 0};
    if (::poll(&entry, 1, 30'000) != 1) {
        return ETIMEDOUT;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

TEST(Backlog, is_seen_until_it_is_accepted) {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open());
    EXPECT_FALSE(has_backlog(listener.fd.get()));
    const Fd client = begin_connect(listener.port);
    ASSERT_EQ(connect_result(client), 0);
    EXPECT_TRUE(has_backlog(listener.fd.get()));
    const Fd accepted(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_TRUE(accepted.is_open());
    EXPECT_FALSE(has_backlog(listener.fd.get()));
    EXPECT_FALSE(has_backlog(-1));
}

TEST(Backlog, is_accepted_up_to_a_limit) {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open());
    std::vector<Fd> clients;
    for (int count = 0; count < 5; ++count) {
        clients.push_back(begin_connect(listener.port));
        ASSERT_EQ(connect_result(clients.back()), 0);
    }
    std::vector<Fd> accepted;
    const auto take = [&](int fd) { accepted.emplace_back(fd); };
    int error = 0;
    EXPECT_EQ(accept_some(listener.fd.get(), 3, error, take), Accepted::one);
    EXPECT_EQ(accepted.size(), 3u);
    EXPECT_EQ(accept_some(listener.fd.get(), 3, error, take), Accepted::nothing);
    EXPECT_EQ(accepted.size(), 5u);
    EXPECT_NE(::fcntl(accepted[0].get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(accepted[0].get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(error, 0);
    EXPECT_EQ(accept_some(-1, 3, error, take), Accepted::failed);
    EXPECT_EQ(error, EBADF);
}

TEST(Backlog, keeps_what_came_before_new_connections_were_refused) {
    Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open());
    const Fd early = begin_connect(listener.port);
    ASSERT_EQ(connect_result(early), 0);
    ASSERT_TRUE(refuse_new_connections(listener.fd.get()));
    const Fd late = begin_connect(listener.port);
    const Fd accepted(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(accepted.is_open());
    EXPECT_FALSE(has_backlog(listener.fd.get())) << "the late one never got through";
    char byte = 'x';
    EXPECT_EQ(::send(early.get(), &byte, 1, 0), 1);
    EXPECT_EQ(::recv(accepted.get(), &byte, 1, 0), 1) << "accepted connections are not filtered";
    listener.fd.reset(-1);
    EXPECT_EQ(connect_result(late), ECONNREFUSED) << "it was not cut, it never stood";
}

TEST(Backlog, admits_new_connections_again) {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    ASSERT_TRUE(listener.fd.is_open());
    admit_new_connections(listener.fd.get());  // never refused: nothing to undo
    ASSERT_TRUE(refuse_new_connections(listener.fd.get()));
    admit_new_connections(listener.fd.get());
    const Fd client = begin_connect(listener.port);
    EXPECT_EQ(connect_result(client), 0);
    EXPECT_TRUE(has_backlog(listener.fd.get()));
}

TEST(Backlog, refusing_fails_for_what_is_no_socket) { EXPECT_FALSE(refuse_new_connections(-1)); }

}  // namespace
}  // namespace trivet::io
