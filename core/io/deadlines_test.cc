#include "io/deadlines.h"

#include <gtest/gtest.h>

#include <vector>

namespace trivet::io {
namespace {

constexpr std::uint64_t kStart = 1'000'000;

int expired_at(Deadlines& deadlines, std::uint64_t now) {
    int count = 0;
    deadlines.run(now, [&](Deadline&) { ++count; });
    return count;
}

TEST(Deadlines, expire_within_a_tick_of_their_time) {
    Deadlines deadlines(kStart);
    Deadline item;
    deadlines.set(item, kStart + 1000);
    EXPECT_EQ(expired_at(deadlines, kStart + 999), 0);
    EXPECT_EQ(expired_at(deadlines, kStart + 1000 + Deadlines::kTickMs), 1);
    EXPECT_EQ(expired_at(deadlines, kStart + 5000), 0);
}

TEST(Deadlines, may_be_moved_later_by_a_plain_write) {
    Deadlines deadlines(kStart);
    Deadline item;
    deadlines.set(item, kStart + 500);
    item.deadline_ms = kStart + 3000;
    EXPECT_EQ(expired_at(deadlines, kStart + 2000), 0);
    EXPECT_EQ(expired_at(deadlines, kStart + 3000 + Deadlines::kTickMs), 1);
}

TEST(Deadlines, may_be_moved_earlier_with_set) {
    Deadlines deadlines(kStart);
    Deadline item;
    deadlines.set(item, kStart + 60'000);
    deadlines.set(item, kStart + 300);
    EXPECT_LE(deadlines.next_ms(), kStart + 300 + Deadlines::kTickMs);
    EXPECT_EQ(expired_at(deadlines, kStart + 300 + Deadlines::kTickMs), 1);
}

TEST(Deadlines, beyond_the_wheel_are_filed_again) {
    Deadlines deadlines(kStart);
    Deadline item;
    const std::uint64_t far = kStart + Deadlines::kTickMs * Deadlines::kSlots * 3;
    deadlines.set(item, far);
    for (std::uint64_t now = kStart; now < far; now += 50'000) {
        EXPECT_EQ(expired_at(deadlines, now), 0);
    }
    EXPECT_EQ(expired_at(deadlines, far + Deadlines::kTickMs), 1);
}

TEST(Deadlines, none_is_never_reached_and_unlinked_items_are_forgotten) {
    Deadlines deadlines(kStart);
    Deadline waiting;
    deadlines.set(waiting, kStart + 100);
    waiting.deadline_ms = Deadline::kNone;
    {
        Deadline gone;
        deadlines.set(gone, kStart + 100);
    }
    EXPECT_EQ(expired_at(deadlines, kStart + 100'000), 0);
    EXPECT_EQ(deadlines.next_ms(), Deadline::kNone);
}

TEST(Deadlines, survive_a_sleep_longer_than_the_wheel) {
    Deadlines deadlines(kStart);
    Deadline items[3];
    deadlines.set(items[0], kStart + 10);
    deadlines.set(items[1], kStart + 30'000);
    deadlines.set(items[2], kStart + 90'000);
    EXPECT_EQ(expired_at(deadlines, kStart + 1'000'000), 3);
}

}  // namespace
}  // namespace trivet::io
