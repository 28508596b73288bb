#include "app/control.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace trivet::app {
namespace {

class ControlTest : public ::testing::Test {
protected:
    ControlTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        here_.reset(ends[0]);
        there_.reset(ends[1]);
    }
    ControlRead read() { return read_control(there_.get(), message_, attached_, sender_); }

    Fd here_;
    Fd there_;
    ControlMessage message_;
    Fd attached_;
    pid_t sender_ = -1;
};

TEST_F(ControlTest, carries_kind_slot_flags_and_text) {
    ControlMessage sent;
    sent.kind = static_cast<std::uint8_t>(ControlKind::ready);
    sent.flags = kCannotAccept;
    sent.slot = 1023;
    sent.append("1.2.3\n");
    sent.append("Test");
    ASSERT_TRUE(send_control(here_.get(), sent));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(message_.kind, sent.kind);
    EXPECT_EQ(message_.flags, kCannotAccept);
    EXPECT_EQ(message_.slot, 1023u);
    EXPECT_EQ(message_.view(), "1.2.3\nTest");
    EXPECT_FALSE(attached_.is_open());
}

TEST_F(ControlTest, carries_a_descriptor_that_is_closed_on_exec) {
    Fd pipe[2];
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    pipe[0].reset(ends[0]);
    pipe[1].reset(ends[1]);
    ASSERT_TRUE(send_control(here_.get(), ControlKind::lend, 7, pipe[1].get()));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(message_.slot, 7u);
    ASSERT_TRUE(attached_.is_open());
    EXPECT_NE(::fcntl(attached_.get(), F_GETFD) & FD_CLOEXEC, 0);
    struct stat sent{};
    struct stat received{};
    ::fstat(pipe[1].get(), &sent);
    ::fstat(attached_.get(), &received);
    EXPECT_EQ(sent.st_ino, received.st_ino);
    ASSERT_TRUE(send_control(here_.get(), ControlKind::ping));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_FALSE(attached_.is_open()) << "the one before is closed";
}

TEST_F(ControlTest, never_waits) {
    EXPECT_EQ(read(), ControlRead::nothing);
    std::size_t sent = 0;
    while (send_control(here_.get(), ControlKind::ping)) {
        ++sent;
    }
    EXPECT_GT(sent, 0u);
    for (std::size_t count = 0; count < sent; ++count) {
        ASSERT_EQ(read(), ControlRead::message);
    }
    EXPECT_EQ(read(), ControlRead::nothing);
}

TEST_F(ControlTest, ends_when_the_peer_has_gone) {
    send_control(here_.get(), ControlKind::drain);
    here_.reset(-1);
    EXPECT_EQ(read(), ControlRead::message);
    EXPECT_EQ(read(), ControlRead::end);
    EXPECT_FALSE(send_control(there_.get(), ControlKind::pong)) << "and no signal comes";
}

TEST_F(ControlTest, cuts_text_that_is_too_long) {
    ControlMessage sent;
    sent.append(std::string(ControlMessage::kTextMax - 1, 'a'));
    sent.append("bc");
    sent.append("d");
    EXPECT_EQ(sent.text_size, ControlMessage::kTextMax);
    EXPECT_EQ(sent.view().back(), 'b');
    ASSERT_TRUE(send_control(here_.get(), sent));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(message_.view(), sent.view());
}

TEST_F(ControlTest, survives_packets_that_are_no_messages) {
    ASSERT_EQ(::send(here_.get(), "xy", 2, 0), 2);
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(message_.kind, 0) << "of no known kind";
    ControlMessage lying;
    lying.text_size = 500;
    ASSERT_EQ(::send(here_.get(), &lying, offsetof(ControlMessage, text) + 3, 0),
              static_cast<ssize_t>(offsetof(ControlMessage, text) + 3));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(message_.view().size(), 3u);
    const std::string huge(4 * sizeof(ControlMessage), 'x');
    ASSERT_EQ(::send(here_.get(), huge.data(), huge.size(), 0), static_cast<ssize_t>(huge.size()));
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_LE(message_.view().size(), ControlMessage::kTextMax);
}

TEST_F(ControlTest, knows_who_sent_it) {
    const int on = 1;
    ASSERT_EQ(::setsockopt(there_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    send_control(here_.get(), ControlKind::ready);
    ASSERT_EQ(read(), ControlRead::message);
    EXPECT_EQ(sender_, ::getpid());
}

}  // namespace
}  // namespace trivet::app
