#include "app/borrowed_listeners.h"

#include "app/worker_harness_test.h"
#include "io/backlog.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

class BorrowedListenersTest : public ::testing::TestWithParam<io::Engine>, public io::WatchHandler {
protected:
    BorrowedListenersTest()
        : loop_(io::make_loop(GetParam(), memory_, {32, 4096}).loop), borrowed_(*loop_, *this) {}
    void on_ready(int fd, std::uint32_t) noexcept override { ready_.push_back(fd); }
    void turn() {
        loop_->wait(0);
        loop_->dispatch();
    }

    Memory memory_;
    std::unique_ptr<io::Loop> loop_;
    BorrowedListeners borrowed_;
    std::vector<int> ready_;
};

TEST_P(BorrowedListenersTest, wakes_the_loop_as_long_as_somebody_waits) {
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    const int fd = listener.fd.get();
    ASSERT_TRUE(borrowed_.add(3, std::move(listener.fd)));
    EXPECT_TRUE(borrowed_.holds(fd));
    EXPECT_EQ(borrowed_.slot_of(fd), 3u);
    turn();
    EXPECT_TRUE(ready_.empty());
    const Client client(listener.port);
    turn();
    turn();
    EXPECT_EQ(ready_, (std::vector<int>{fd, fd}));
    int error = 0;
    int accepted = -1;
    ASSERT_EQ(io::accept_one(fd, accepted, error), io::Accepted::one);
    ::close(accepted);
    ready_.clear();
    turn();
    turn();
    EXPECT_TRUE(ready_.empty());
}

TEST_P(BorrowedListenersTest, gives_back_without_closing_what_others_still_hold) {
    io::Listener listener = io::listen_tcp({.host = "127.0.0.1"});
    const Fd owner(::dup(listener.fd.get()));
    const int fd = listener.fd.get();
    ASSERT_TRUE(borrowed_.add(0, std::move(listener.fd)));
    turn();
    borrowed_.drop(0);
    EXPECT_FALSE(borrowed_.holds(fd));
    borrowed_.drop(0);
    const Client client(listener.port);
    turn();
    EXPECT_TRUE(ready_.empty());
    EXPECT_TRUE(io::has_backlog(owner.get()));
}

TEST_P(BorrowedListenersTest, replaces_the_listener_of_a_slot) {
    io::Listener first = io::listen_tcp({.host = "127.0.0.1"});
    io::Listener second = io::listen_tcp({.host = "127.0.0.1"});
    const int fd = second.fd.get();
    ASSERT_TRUE(borrowed_.add(5, std::move(first.fd)));
    ASSERT_TRUE(borrowed_.add(5, std::move(second.fd)));
    EXPECT_EQ(borrowed_.size(), 1u);
    EXPECT_EQ(borrowed_.fd_at(0), fd);
    EXPECT_FALSE(Client(first.port).is_connected());
}

TEST_P(BorrowedListenersTest, has_room_for_so_many_and_no_more) {
    for (std::uint32_t slot = 0; slot < BorrowedListeners::kMax; ++slot) {
        ASSERT_TRUE(borrowed_.add(slot, io::listen_tcp({.host = "127.0.0.1"}).fd)) << slot;
    }
    EXPECT_FALSE(borrowed_.add(1'000, io::listen_tcp({.host = "127.0.0.1"}).fd));
    borrowed_.drop(10);
    EXPECT_TRUE(borrowed_.add(1'000, io::listen_tcp({.host = "127.0.0.1"}).fd));
    borrowed_.drop_all();
    EXPECT_EQ(borrowed_.size(), 0u);
    EXPECT_FALSE(borrowed_.add(0, Fd()));
}

TRIVET_FOR_EACH_ENGINE(BorrowedListenersTest);

}  // namespace
}  // namespace trivet::app
