#include "http/address_counts.h"

#include <gtest/gtest.h>

#include <vector>

namespace trivet::http {
namespace {

TEST(AddressCounts, counts_each_address_apart) {
    Memory memory;
    {
        AddressCounts counts(memory, 7);
        AddressCounts::Entry* first = counts.enter({1, 2});
        AddressCounts::Entry* again = counts.enter({1, 2});
        AddressCounts::Entry* other = counts.enter({1, 3});
        ASSERT_NE(first, nullptr);
        EXPECT_EQ(first, again);
        EXPECT_EQ(first->count, 2u);
        EXPECT_EQ(other->count, 1u);
        EXPECT_EQ(counts.addresses(), 2u);
        counts.leave(*first);
        EXPECT_EQ(first->count, 1u);
        counts.leave(*first);
        EXPECT_EQ(counts.addresses(), 1u);
        EXPECT_EQ(counts.enter({1, 2})->count, 1u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(AddressCounts, forgets_as_many_as_it_has_known) {
    Memory memory;
    AddressCounts counts(memory, 7);
    std::vector<AddressCounts::Entry*> entries;
    for (std::uint64_t index = 0; index < 5'000; ++index) {
        entries.push_back(counts.enter({index, index * index}));
        ASSERT_NE(entries.back(), nullptr);
    }
    EXPECT_EQ(counts.addresses(), 5'000u);
    for (std::uint64_t index = 0; index < 5'000; ++index) {
        EXPECT_EQ(entries[index]->address, (io::PeerAddress{index, index * index}));
        counts.leave(*entries[index]);
    }
    EXPECT_EQ(counts.addresses(), 0u);
    EXPECT_LT(memory.bytes_in_use(), 100'000u);
}

TEST(AddressCounts, says_so_when_memory_is_out) {
    Memory memory;
    AddressCounts counts(memory, 7);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(counts.enter({1, 2}), nullptr);
    memory.set_failure_hook([](void*, std::size_t size) { return size < 100; }, nullptr);
    EXPECT_EQ(counts.enter({1, 2}), nullptr) << "no entry, although there are buckets";
    memory.set_failure_hook(nullptr, nullptr);
    EXPECT_EQ(counts.enter({1, 2})->count, 1u);
}

}  // namespace
}  // namespace trivet::http
