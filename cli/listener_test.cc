#include "listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace trivet::cli {
namespace {

TEST(Listener, listens_where_it_is_told) {
    for (const char* host : {"127.0.0.1", "localhost", "::1", "[::1]"}) {
        const auto listener = listen_on(host, 0, 16);
        ASSERT_TRUE(listener.has_value()) << listener.error().message;
        EXPECT_NE(listener->port, 0u);
        EXPECT_NE(::fcntl(listener->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
    }
}

TEST(Listener, says_that_a_port_is_taken_by_whom_and_which_is_free) {
    const auto first = listen_on("127.0.0.1", 0, 16);
    ASSERT_TRUE(first.has_value());
    const auto second = listen_on("127.0.0.1", first->port, 16);
    ASSERT_FALSE(second.has_value());
    EXPECT_TRUE(second.error().is_in_use);
    EXPECT_EQ(second.error().message,
              "127.0.0.1:" + std::to_string(first->port) + " is already in use");
    std::string name;
    std::ifstream("/proc/self/comm") >> name;
    EXPECT_EQ(owner_of_port(first->port), name + " (pid " + std::to_string(::getpid()) + ")");
    const std::uint32_t free = free_port_after("127.0.0.1", first->port);
    EXPECT_GT(free, first->port);
    EXPECT_TRUE(listen_on("127.0.0.1", free, 16).has_value());
}

TEST(Listener, finds_nobody_on_a_free_port) {
    std::uint32_t port = 0;
    {
        const auto listener = listen_on("127.0.0.1", 0, 16);
        ASSERT_TRUE(listener.has_value());
        port = listener->port;
    }
    EXPECT_EQ(owner_of_port(port), "");
    EXPECT_EQ(owner_of_port(port, "/nowhere"), "");
    EXPECT_EQ(free_port_after("127.0.0.1", 65'535), 0u);
}

TEST(Listener, refuses_what_is_no_address) {
    const auto wrong = listen_on("example.invalid", 80, 16);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_FALSE(wrong.error().is_in_use);
    EXPECT_EQ(wrong.error().message,
              "cannot listen on example.invalid:80: the host is no IPv4 or IPv6 address");
    EXPECT_FALSE(listen_on("127.0.0.1", 70'000, 16).has_value());
}

TEST(Listener, writes_addresses_as_links) {
    EXPECT_EQ(url_of("127.0.0.1", 80), "http://127.0.0.1:80");
    EXPECT_EQ(url_of("::1", 80), "http://[::1]:80");
    EXPECT_EQ(url_of("[::1]", 80), "http://[::1]:80");
}

}  // namespace
}  // namespace trivet::cli
