#include "base/buffer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace trivet {
namespace {

TEST(Buffer, takes_no_memory_while_empty) {
    Memory memory;
    BlockPool pool(memory);
    Buffer buffer(pool);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.view(), "");
    EXPECT_TRUE(buffer.append(""));
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Buffer, grows_from_a_block_to_memory_of_its_own_and_keeps_the_bytes) {
    Memory memory;
    BlockPool pool(memory);
    Buffer buffer(pool);
    std::string expected;
    for (int index = 0; index < 3000; ++index) {
        const std::string part = std::to_string(index) + ",";
        expected += part;
        ASSERT_TRUE(buffer.append(part));
    }
    EXPECT_EQ(buffer.view(), expected);
    EXPECT_GE(memory.bytes_in_use(), expected.size());
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    EXPECT_LE(memory.bytes_in_use(), BlockPool::kBlockBytes);
}

TEST(Buffer, reserves_in_place_and_commits) {
    Memory memory;
    BlockPool pool(memory);
    Buffer buffer(pool);
    ASSERT_TRUE(buffer.append("head "));
    char* room = buffer.reserve(10'000);
    ASSERT_NE(room, nullptr);
    std::memcpy(room, "body", 4);
    buffer.commit(4);
    EXPECT_EQ(buffer.view(), "head body");
}

TEST(Buffer, drops_from_the_front) {
    Memory memory;
    BlockPool pool(memory);
    Buffer buffer(pool);
    ASSERT_TRUE(buffer.append("0123456789"));
    buffer.drop(0);
    EXPECT_EQ(buffer.view(), "0123456789");
    buffer.drop(4);
    EXPECT_EQ(buffer.view(), "456789");
    buffer.drop(6);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.data(), nullptr);
}

TEST(Buffer, swaps_with_another) {
    Memory memory;
    BlockPool pool(memory);
    Buffer first(pool);
    Buffer second(pool);
    ASSERT_TRUE(first.append("one"));
    first.swap(second);
    EXPECT_TRUE(first.empty());
    EXPECT_EQ(second.view(), "one");
}

TEST(Buffer, keeps_its_bytes_when_memory_is_out) {
    Memory memory;
    BlockPool pool(memory);
    Buffer buffer(pool);
    ASSERT_TRUE(buffer.append("kept"));
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(buffer.append(std::string(BlockPool::kBlockBytes, 'x')));
    EXPECT_EQ(buffer.view(), "kept");
    EXPECT_EQ(buffer.reserve(SIZE_MAX / 2), nullptr);
    EXPECT_EQ(buffer.view(), "kept");
    Buffer other(pool);
    EXPECT_FALSE(other.append("x"));
    EXPECT_TRUE(other.empty());
}

TEST(BlockPool, reuses_blocks_and_keeps_a_bounded_number) {
    Memory memory;
    {
        BlockPool pool(memory);
        void* first = pool.take();
        pool.give_back(first);
        EXPECT_EQ(pool.take(), first);
        std::vector<void*> blocks{first};
        for (std::size_t count = 0; count < BlockPool::kKeptMax + 50; ++count) {
            blocks.push_back(pool.take());
            ASSERT_NE(blocks.back(), nullptr);
        }
        for (void* block : blocks) {
            pool.give_back(block);
        }
        EXPECT_EQ(memory.bytes_in_use(), BlockPool::kKeptMax * BlockPool::kBlockBytes);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace trivet
