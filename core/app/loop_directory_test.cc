#include "app/loop_directory.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace trivet::app {
namespace {

// The directory keeps addresses and never looks behind them.
Worker& worker_at(std::uint64_t number) { return *reinterpret_cast<Worker*>(number * 64 + 64); }

TEST(LoopDirectory, finds_a_loop_from_its_joining_to_its_leaving) {
    const DirectoryEntry entry = join_directory(worker_at(1));
    ASSERT_LT(entry.index, kLoopsMax);
    bool is_owner = false;
    EXPECT_EQ(find_worker(entry.index, is_owner), &worker_at(1));
    EXPECT_TRUE(is_owner);
    std::thread([&] {
        bool is_other_owner = true;
        EXPECT_EQ(find_worker(entry.index, is_other_owner), &worker_at(1));
        EXPECT_FALSE(is_other_owner);
    }).join();
    leave_directory(entry.index, entry.first_generation + 2);
    EXPECT_EQ(find_worker(entry.index, is_owner), nullptr);
    EXPECT_FALSE(is_owner);
}

TEST(LoopDirectory, gives_a_place_again_with_later_generations) {
    const DirectoryEntry first = join_directory(worker_at(1));
    leave_directory(first.index, first.first_generation + 40);
    const DirectoryEntry second = join_directory(worker_at(2));
    EXPECT_EQ(second.index, first.index);
    EXPECT_EQ(second.first_generation, first.first_generation + 40);
    EXPECT_EQ(second.first_generation % 2, 0u);
    leave_directory(second.index, 0);
    const DirectoryEntry third = join_directory(worker_at(3));
    EXPECT_EQ(third.index, first.index);
    leave_directory(third.index, third.first_generation + 2);
}

TEST(LoopDirectory, is_full_at_its_limit) {
    std::vector<DirectoryEntry> entries;
    std::set<std::uint32_t> indexes;
    for (std::uint32_t count = 0; count < kLoopsMax; ++count) {
        entries.push_back(join_directory(worker_at(count)));
        indexes.insert(entries.back().index);
    }
    EXPECT_EQ(indexes.size(), kLoopsMax);
    EXPECT_EQ(join_directory(worker_at(1)).index, kLoopsMax);
    for (const DirectoryEntry& entry : entries) {
        leave_directory(entry.index, entry.first_generation + 2);
    }
    const DirectoryEntry again = join_directory(worker_at(1));
    EXPECT_LT(again.index, kLoopsMax);
    leave_directory(again.index, again.first_generation + 2);
}

TEST(LoopDirectory, joins_and_leaves_on_many_threads) {
    std::vector<std::thread> threads;
    for (std::uint64_t number = 0; number < 8; ++number) {
        threads.emplace_back([number] {
            for (int round = 0; round < 500; ++round) {
                const DirectoryEntry entry = join_directory(worker_at(number));
                ASSERT_LT(entry.index, kLoopsMax);
                bool is_owner = false;
                EXPECT_EQ(find_worker(entry.index, is_owner), &worker_at(number));
                EXPECT_TRUE(is_owner);
                for (std::uint32_t other = 0; other < kLoopsMax; ++other) {
                    find_worker(other, is_owner);
                }
                leave_directory(entry.index, entry.first_generation + 2);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST(LoopDirectory, handles_carry_their_parts) {
    for (const HandleParts parts : {HandleParts{0, 0, 1}, HandleParts{63, (1u << 18) - 1, ~0u},
                                    HandleParts{5, 77, 0x80000001u}}) {
        const std::uint64_t handle = make_handle(parts.loop, parts.slot, parts.generation);
        EXPECT_NE(handle, 0u);
        HandleParts split{};
        ASSERT_TRUE(split_handle(handle, split));
        EXPECT_EQ(split.loop, parts.loop);
        EXPECT_EQ(split.slot, parts.slot);
        EXPECT_EQ(split.generation, parts.generation);
        // Another copy's mark, and no handle at all.
        EXPECT_FALSE(split_handle(handle ^ (std::uint64_t{1} << 56), split));
        EXPECT_FALSE(split_handle(handle & ~(std::uint64_t{1} << 63), split));
    }
    HandleParts split{};
    EXPECT_FALSE(split_handle(0, split));
}

}  // namespace
}  // namespace trivet::app
