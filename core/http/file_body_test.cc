#include "http/file_body.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>

namespace trivet::http {
namespace {

TEST(FileBodyTest, lives_as_long_as_somebody_holds_it) {
    Memory memory;
    FileBody* body = FileBody::make(memory, 5);
    std::memcpy(body->bytes(), "hello", 5);
    EXPECT_TRUE(body->is_in_memory());
    EXPECT_EQ(memory.bytes_in_use(), body->bytes_held());
    body->hold();
    body->let_go();
    EXPECT_EQ(body->view(), "hello");
    body->let_go();
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(FileBodyTest, closes_its_descriptor_at_the_end) {
    Memory memory;
    Fd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    const int number = fd.get();
    FileBody* body = FileBody::make(memory, std::move(fd), 1'000'000);
    EXPECT_FALSE(body->is_in_memory());
    EXPECT_EQ(body->descriptor(), number);
    body->let_go();
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(FileBodyTest, is_none_without_memory) {
    Memory memory;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(FileBody::make(memory, 1), nullptr);
    EXPECT_EQ(FileBody::make(memory, Fd(), 1), nullptr);
}

TEST(FileStampTest, rounds_times_down) {
    EXPECT_EQ(FileStamp{.modified_ns = 1'999'999'999}.modified_seconds(), 1);
    EXPECT_EQ(FileStamp{.modified_ns = -1}.modified_seconds(), -1);
    EXPECT_EQ(FileStamp{.modified_ns = -2'000'000'000}.modified_seconds(), -2);
}

}  // namespace
}  // namespace trivet::http
