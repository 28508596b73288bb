#include "base/arena.h"

#include <gtest/gtest.h>

#include <cstring>

namespace trivet {
namespace {

TEST(Arena, aligns_and_keeps_blocks_apart) {
    Memory memory;
    Arena arena(memory);
    auto* byte = static_cast<char*>(arena.allocate(1, 1));
    auto* word = static_cast<std::uint64_t*>(arena.allocate(sizeof(std::uint64_t), 8));
    ASSERT_NE(byte, nullptr);
    ASSERT_NE(word, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(word) % 8, 0u);
    *byte = 'x';
    *word = ~std::uint64_t{0};
    EXPECT_EQ(*byte, 'x');
}

TEST(Arena, serves_blocks_larger_than_a_chunk) {
    Memory memory;
    Arena arena(memory);
    void* large = arena.allocate(100'000, 16);
    ASSERT_NE(large, nullptr);
    std::memset(large, 1, 100'000);
    EXPECT_NE(arena.allocate(10, 1), nullptr);
}

TEST(Arena, reset_keeps_only_the_first_chunk) {
    Memory memory;
    {
        Arena arena(memory);
        ASSERT_NE(arena.allocate(10, 1), nullptr);
        const std::size_t first = memory.bytes_in_use();
        ASSERT_NE(arena.allocate(50'000, 1), nullptr);
        EXPECT_GT(memory.bytes_in_use(), first);
        arena.reset();
        EXPECT_EQ(memory.bytes_in_use(), first);
        ASSERT_NE(arena.allocate(10, 1), nullptr);
        EXPECT_EQ(memory.bytes_in_use(), first);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Arena, copies_bytes_and_reports_failure) {
    Memory memory;
    Arena arena(memory);
    auto text = arena.copy("hello");
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(*text, "hello");
    EXPECT_TRUE(arena.copy("")->empty());
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(arena.copy(std::string(5000, 'a')).has_value());
}

TEST(Arena, refuses_sizes_that_overflow) {
    Memory memory;
    Arena arena(memory);
    EXPECT_EQ(arena.allocate(SIZE_MAX - 8, 8), nullptr);
    EXPECT_EQ(arena.allocate_array<std::uint64_t>(SIZE_MAX / 4), nullptr);
}

}  // namespace
}  // namespace trivet
