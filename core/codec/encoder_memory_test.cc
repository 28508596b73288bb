#include "codec/encoder_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace trivet::codec {
namespace {

constexpr std::size_t kLarge = 20'000;

TEST(EncoderMemory, large_blocks_are_kept_and_used_again) {
    Memory memory;
    {
        EncoderMemory pool(memory, 1 << 20);
        void* const block = pool.allocate(kLarge);
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
        std::memset(block, 1, kLarge);
        pool.release(block);
        EXPECT_GT(pool.kept_bytes(), kLarge);
        EXPECT_EQ(pool.allocate(kLarge - 1000), block);
        EXPECT_EQ(pool.kept_bytes(), 0u);
        pool.release(block);
        void* const small = pool.allocate(kLarge / 3);
        EXPECT_NE(small, block) << "it would be far too large";
        void* const large = pool.allocate(kLarge + 1);
        EXPECT_NE(large, block) << "it would be too small";
        pool.release(small);
        pool.release(large);
        pool.release(nullptr);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(EncoderMemory, of_several_the_smallest_that_fits_is_used) {
    Memory memory;
    EncoderMemory pool(memory, 1 << 20);
    void* const wide = pool.allocate(kLarge + 5000);
    void* const narrow = pool.allocate(kLarge);
    pool.release(wide);
    pool.release(narrow);
    EXPECT_EQ(pool.allocate(kLarge - 5), narrow);
    EXPECT_EQ(pool.allocate(kLarge - 5), wide);
    pool.release(narrow);
    pool.release(wide);
}

TEST(EncoderMemory, small_blocks_go_back) {
    Memory memory;
    EncoderMemory pool(memory, 1 << 20);
    pool.release(pool.allocate(100));
    EXPECT_EQ(memory.bytes_in_use(), 0u);
    EXPECT_EQ(pool.bytes(), 0u);
}

TEST(EncoderMemory, what_is_kept_is_bounded) {
    Memory memory;
    EncoderMemory pool(memory, std::size_t{1} << 30);
    std::vector<void*> blocks;
    for (std::size_t count = 0; count < EncoderMemory::kKeptBlocksMax + 4; ++count) {
        blocks.push_back(pool.allocate(kLarge));
    }
    for (void* const block : blocks) {
        pool.release(block);
    }
    EXPECT_LE(pool.kept_bytes(), EncoderMemory::kKeptBlocksMax * (kLarge + 16));
    EXPECT_EQ(pool.bytes(), pool.kept_bytes());
    pool.release(pool.allocate(EncoderMemory::kKeptBytesMax));
    EXPECT_LE(pool.kept_bytes(), EncoderMemory::kKeptBytesMax);
    pool.drop_kept();
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(EncoderMemory, the_budget_holds_and_what_is_kept_makes_room) {
    Memory memory;
    EncoderMemory pool(memory, 100'000);
    EXPECT_EQ(pool.allocate(100'000), nullptr);
    EXPECT_EQ(pool.allocate(SIZE_MAX), nullptr);
    void* const block = pool.allocate(60'000);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(pool.allocate(60'000), nullptr);
    pool.release(block);
    EXPECT_GT(pool.kept_bytes(), 0u);
    void* const other = pool.allocate(90'000);
    ASSERT_NE(other, nullptr);
    EXPECT_EQ(pool.kept_bytes(), 0u);
    pool.release(other);
}

TEST(EncoderMemory, failing_memory_is_told) {
    Memory memory;
    EncoderMemory pool(memory, 1 << 20);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(pool.allocate(kLarge), nullptr);
    EXPECT_EQ(pool.bytes(), 0u);
}

}  // namespace
}  // namespace trivet::codec
