#include "proto/sse/ring.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::sse {
namespace {

// The events from `position` on, as text.
std::string replayed(const Ring& ring, std::uint64_t position) {
    std::string text;
    for (; position != ring.end(); ++position) {
        const auto entry = ring.at(position);
        EXPECT_TRUE(entry.has_value());
        text += entry ? entry->bytes : "?";
    }
    return text;
}

TEST(Ring, replays_what_came_after_an_id) {
    Memory memory;
    Ring ring(memory, {});
    for (const char* id : {"a", "b", "c"}) {
        EXPECT_EQ(ring.push(id, std::string("<") + id + ">"), Status::ok);
    }
    EXPECT_EQ(replayed(ring, ring.after("a").value()), "<b><c>");
    EXPECT_EQ(replayed(ring, ring.after("c").value()), "");
    EXPECT_FALSE(ring.after("d").has_value());
    EXPECT_FALSE(ring.after("").has_value());
    EXPECT_EQ(ring.at(1)->id, "b");
    EXPECT_FALSE(ring.at(3).has_value());
}

TEST(Ring, events_without_an_id_are_replayed_and_not_found) {
    Memory memory;
    Ring ring(memory, {});
    ring.push("a", "1");
    ring.push("", "2");
    ring.push("b", "3");
    EXPECT_EQ(replayed(ring, ring.after("a").value()), "23");
    EXPECT_FALSE(ring.after("").has_value());
}

TEST(Ring, the_latest_of_equal_ids_counts) {
    Memory memory;
    Ring ring(memory, {});
    ring.push("a", "1");
    ring.push("a", "2");
    ring.push("b", "3");
    EXPECT_EQ(replayed(ring, ring.after("a").value()), "3");
}

TEST(Ring, the_oldest_leaves_at_the_limit_of_events) {
    Memory memory;
    Ring ring(memory, {.events_max = 3, .bytes_max = 1000});
    for (int number = 0; number < 10; ++number) {
        EXPECT_EQ(ring.push(std::to_string(number), "x"), Status::ok);
    }
    EXPECT_EQ(ring.begin(), 7u);
    EXPECT_EQ(ring.end(), 10u);
    EXPECT_FALSE(ring.after("6").has_value());
    EXPECT_FALSE(ring.at(6).has_value());
    EXPECT_EQ(ring.after("7"), 8u);
    EXPECT_EQ(ring.bytes(), 6u);
}

TEST(Ring, the_oldest_leave_at_the_limit_of_bytes) {
    Memory memory;
    Ring ring(memory, {.events_max = 100, .bytes_max = 10});
    ring.push("a", "123");
    ring.push("b", "123");
    EXPECT_EQ(ring.bytes(), 8u);
    ring.push("c", "12345");
    EXPECT_EQ(ring.begin(), 1u);
    EXPECT_EQ(ring.bytes(), 10u);
    ring.push("d", "123456");
    EXPECT_EQ(ring.begin(), 3u);
    EXPECT_EQ(ring.bytes(), 7u);
}

TEST(Ring, what_cannot_be_kept_leaves_no_hole) {
    Memory memory;
    Ring ring(memory, {.events_max = 100, .bytes_max = 10});
    ring.push("a", "1");
    EXPECT_EQ(ring.push("b", "1234567890"), Status::limit);
    EXPECT_EQ(ring.push("12345678901", ""), Status::limit);
    ring.push("c", "2");
    EXPECT_FALSE(ring.after("a").has_value());
    EXPECT_FALSE(ring.after("b").has_value());
    EXPECT_EQ(ring.after("c"), 4u);
    EXPECT_EQ(ring.begin(), 3u);
    Ring none(memory, {.events_max = 0, .bytes_max = 10});
    EXPECT_EQ(none.push("a", "1"), Status::limit);
    EXPECT_FALSE(none.after("a").has_value());
}

TEST(Ring, reports_failing_memory_at_every_allocation) {
    for (int failing = 0; failing < 4; ++failing) {
        Memory memory;
        Ring ring(memory, {});
        int countdown = failing;
        memory.set_failure_hook(
            [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
            &countdown);
        // The slots and the first event are one push.
        const int failing_push = failing < 2 ? 0 : failing - 1;
        for (int number = 0; number < 3; ++number) {
            EXPECT_EQ(ring.push(std::to_string(number), "x"),
                      number == failing_push ? Status::memory : Status::ok);
        }
        EXPECT_EQ(ring.end(), 3u);
        EXPECT_EQ(ring.begin(), static_cast<std::uint64_t>(failing_push) + 1);
        EXPECT_FALSE(ring.after(std::to_string(failing_push)).has_value());
        if (failing_push < 2) {
            EXPECT_EQ(ring.after("2"), 3u);
        }
    }
}

TEST(Ring, gives_all_memory_back) {
    Memory memory;
    {
        Ring ring(memory, {.events_max = 4, .bytes_max = 100});
        for (int number = 0; number < 50; ++number) {
            ring.push(std::to_string(number), "event");
        }
        EXPECT_GT(memory.bytes_in_use(), 0u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace trivet::sse
