#include "app/shared_listeners.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "app/unix_harness_test.h"
#include "io/socket.h"

namespace trivet::app {
namespace {

using Joining = SharedListeners::Joining;

class SharedListenersTest : public ::testing::Test {
protected:
    ~SharedListenersTest() override { ::unsetenv(kSharedVariable); }
    static std::vector<ListenAddress> addresses(std::string_view text) {
        return parse_listen_list(text).value();
    }
    static bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

    SocketFolder folder_;
};

TEST_F(SharedListenersTest, binds_what_the_list_names) {
    auto bound =
        bind_shared(addresses("127.0.0.1:0 plain, [::1]:0, " + folder_.host() + " proxy"), 16);
    ASSERT_TRUE(bound.has_value()) << bound.error().message;
    ASSERT_EQ(bound->size(), 3u);
    EXPECT_NE((*bound)[0].address.port, 0u);
    EXPECT_EQ(to_text(*bound), "127.0.0.1:" + std::to_string((*bound)[0].address.port) +
                                   " plain, [::1]:" + std::to_string((*bound)[1].address.port) +
                                   ", " + folder_.host() + " proxy");
    EXPECT_TRUE(Client((*bound)[0].address.port).is_connected());
    EXPECT_NE(folder_.connect(), nullptr);
    refuse_new(*bound);
    EXPECT_FALSE(folder_.has_file());
}

TEST_F(SharedListenersTest, an_address_in_use_fails_and_leaves_nothing) {
    auto first = bind_shared(addresses("127.0.0.1:0"), 16);
    ASSERT_TRUE(first.has_value());
    const std::string taken = "127.0.0.1:" + std::to_string((*first)[0].address.port);
    const auto second = bind_shared(addresses(folder_.host() + "," + taken), 16);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().status, Status::address_in_use);
    EXPECT_NE(second.error().message.find(taken), std::string::npos) << second.error().message;
    EXPECT_FALSE(folder_.has_file());
}

TEST_F(SharedListenersTest, workers_inherit_them_with_their_words) {
    auto bound = bind_shared(addresses("127.0.0.1:0 plain proxy, " + folder_.host()), 16);
    ASSERT_TRUE(bound.has_value());
    const std::vector<std::string> texts{to_text((*bound)[0].address),
                                         to_text((*bound)[1].address)};
    ::setenv(kSharedVariable, shared_variable(*bound).c_str(), 1);
    for (SharedListener& listener : *bound) {
        listener.fd.release();
    }
    {
        SharedListeners shared;
        ASSERT_EQ(shared.join(Joining::given, "", 16).value(), 2u);
        EXPECT_EQ(std::getenv(kSharedVariable), nullptr);
        EXPECT_EQ(shared.to_text(), texts[0] + ", " + texts[1]);
        EXPECT_NE(::fcntl(shared.copy(0).get(), F_GETFD) & FD_CLOEXEC, 0);
        ASSERT_EQ(shared.join(Joining::given, "", 16).value(), 2u) << "of another thread's loop";
        EXPECT_FALSE(shared.leave());
        EXPECT_FALSE(shared.leave()) << "they are the supervisor's";
        EXPECT_NE(folder_.connect(), nullptr);
    }
    EXPECT_TRUE(folder_.has_file());
}

TEST_F(SharedListenersTest, nothing_else_is_inherited) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    for (const std::string& text :
         {std::string("x"), std::string("-1"), std::string("1000000"), std::string(""),
          std::to_string(ends[0]), std::to_string(ends[0]) + ",x", std::string("99999999999999")}) {
        ::setenv(kSharedVariable, text.c_str(), 1);
        EXPECT_TRUE(inherit_shared().empty()) << text;
        EXPECT_EQ(std::getenv(kSharedVariable), nullptr);
    }
    EXPECT_TRUE(is_open(ends[0])) << "it is none, so it is not taken";
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_TRUE(inherit_shared().empty());
}

TEST_F(SharedListenersTest, the_last_loop_that_leaves_frees_them) {
    SharedListeners shared;
    EXPECT_EQ(shared.join(Joining::joining, folder_.host(), 16).value(), 0u) << "nobody binds";
    EXPECT_FALSE(folder_.has_file());
    ASSERT_EQ(shared.join(Joining::binding, folder_.host(), 16).value(), 1u);
    EXPECT_TRUE(shared.is_new());
    ASSERT_EQ(shared.join(Joining::joining, folder_.host(), 16).value(), 1u);
    ASSERT_EQ(shared.join(Joining::binding, folder_.host(), 16).value(), 1u);
    EXPECT_FALSE(shared.is_new());
    EXPECT_FALSE(shared.leave());
    EXPECT_FALSE(shared.leave());
    EXPECT_TRUE(folder_.has_file());
    EXPECT_TRUE(shared.leave());
    EXPECT_FALSE(folder_.has_file());
    ASSERT_EQ(shared.join(Joining::binding, folder_.host(), 16).value(), 1u) << "and once more";
    EXPECT_TRUE(shared.leave());
}

}  // namespace
}  // namespace trivet::app
