#include "proto/http1/head_collector.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/http1/reading_test.h"

namespace trivet::http1 {
namespace {

bool fail_always(void*, std::size_t) { return true; }

std::string head_with_fields(int count) {
    std::string text = "GET / HTTP/1.0\r\n";
    for (int index = 0; index < count; ++index) {
        text += "F" + std::to_string(index) + ": v" + std::to_string(index) + "\r\n";
    }
    return text + "\r\n";
}

TEST(HeadCollector, takes_no_memory_for_a_usual_head) {
    Memory memory;
    memory.set_failure_hook(fail_always, nullptr);
    const HeadLimits limits{8192, 32768, 100};
    RequestParser parser(memory, limits);
    EXPECT_EQ(parser.feed_head(head_with_fields(16)).state, ParseState::head);
}

TEST(HeadCollector, keeps_all_fields_of_a_large_head) {
    const HeadLimits limits{8192, 32768, 1000};
    const std::string input = head_with_fields(1000);
    const Reading reading = read_messages(input, {}, limits);
    ASSERT_EQ(reading.messages.size(), 1u);
    ASSERT_EQ(reading.messages[0].fields.size(), 1000u);
    EXPECT_EQ(reading.messages[0].fields[999].first, "F999");
    EXPECT_EQ(reading.messages[0].fields[999].second, "v999");
    EXPECT_EQ(reading.messages[0].fields[0].second, "v0");
    EXPECT_EQ(read_bytewise(input, limits), reading);
}

TEST(HeadCollector, gives_back_what_a_large_head_took) {
    Memory memory;
    {
        const HeadLimits limits{8192, 32768, 1000};
        RequestParser parser(memory, limits);
        EXPECT_EQ(parser.feed_head(head_with_fields(40)).state, ParseState::head);
        const std::size_t kept = memory.bytes_in_use();
        EXPECT_GT(kept, 0u);
        parser.reset();
        EXPECT_EQ(memory.bytes_in_use(), kept);
        EXPECT_EQ(parser.feed_head(head_with_fields(1000)).state, ParseState::head);
        parser.reset();
        EXPECT_EQ(memory.bytes_in_use(), 0u);
        EXPECT_EQ(parser.feed_head("GET / HTTP/1.1\r\nHost: a").state, ParseState::need_more);
        EXPECT_GT(memory.bytes_in_use(), 0u);
    }
    EXPECT_EQ(memory.bytes_in_use(), 0u);
}

TEST(HeadCollector, answers_503_when_memory_is_out) {
    Memory memory;
    const HeadLimits limits{8192, 32768, 100};
    RequestParser parser(memory, limits);
    memory.set_failure_hook(fail_always, nullptr);
    EXPECT_EQ(parser.feed_head(head_with_fields(17)).status, 503);
    parser.reset();
    EXPECT_EQ(parser.feed_head("GET / HTTP/1.1\r\nHost: a").status, 503);
    parser.reset();
    EXPECT_EQ(parser.feed_head("GET / HTTP/1.1\r\nHo").status, 503);
}

TEST(HeadCollector, survives_the_failure_of_any_allocation) {
    const std::string input = "GET / HTTP/1.1\r\nConnection: " + std::string(300, 'x') +
                              "\r\nHost: a.example\r\n" + head_with_fields(40).substr(16);
    const HeadLimits limits{8192, 32768, 100};
    for (std::size_t piece : {1u, 7u, 64u}) {
        for (int allowed = 0;; ++allowed) {
            Memory memory;
            int left = allowed;
            memory.set_failure_hook(
                [](void* context, std::size_t) { return (*static_cast<int*>(context))-- <= 0; },
                &left);
            RequestParser parser(memory, limits);
            ParseResult result;
            for (std::size_t at = 0; at < input.size() && result.state == ParseState::need_more;
                 at += piece) {
                result = parser.feed_head(std::string_view(input).substr(at, piece));
            }
            if (result.state == ParseState::head) {
                EXPECT_GT(allowed, 2);
                break;
            }
            ASSERT_EQ(result.status, 503) << allowed;
        }
    }
}

TEST(HeadCollector, sees_known_fields_whole_however_they_are_cut) {
    const std::string input =
        "POST / HTTP/1.1\r\nhost: some.example.org:8080  \r\nEXPECT: 100-CONTINUE\r\nConnection: "
        "a-rather-long-option-that-is-not-known, and-one-more-of-those-options ,\tclose \r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    const Reading whole = read_messages(input);
    ASSERT_EQ(whole.messages.size(), 1u);
    EXPECT_FALSE(whole.messages[0].keep_alive);
    EXPECT_TRUE(whole.messages[0].expects_continue);
    EXPECT_TRUE(whole.messages[0].chunked);
    EXPECT_EQ(whole.messages[0].fields[0].second, "some.example.org:8080");
    for (std::size_t first = 1; first < input.size(); ++first) {
        for (std::size_t second = first + 1; second < input.size(); ++second) {
            ASSERT_EQ(read_messages(input, {first, second}), whole) << first << ' ' << second;
        }
    }
}

}  // namespace
}  // namespace trivet::http1
