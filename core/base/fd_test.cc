#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace trivet {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

class FdTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC), 0); }
    void TearDown() override {
        for (const int fd : pipe_) {
            if (is_open(fd)) {
                ::close(fd);
            }
        }
    }
    int pipe_[2];
};

TEST_F(FdTest, closes_at_its_end) {
    {
        const Fd fd(pipe_[0]);
        EXPECT_TRUE(fd.is_open());
        EXPECT_EQ(fd.get(), pipe_[0]);
    }
    EXPECT_FALSE(is_open(pipe_[0]));
}

TEST_F(FdTest, moves_without_closing_and_closes_what_it_replaces) {
    Fd first(pipe_[0]);
    Fd second(std::move(first));
    EXPECT_TRUE(is_open(pipe_[0]));
    EXPECT_EQ(second.get(), pipe_[0]);
    Fd third(pipe_[1]);
    third = std::move(second);
    EXPECT_FALSE(is_open(pipe_[1]));
    EXPECT_TRUE(is_open(pipe_[0]));
    EXPECT_EQ(third.get(), pipe_[0]);
}

TEST_F(FdTest, releases_and_resets) {
    Fd fd(pipe_[0]);
    EXPECT_EQ(fd.release(), pipe_[0]);
    EXPECT_FALSE(fd.is_open());
    EXPECT_TRUE(is_open(pipe_[0]));
    fd.reset(pipe_[0]);
    fd.reset(-1);
    EXPECT_FALSE(is_open(pipe_[0]));
}

TEST(Fd, none_is_not_open) {
    Fd fd;
    EXPECT_FALSE(fd.is_open());
    EXPECT_EQ(fd.get(), -1);
    fd.reset(-1);
}

}  // namespace
}  // namespace trivet
