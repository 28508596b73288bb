#include "app/activation.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "app/activation_harness_test.h"
#include "io/backlog.h"

namespace trivet::app {
namespace {

class ActivationTest : public ::testing::Test {
protected:
    ~ActivationTest() override { unset_listen_variables(); }
    // What is said of descriptor 3, which is closed then.
    static std::string fault_of(int fd) {
        move_to(3, fd);
        name_listeners("1");
        const auto taken = take_activated();
        EXPECT_FALSE(taken.has_value());
        EXPECT_FALSE(has_listen_variables());
        ::close(3);
        return taken ? "" : taken.error().detail;
    }
};

TEST_F(ActivationTest, takes_what_is_meant_for_this_process_once) {
    const std::uint32_t first = listen_at(3);
    const std::uint32_t second = listen_at(4);
    io::refuse_new_connections(4);  // by a program that died in a drain
    name_listeners("2");
    const auto taken = take_activated();
    ASSERT_TRUE(taken.has_value()) << taken.error().detail;
    ASSERT_EQ(taken->size(), 2u);
    EXPECT_EQ((*taken)[0].port, first);
    EXPECT_EQ((*taken)[1].port, second);
    EXPECT_EQ((*taken)[1].host, "127.0.0.1");
    EXPECT_NE(::fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(3, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_FALSE(has_listen_variables());
    const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(4, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    const auto again = take_activated();
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->empty());
}

TEST_F(ActivationTest, leaves_alone_what_is_meant_for_others) {
    listen_at(3);
    const std::string own = std::to_string(::getpid());
    for (const std::string& pid : {std::to_string(::getppid()), std::string(), std::string("x"),
                                   own + " ", "+" + own, own + "0"}) {
        name_listeners(pid, "1");
        const auto taken = take_activated();
        ASSERT_TRUE(taken.has_value()) << pid;
        EXPECT_TRUE(taken->empty()) << pid;
        EXPECT_TRUE(has_listen_variables()) << pid;
    }
    ::unsetenv(kListenFdsVariable);
    ::setenv(kListenPidVariable, own.c_str(), 1);
    const auto taken = take_activated();
    EXPECT_TRUE(taken.has_value() && taken->empty());
    ::close(3);
}

TEST_F(ActivationTest, is_none_when_there_are_none) {
    name_listeners("0");
    const auto taken = take_activated();
    ASSERT_TRUE(taken.has_value());
    EXPECT_TRUE(taken->empty());
    EXPECT_FALSE(has_listen_variables());
}

TEST_F(ActivationTest, refuses_absurd_numbers) {
    for (const char* count : {"", "-1", "65", "x", "1 ", "99999999999999999999999999"}) {
        name_listeners(count);
        const auto taken = take_activated();
        ASSERT_FALSE(taken.has_value()) << count;
        EXPECT_EQ(taken.error().status, Status::address);
        EXPECT_EQ(taken.error().detail,
                  "LISTEN_FDS is '" + std::string(count) + "', allowed are 0 to 64");
        EXPECT_FALSE(has_listen_variables()) << count;
    }
}

TEST_F(ActivationTest, refuses_what_is_no_listening_stream_socket) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd end(ends[1]);
    EXPECT_EQ(fault_of(ends[0]), "descriptor 3 is no socket");
    const std::string other = "descriptor 3 is neither a TCP socket nor a Unix stream socket";
    EXPECT_EQ(fault_of(::socket(AF_INET, SOCK_DGRAM, 0)), other);
    EXPECT_EQ(fault_of(::socket(AF_UNIX, SOCK_SEQPACKET, 0)), other);
    EXPECT_EQ(fault_of(::socket(AF_UNIX, SOCK_STREAM, 0)), "descriptor 3 does not listen");
    EXPECT_EQ(fault_of(::socket(AF_INET6, SOCK_STREAM, 0)), "descriptor 3 does not listen");
    ::close(3);
    name_listeners("1");
    const auto taken = take_activated();
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().detail, "descriptor 3 is not open");
}

TEST_F(ActivationTest, gives_copies_in_turn) {
    const std::uint32_t first = listen_at(3);
    const std::uint32_t second = listen_at(4);
    name_listeners("2");
    Activation activation;
    ASSERT_TRUE(activation.take().has_value());
    ASSERT_TRUE(activation.take().has_value()) << "asks the environment once";
    ASSERT_EQ(activation.size(), 2u);
    EXPECT_EQ(io::adopt_listener(activation.copy(0).release()).port, first);
    EXPECT_EQ(io::adopt_listener(activation.copy(1).release()).port, second);
    EXPECT_EQ(io::adopt_listener(activation.copy(2).release()).port, first);
}

}  // namespace
}  // namespace trivet::app
