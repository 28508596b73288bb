#include "base/slab.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace trivet {
namespace {

struct Thing {
    explicit Thing(int& constructed) { ++constructed; }
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
};

TEST(Slab, finds_live_items_and_refuses_stale_ones) {
    Memory memory;
    int constructed = 0;
    Slab<Thing> slab(memory, 10);
    Thing* thing = slab.take(constructed);
    ASSERT_NE(thing, nullptr);
    const std::uint32_t slot = thing->slot;
    const std::uint32_t generation = thing->generation;
    EXPECT_EQ(slab.find(slot, generation), thing);
    slab.give_back(*thing);
    EXPECT_EQ(slab.find(slot, generation), nullptr);
    EXPECT_EQ(slab.find(slot, generation + 1), nullptr);
    Thing* again = slab.take(constructed);
    EXPECT_EQ(again, thing);
    EXPECT_EQ(constructed, 1);
    EXPECT_EQ(slab.find(slot, generation), nullptr);
    EXPECT_EQ(slab.find(slot, generation + 2), thing);
    EXPECT_EQ(slab.find(99, 11), nullptr);
    slab.give_back(*again);
}

TEST(Slab, grows_over_blocks_without_moving) {
    Memory memory;
    int constructed = 0;
    Slab<Thing> slab(memory, 0);
    std::vector<Thing*> things;
    for (int i = 0; i < 1000; ++i) {
        things.push_back(slab.take(constructed));
        ASSERT_NE(things.back(), nullptr);
    }
    EXPECT_EQ(slab.live(), 1000u);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        EXPECT_EQ(slab.find(i, 1), things[i]);
    }
    for (Thing* thing : things) {
        slab.give_back(*thing);
    }
    EXPECT_EQ(slab.live(), 0u);
}

TEST(Slab, retires_a_slot_whose_generations_are_used_up) {
    Memory memory;
    int constructed = 0;
    Slab<Thing> slab(memory, 2);
    Thing* thing = slab.take(constructed);
    thing->generation = 1;
    slab.give_back(*thing);
    EXPECT_NE(slab.take(constructed), thing);
}

TEST(Slab, reports_exhausted_memory) {
    Memory memory;
    int constructed = 0;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    Slab<Thing> slab(memory, 0);
    EXPECT_EQ(slab.take(constructed), nullptr);
}

TEST(Slab, is_searched_by_another_thread_while_it_changes) {
    Memory memory;
    int constructed = 0;
    Slab<Thing> slab(memory, 10);
    Thing* kept = slab.take(constructed);
    const std::uint32_t generation = kept->generation;
    std::atomic<bool> is_over{false};
    std::thread other([&] {
        while (!is_over) {
            EXPECT_EQ(slab.find(0, generation), kept);
            for (std::uint32_t slot = 1; slot < 300; ++slot) {
                slab.find(slot, generation);
            }
        }
    });
    for (int round = 0; round < 20; ++round) {
        std::vector<Thing*> things;
        for (int count = 0; count < 30 * round; ++count) {
            things.push_back(slab.take(constructed));
        }
        for (Thing* thing : things) {
            slab.give_back(*thing);
        }
    }
    is_over = true;
    other.join();
}

}  // namespace
}  // namespace trivet
