#include "listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "folder_test.h"

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

class UnixListener : public FolderTest {};

TEST_F(UnixListener, has_a_file_that_goes_with_it) {
    const std::string host = "unix:" + (folder_ / "app.sock").string();
    const std::string path = host.substr(5);
    struct stat status{};
    for (int round = 0; round < 2; ++round) {
        auto listener = listen_on(host, 1, 16);
        ASSERT_TRUE(listener.has_value()) << listener.error().message;
        EXPECT_EQ(listener->port, 0u);
        ASSERT_EQ(::lstat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0660u);
        const auto second = listen_on(host, 1, 16);
        ASSERT_FALSE(second.has_value());
        EXPECT_TRUE(second.error().is_in_use);
        EXPECT_EQ(second.error().message, host + " is already in use");
        if (round == 0) {
            // As if it had been killed: the file stays, and the next one replaces it.
            ASSERT_EQ(::rename(path.c_str(), (path + ".old").c_str()), 0);
            listener = listen_on("127.0.0.1", 0, 16);
            ASSERT_EQ(::rename((path + ".old").c_str(), path.c_str()), 0);
        }
    }
    EXPECT_NE(::lstat(path.c_str(), &status), 0) << "removed";
    std::ofstream(path) << "a file";
    EXPECT_FALSE(listen_on(host, 1, 16).has_value());
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << "what is no socket stays";
    const auto wrong = listen_on("unix:/" + std::string(107, 'x'), 0, 16);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_TRUE(wrong.error().message.ends_with("a path has 1 to 107 bytes"));
}

TEST(Listener, writes_addresses_as_links) {
    EXPECT_EQ(url_of("unix:/run/app.sock", 0), "unix:/run/app.sock");
    EXPECT_EQ(url_of("127.0.0.1", 80), "http://127.0.0.1:80");
    EXPECT_EQ(url_of("::1", 80), "http://[::1]:80");
    EXPECT_EQ(url_of("[::1]", 80), "http://[::1]:80");
}

}  // namespace
}  // namespace trivet::cli
