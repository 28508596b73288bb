#include "io/peer_address.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "io/socket.h"

namespace trivet::io {
namespace {

// The address that a listener sees of who connects to it.
PeerAddress seen_from_loopback() {
    const Listener listener = listen_tcp({.host = "127.0.0.1"});
    EXPECT_TRUE(listener.fd.is_open()) << listener.detail;
    const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(listener.port));
    EXPECT_EQ(::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const Fd accepted(::accept(listener.fd.get(), nullptr, nullptr));
    return peer_of(accepted.get()).subscriber();
}

sockaddr_in6 ipv6(const char* text) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return address;
}

PeerAddress of(const char* text) {
    const sockaddr_in6 address = ipv6(text);
    return peer_of(reinterpret_cast<const sockaddr*>(&address)).subscriber();
}

TEST(PeerAddress, tells_an_ipv4_client) {
    const PeerAddress address = seen_from_loopback();
    EXPECT_EQ(address, (PeerAddress{0, 0xffff'7f00'0001}));
    EXPECT_TRUE(address.is_known());
    EXPECT_TRUE(address.is_loopback());
}

TEST(PeerAddress, tells_an_ipv6_client_by_its_network) {
    EXPECT_EQ(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
    EXPECT_NE(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    EXPECT_TRUE(of("2001:db8::").is_known());
    EXPECT_FALSE(of("2001:db8::").is_loopback());
}

TEST(PeerAddress, takes_a_mapped_ipv4_address_for_what_it_is) {
    EXPECT_EQ(of("::ffff:192.0.2.7"), (PeerAddress{0, 0xffff'c000'0207}));
    EXPECT_FALSE(of("::ffff:192.0.2.7").is_loopback());
    EXPECT_NE(of("::ffff:192.0.2.7"), of("::ffff:192.0.2.8"));
    EXPECT_TRUE(of("::ffff:127.1.2.3").is_loopback());
    EXPECT_FALSE(of("::ffff:128.0.0.1").is_loopback());
    EXPECT_TRUE(of("::1").is_loopback());
    EXPECT_FALSE(of("::2").is_loopback());
}

TEST(PeerAddress, tells_whether_the_peer_has_left) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const Fd mine(pair[0]);
    Fd other(pair[1]);
    EXPECT_FALSE(peer_has_left(mine.get()));
    ASSERT_EQ(::send(other.get(), "bytes", 5, 0), 5);
    EXPECT_FALSE(peer_has_left(mine.get()));
    ASSERT_EQ(::shutdown(other.get(), SHUT_WR), 0);
    EXPECT_TRUE(peer_has_left(mine.get())) << "bytes that were not read are no matter";
    other.reset(-1);
    EXPECT_TRUE(peer_has_left(mine.get()));
}

TEST(PeerAddress, knows_nobody_behind_a_socket_without_an_address) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const Fd one(pair[0]);
    const Fd two(pair[1]);
    EXPECT_FALSE(peer_of(one.get()).is_known);
    EXPECT_FALSE(peer_of(-1).is_known);
}

}  // namespace
}  // namespace trivet::io
