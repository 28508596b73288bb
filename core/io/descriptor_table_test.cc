#include "io/descriptor_table.h"

#include <gtest/gtest.h>

#include <climits>

#include "base/fd.h"

namespace trivet::io {
namespace {

struct Record {
    int number = 0;
};

TEST(DescriptorTable, keeps_its_records_while_it_grows) {
    Memory memory;
    {
        DescriptorTable<Record> table(memory);
        int error = 0;
        EXPECT_EQ(table.find(0), nullptr);
        ASSERT_NE(table.make(0, error), nullptr);
        EXPECT_EQ(table.find(0)->number, 0);
        table.find(0)->number = 7;
        const Fd high(::fcntl(0, F_DUPFD_CLOEXEC, 500));
        ASSERT_GE(high.get(), 500);
        EXPECT_EQ(table.find(high.get()), nullptr);
        ASSERT_NE(table.make(high.get(), error), nullptr);
        EXPECT_EQ(table.find(0)->number, 7);
        EXPECT_EQ(table.make(0, error)->number, 7);
        EXPECT_EQ(table.find(high.get())->number, 0);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(DescriptorTable, refuses_what_is_not_open) {
    Memory memory;
    DescriptorTable<Record> table(memory);
    for (const int fd : {-1, 1'000'000, DescriptorTable<Record>::kDescriptorsMax, INT_MAX}) {
        int error = 0;
        EXPECT_EQ(table.make(fd, error), nullptr) << fd;
        EXPECT_EQ(error, EBADF) << fd;
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(DescriptorTable, says_when_memory_is_out) {
    Memory memory;
    DescriptorTable<Record> table(memory);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    int error = 0;
    EXPECT_EQ(table.make(0, error), nullptr);
    EXPECT_EQ(error, ENOMEM);
    memory.set_failure_hook(nullptr, nullptr);
    EXPECT_NE(table.make(0, error), nullptr);
}

}  // namespace
}  // namespace trivet::io
