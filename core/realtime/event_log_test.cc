#include "realtime/event_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::realtime {
namespace {

class EventLogTest : public ::testing::Test {
protected:
    Status push(EventLog& log, std::string_view data, std::string_view id = {},
                std::uint64_t key = 0) {
        sse::Event event{.data = data};
        if (!id.empty()) event.id = id;
        return log.push(event, sse::event_size(event).value(), key);
    }
    // What a client is sent from a position on, run by run.
    std::vector<std::string> sent(const EventLog& log, std::uint64_t position,
                                  bool is_framed = true, bool skips = false) {
        std::vector<std::string> runs;
        while (position != log.end()) {
            const EventLog::Run run = log.run(position, is_framed, skips);
            position = run.next;
            if (run.segment == nullptr) break;
            runs.emplace_back(run.bytes);
            run.segment->release(1);
        }
        return runs;
    }
    static std::string joined(const std::vector<std::string>& runs) {
        std::string all;
        for (const std::string& run : runs) all += run;
        return all;
    }
    // The content of chunks.
    static std::string content(std::string_view chunks) {
        std::string all;
        while (!chunks.empty()) {
            const std::size_t line = chunks.find("\r\n");
            const std::size_t size = std::stoul(std::string(chunks.substr(0, line)), nullptr, 16);
            all += chunks.substr(line + 2, size);
            EXPECT_EQ(chunks.substr(line + 2 + size, 2), "\r\n");
            chunks.remove_prefix(line + 4 + size);
        }
        return all;
    }
    Memory memory_;
};

TEST_F(EventLogTest, what_may_still_wait_for_somebody_is_kept_beyond_the_history) {
    const std::uint64_t each = std::string_view("9\r\ndata: a\n\n\r\n").size();
    EventLog log(memory_, {.events_max = 2, .bytes_max = 1024, .queue_bytes = 4 * each});
    for (int count = 0; count < 4; ++count) push(log, "a");
    EXPECT_EQ(log.begin(), 0u);
    EXPECT_EQ(log.history_begin(), 2u);
    push(log, "a");
    EXPECT_EQ(log.begin(), 1u) << "the first of five does not lie within four";
    EXPECT_EQ(log.history_begin(), 3u);
    EXPECT_EQ(sent(log, 1), (std::vector<std::string>{joined(sent(log, 1))}));
    EXPECT_EQ(joined(sent(log, 1)).size(), 4 * each);
}

TEST_F(EventLogTest, ids_beyond_the_history_are_not_found) {
    EventLog log(memory_, {.events_max = 2, .bytes_max = 1024, .queue_bytes = 1024});
    for (const char* id : {"1", "2", "3"}) push(log, "a", id);
    EXPECT_EQ(log.begin(), 0u);
    EXPECT_EQ(log.after("1"), std::nullopt);
    EXPECT_EQ(log.after("2"), 2u);
}

TEST_F(EventLogTest, events_lie_together_with_their_frames) {
    EventLog log(memory_, {});
    push(log, "a");
    push(log, "b", "7");
    EXPECT_EQ(sent(log, 0), (std::vector<std::string>{"9\r\ndata: a\n\n\r\n"
                                                      "f\r\nid: 7\ndata: b\n\n\r\n"}));
    EXPECT_EQ(sent(log, 1), (std::vector<std::string>{"f\r\nid: 7\ndata: b\n\n\r\n"}));
    EXPECT_EQ(sent(log, 0, false), (std::vector<std::string>{"data: a\n\n", "id: 7\ndata: b\n\n"}));
    EXPECT_EQ(log.offset_of(1), 14u);
    EXPECT_EQ(log.bytes(), 14u + 20u);
}

TEST_F(EventLogTest, finds_what_came_after_an_id) {
    EventLog log(memory_, {});
    sse::Event event{.id = "a", .data = "1", .comment = "id: z\nx"};
    log.push(event, sse::event_size(event).value(), 0);
    push(log, "2");
    push(log, "3", "b");
    push(log, "4", "a");
    push(log, "5");
    EXPECT_EQ(log.after("a"), 4u);
    EXPECT_EQ(log.after("b"), 3u);
    EXPECT_FALSE(log.after("z"));
    EXPECT_FALSE(log.after(""));
}

TEST_F(EventLogTest, the_oldest_leaves_at_the_limit_of_events) {
    EventLog log(memory_, {.events_max = 3, .bytes_max = 1000});
    for (int number = 0; number < 100; ++number) {
        ASSERT_EQ(push(log, std::to_string(number), std::to_string(number)), Status::ok);
    }
    EXPECT_EQ(log.begin(), 97u);
    EXPECT_EQ(log.end(), 100u);
    EXPECT_FALSE(log.after("96"));
    EXPECT_EQ(log.after("97"), 98u);
    EXPECT_EQ(content(joined(sent(log, 98))), "id: 98\ndata: 98\n\nid: 99\ndata: 99\n\n");
}

TEST_F(EventLogTest, the_oldest_leave_at_the_limit_of_bytes) {
    EventLog log(memory_, {.events_max = 100, .bytes_max = 100});
    for (int number = 0; number < 20; ++number) push(log, "x");
    EXPECT_EQ(log.end() - log.begin(), 7u);  // of 14 bytes
    push(log, std::string(60, 'y'));
    EXPECT_EQ(log.end() - log.begin(), 2u);  // 74 bytes, and one of 14
    EXPECT_LE(log.bytes(), 100u);
}

TEST_F(EventLogTest, grows_to_many_events_of_every_size) {
    EventLog log(memory_, {.events_max = 5000, .bytes_max = 1 << 20});
    std::string expected;
    for (int number = 0; number < 1000; ++number) {
        const std::string data(static_cast<std::size_t>(number * 7 % 300), 'x');
        ASSERT_EQ(push(log, data), Status::ok);
        expected += "data: " + data + "\n\n";
    }
    const std::vector<std::string> runs = sent(log, 0);
    EXPECT_EQ(content(joined(runs)), expected);
    EXPECT_LT(runs.size(), 30u) << "segments of 1 to 16 KiB";
    EXPECT_EQ(joined(sent(log, 0, false)), expected);
}

TEST_F(EventLogTest, an_event_larger_than_a_segment_has_its_own) {
    EventLog log(memory_, {.events_max = 10, .bytes_max = 1 << 20});
    push(log, "small");
    push(log, std::string(100'000, 'x'));
    push(log, "behind");
    const std::vector<std::string> runs = sent(log, 0);
    ASSERT_EQ(runs.size(), 3u);
    EXPECT_EQ(content(runs[1]).size(), 100'008u);
}

TEST_F(EventLogTest, what_somebody_sends_stays_when_the_log_forgets_it) {
    EventLog::Run held;
    {
        EventLog log(memory_, {.events_max = 1, .bytes_max = 2000});
        push(log, "kept");
        held = log.run(0, false, false);
        for (int number = 0; number < 300; ++number) push(log, std::string(50, 'x'));
        EXPECT_EQ(held.bytes, "data: kept\n\n");
    }
    EXPECT_EQ(held.bytes, "data: kept\n\n");
    EXPECT_GT(memory_.bytes_in_use(), 0u);
    held.segment->release(1);
    EXPECT_EQ(memory_.bytes_in_use(), 0u);
}

TEST_F(EventLogTest, finds_how_much_fits) {
    EventLog log(memory_, {});
    for (int number = 0; number < 5; ++number) push(log, "x");
    EXPECT_EQ(log.within(0, 1000), 0u);
    EXPECT_EQ(log.within(0, 5 * 14), 0u);
    EXPECT_EQ(log.within(0, 5 * 14 - 1), 1u);
    EXPECT_EQ(log.within(0, 14), 4u);
    EXPECT_EQ(log.within(0, 13), 5u);
    EXPECT_EQ(log.within(5, 0), 5u);
}

TEST_F(EventLogTest, a_later_event_of_a_key_supersedes_the_one_before) {
    EventLog log(memory_, {.events_max = 40, .bytes_max = 4000});
    push(log, "a1", {}, 17);
    push(log, "b1", {}, 33);  // the same bucket
    push(log, "none");
    push(log, "a2", {}, 17);
    push(log, "a3", {}, 17);
    EXPECT_TRUE(log.is_superseded(0));
    EXPECT_FALSE(log.is_superseded(1));
    EXPECT_FALSE(log.is_superseded(2));
    EXPECT_TRUE(log.is_superseded(3));
    EXPECT_EQ(joined(sent(log, 0, false, true)), "data: b1\n\ndata: none\n\ndata: a3\n\n");
    EXPECT_EQ(content(joined(sent(log, 0, true, true))), "data: b1\n\ndata: none\n\ndata: a3\n\n");
    EXPECT_EQ(sent(log, 0, true, false).size(), 1u);
    for (int number = 0; number < 100; ++number) {  // beyond growth and eviction
        push(log, "c", {}, static_cast<std::uint64_t>(16 + number % 3));
    }
    for (std::uint64_t position = log.begin(); position != log.end(); ++position) {
        EXPECT_EQ(log.is_superseded(position), position + 3 < log.end()) << position;
    }
}

TEST_F(EventLogTest, superseded_at_the_end_leaves_nothing) {
    EventLog log(memory_, {.events_max = 1, .bytes_max = 2000});
    push(log, "a", {}, 5);
    const EventLog::Run run = log.run(1, true, true);
    EXPECT_EQ(run.segment, nullptr);
    EXPECT_EQ(run.next, 1u);
}

TEST_F(EventLogTest, fails_unchanged_at_every_allocation) {
    for (int failing = 0; failing < 12; ++failing) {
        Memory memory;
        {
            EventLog log(memory, {.events_max = 64, .bytes_max = 1 << 16});
            int countdown = failing;
            memory.set_failure_hook(
                [](void* context, std::size_t) { return (*static_cast<int*>(context))-- == 0; },
                &countdown);
            std::string expected;
            for (int number = 0; number < 40; ++number) {
                const std::string data(100, static_cast<char>('a' + number % 26));
                if (push(log, data, {}, 3) == Status::ok) expected += "data: " + data + "\n\n";
            }
            EXPECT_EQ(joined(sent(log, log.begin(), false)), expected);
            EXPECT_GE(log.end(), 39u);
        }
        EXPECT_EQ(memory.bytes_in_use(), 0u);
    }
}

}  // namespace
}  // namespace trivet::realtime
