#include "app/event_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace trivet::app {
namespace {

Event event(std::uint64_t request) {
    Event made;
    made.kind = static_cast<std::uint32_t>(EventKind::request);
    made.request = request;
    return made;
}

TEST(EventQueue, hands_out_in_order_whatever_its_size) {
    Memory memory;
    EventQueue queue(memory);
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    for (std::size_t round = 1; round < 60; ++round) {
        for (std::size_t count = 0; count < round * 3; ++count) {
            ASSERT_TRUE(queue.push(event(pushed++)));
        }
        std::vector<Event> out(round * 2);
        ASSERT_EQ(queue.pop(out.data(), out.size()), out.size());
        for (const Event& next : out) {
            ASSERT_EQ(next.request, popped++);
        }
    }
    Event out[7];
    while (const std::size_t count = queue.pop(out, 7)) {
        for (std::size_t index = 0; index < count; ++index) {
            ASSERT_EQ(out[index].request, popped++);
        }
    }
    EXPECT_EQ(popped, pushed);
    EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, takes_no_memory_before_its_first_event) {
    Memory memory;
    EventQueue queue(memory);
    Event out;
    EXPECT_EQ(queue.pop(&out, 1), 0u);
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(EventQueue, keeps_what_it_has_when_memory_is_out) {
    Memory memory;
    {
        EventQueue queue(memory);
        std::uint64_t pushed = 0;
        ASSERT_TRUE(queue.push(event(pushed++)));
        memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
        while (queue.push(event(pushed))) {
            ++pushed;
            ASSERT_LT(pushed, 10'000u);
        }
        Event out;
        for (std::uint64_t expected = 0; expected < pushed; ++expected) {
            ASSERT_EQ(queue.pop(&out, 1), 1u);
            EXPECT_EQ(out.request, expected);
        }
        EXPECT_TRUE(queue.empty());
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(EventQueue, hands_out_the_last_event_last_even_when_memory_is_out) {
    Memory memory;
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EventQueue queue(memory);
    EXPECT_FALSE(queue.push(event(1)));
    memory.set_failure_hook(nullptr, nullptr);
    queue.end_with(event(9));
    ASSERT_TRUE(queue.push(event(2)));
    EXPECT_FALSE(queue.empty());
    Event out[3];
    ASSERT_EQ(queue.pop(out, 1), 1u);
    EXPECT_EQ(out[0].request, 2u);
    ASSERT_EQ(queue.pop(out, 3), 1u);
    EXPECT_EQ(out[0].request, 9u);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.pop(out, 3), 0u);
}

}  // namespace
}  // namespace trivet::app
