#include "http/gates.h"

#include <gtest/gtest.h>

namespace trivet::http {
namespace {

// 1 is around 2 and 3, 4 stands alone.
constexpr Gate kGates[] = {{3, 0}, {2, 1}, {5, 1}, {1, 0}};

TEST(Gates, counts_for_a_gate_and_all_around_it) {
    Memory memory;
    {
        GateCounts counts(memory, kGates);
        ASSERT_TRUE(counts.is_ready());
        EXPECT_TRUE(counts.enter(2));
        EXPECT_TRUE(counts.enter(3));
        EXPECT_EQ(counts.count(1), 2u);
        EXPECT_EQ(counts.count(2), 1u);
        EXPECT_EQ(counts.count(3), 1u);
        EXPECT_EQ(counts.count(4), 0u);
        counts.leave(3);
        EXPECT_EQ(counts.count(1), 1u);
        EXPECT_EQ(counts.count(2), 1u);
        EXPECT_EQ(counts.count(3), 0u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Gates, a_full_one_keeps_out_and_counts_nothing) {
    Memory memory;
    GateCounts counts(memory, kGates);
    EXPECT_TRUE(counts.enter(2));
    EXPECT_TRUE(counts.enter(2));
    EXPECT_TRUE(counts.is_full(2));
    EXPECT_FALSE(counts.is_full(1));
    EXPECT_FALSE(counts.enter(2)) << "the inner gate is full";
    EXPECT_EQ(counts.count(1), 2u);
    EXPECT_TRUE(counts.enter(3));
    EXPECT_FALSE(counts.enter(3)) << "the outer gate is full";
    EXPECT_EQ(counts.count(3), 1u);
    EXPECT_FALSE(counts.enter(1));
    EXPECT_TRUE(counts.enter(4));
    EXPECT_FALSE(counts.enter(4));
    counts.leave(2);
    EXPECT_TRUE(counts.enter(1));
}

TEST(Gates, says_so_when_memory_is_out) {
    Memory memory;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(GateCounts(memory, kGates).is_ready());
    EXPECT_TRUE(GateCounts(memory, {}).is_ready()) << "none need none";
}

}  // namespace
}  // namespace trivet::http
