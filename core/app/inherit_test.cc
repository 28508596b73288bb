#include "app/inherit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

class InheritTest : public ::testing::Test {
protected:
    InheritTest() : listener_(io::listen_tcp({.host = "127.0.0.1"})) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
        control_.reset(ends[0]);
        supervisor_.reset(ends[1]);
        ::fcntl(listener_.fd.get(), F_SETFD, 0);
    }
    ~InheritTest() override { ::unsetenv(kWorkerVariable); }
    static void name(const std::string& value) { ::setenv(kWorkerVariable, value.c_str(), 1); }
    void name(const std::string& before, int listen_fd, int control_fd) {
        name(before + ":" + std::to_string(listen_fd) + ":" + std::to_string(control_fd));
    }
    int listen_fd() const { return listener_.fd.get(); }
    int control_fd() const { return control_.get(); }

    io::Listener listener_;
    Fd control_;
    Fd supervisor_;
};

TEST_F(InheritTest, takes_what_the_variable_names_once) {
    name("2:3", listen_fd(), control_fd());
    const auto given = inherit();
    ASSERT_TRUE(given.has_value());
    EXPECT_EQ(given->slot, 2u);
    EXPECT_EQ(given->workers, 3u);
    EXPECT_EQ(given->listen_fd, listen_fd());
    EXPECT_EQ(given->control_fd, control_fd());
    EXPECT_EQ(std::getenv(kWorkerVariable), nullptr);
    const auto again = inherit();
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error(), Status::not_found);
}

TEST_F(InheritTest, keeps_the_descriptors_from_programs_started_from_here) {
    name("0:1", listen_fd(), control_fd());
    ASSERT_TRUE(inherit().has_value());
    EXPECT_NE(::fcntl(listen_fd(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(control_fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(InheritTest, refuses_what_is_malformed) {
    for (const char* value : {"", "1", "0:1", "0:1:5", "0:1:5:6:7", "0:1:5:", ":1:5:6", "a:1:5:6",
                              "0:1:-5:6", "0:1:5:6 ", " 0:1:5:6", "1:1:5:6", "0:0:5:6",
                              "0:1025:5:6", "0:1:5:5", "0:1:99999999999:6", "+0:1:5:6"}) {
        name(value);
        const auto given = inherit();
        ASSERT_FALSE(given.has_value()) << value;
        EXPECT_EQ(given.error(), Status::argument) << value;
        EXPECT_EQ(std::getenv(kWorkerVariable), nullptr) << value;
    }
}

TEST_F(InheritTest, finds_nothing_where_the_descriptors_are_not_what_they_should_be) {
    int stream[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream), 0);
    const Fd first(stream[0]);
    const Fd second(stream[1]);
    const std::pair<int, int> cases[] = {
        {900, 901},
        {control_fd(), supervisor_.get()},
        {listen_fd(), first.get()},
        {listen_fd(), 0},
    };
    for (const auto& [listener, control] : cases) {
        name("0:1", listener, control);
        const auto given = inherit();
        ASSERT_FALSE(given.has_value()) << listener << " " << control;
        EXPECT_EQ(given.error(), Status::not_found);
        EXPECT_EQ(std::getenv(kWorkerVariable), nullptr);
    }
}

TEST_F(InheritTest, finds_nothing_without_a_supervisor) {
    ASSERT_EQ(std::getenv(kWorkerVariable), nullptr);
    const auto given = inherit();
    ASSERT_FALSE(given.has_value());
    EXPECT_EQ(given.error(), Status::not_found);
}

}  // namespace
}  // namespace trivet::app
