#include "io/timers.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace trivet::io {
namespace {

struct Probe {
    std::vector<int>* log;
    int number;
};

void note(void* user_data) {
    auto* probe = static_cast<Probe*>(user_data);
    probe->log->push_back(probe->number);
}

TEST(Timers, fire_in_order_of_due_time_then_of_start) {
    Memory memory;
    Timers timers(memory, 0);
    std::vector<int> log;
    Probe probes[] = {{&log, 0}, {&log, 1}, {&log, 2}, {&log, 3}};
    timers.start(30, note, &probes[0], nullptr);
    timers.start(10, note, &probes[1], nullptr);
    timers.start(10, note, &probes[2], nullptr);
    timers.start(20, note, &probes[3], nullptr);
    EXPECT_EQ(timers.next_ms(), 10u);
    timers.run(20);
    EXPECT_EQ(log, (std::vector<int>{1, 2, 3}));
    timers.run(30);
    EXPECT_EQ(log.back(), 0);
    EXPECT_TRUE(timers.empty());
}

TEST(Timers, drop_user_data_exactly_once_however_they_end) {
    Memory memory;
    std::vector<int> dropped;
    Probe probes[] = {{&dropped, 0}, {&dropped, 1}, {&dropped, 2}};
    {
        Timers timers(memory, 0);
        const auto nothing = [](void*) {};
        timers.start(1, nothing, &probes[0], note);
        const Timers::Timer* cancelled = timers.start(2, nothing, &probes[1], note);
        timers.start(3, nothing, &probes[2], note);
        const std::uint32_t slot = cancelled->slot;
        const std::uint32_t generation = cancelled->generation;
        timers.run(1);
        EXPECT_TRUE(timers.cancel(slot, generation));
        EXPECT_FALSE(timers.cancel(slot, generation));
    }
    EXPECT_EQ(dropped, (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(Timers, one_started_by_a_callback_waits_for_the_next_run) {
    Memory memory;
    struct Again {
        Timers* timers;
        int fired = 0;
    };
    Timers timers(memory, 0);
    Again again{&timers};
    const auto callback = [](void* user_data) {
        auto* self = static_cast<Again*>(user_data);
        ++self->fired;
        self->timers->start(
            0, [](void* data) { ++static_cast<Again*>(data)->fired; }, self, nullptr);
    };
    timers.start(0, callback, &again, nullptr);
    timers.run(5);
    EXPECT_EQ(again.fired, 1);
    timers.run(5);
    EXPECT_EQ(again.fired, 2);
}

TEST(Timers, stay_sorted_under_random_starts_and_cancels) {
    Memory memory;
    Timers timers(memory, 0);
    std::mt19937 random(7);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> handles;
    for (int i = 0; i < 2000; ++i) {
        const Timers::Timer* timer = timers.start(random() % 500, [](void*) {}, nullptr, nullptr);
        ASSERT_NE(timer, nullptr);
        handles.emplace_back(timer->slot, timer->generation);
        if (random() % 3 == 0) {
            const auto [slot, generation] = handles[random() % handles.size()];
            timers.cancel(slot, generation);
        }
    }
    std::uint64_t last = 0;
    while (!timers.empty()) {
        EXPECT_GE(timers.next_ms(), last);
        last = timers.next_ms();
        timers.run(last);
    }
}

TEST(Timers, report_exhausted_memory) {
    Memory memory;
    Timers timers(memory, 0);
    memory.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(timers.start(1, [](void*) {}, nullptr, nullptr), nullptr);
    EXPECT_TRUE(timers.empty());
}

}  // namespace
}  // namespace trivet::io
