#include "base/memory.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

TEST(Memory, counts_what_is_in_use) {
    Memory memory;
    void* block = memory.allocate(100);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(memory.bytes_in_use(), 100u);
    memory.release(block, 100);
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Memory, fails_when_the_hook_says_so) {
    Memory memory;
    int countdown = 1;
    memory.set_failure_hook(
        [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
        &countdown);
    void* first = memory.allocate(8);
    EXPECT_NE(first, nullptr);
    EXPECT_EQ(memory.allocate(8), nullptr);
    EXPECT_EQ(memory.bytes_in_use(), 8u);
    memory.release(first, 8);
}

}  // namespace
}  // namespace trivet
