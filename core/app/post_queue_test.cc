#include "app/post_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace trivet::app {
namespace {

ReplyRecord record(std::uint64_t request) { return {.request = request, .status = 200}; }

TEST(PostQueue, keeps_the_order_of_batches) {
    PostQueue queue;
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.take_all(), nullptr);
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const ReplyRecord one = record(number);
        ASSERT_EQ(queue.push(&one, sizeof one), Status::ok);
    }
    EXPECT_FALSE(queue.empty());
    PostQueue::Batch* batch = queue.take_all();
    EXPECT_TRUE(queue.empty());
    for (std::uint64_t number = 1; number <= 3; ++number) {
        ASSERT_NE(batch, nullptr);
        ASSERT_EQ(batch->size, sizeof(ReplyRecord));
        ReplyRecord taken;
        std::memcpy(&taken, batch->records(), sizeof taken);
        EXPECT_EQ(taken.request, number);
        PostQueue::Batch* next = batch->next;
        PostQueue::release(batch);
        batch = next;
    }
    EXPECT_EQ(batch, nullptr);
}

TEST(PostQueue, frees_what_nobody_took) {
    PostQueue queue;
    const ReplyRecord one = record(1);
    ASSERT_EQ(queue.push(&one, sizeof one), Status::ok);
    ASSERT_EQ(queue.push(&one, sizeof one), Status::ok);
}

TEST(PostQueue, measures_records_without_overflow) {
    constexpr std::size_t kHead = sizeof(ReplyRecord);
    EXPECT_EQ(record_size(record(1), kHead), kHead);
    EXPECT_EQ(record_size(record(1), kHead - 1), 0u);
    ReplyRecord padded = record(1);
    padded.body_bytes = 3;
    EXPECT_EQ(record_size(padded, kHead + 8), kHead + 8);
    EXPECT_EQ(record_size(padded, kHead + 7), 0u) << "the padding belongs to it";
    EXPECT_EQ(record_size(padded, kHead + 800), kHead + 8);
    for (const std::uint64_t bytes :
         {~std::uint64_t{0}, ~std::uint64_t{0} - kHead, std::uint64_t{1} << 63}) {
        ReplyRecord huge = record(1);
        huge.body_bytes = bytes;
        EXPECT_EQ(record_size(huge, kHead + 64), 0u);
        huge.headers_bytes = ~0u;
        EXPECT_EQ(record_size(huge, SIZE_MAX / 2), 0u);
    }
}

TEST(PostQueue, looks_at_no_field_beyond_those_announced) {
    char bytes[12] = {};
    const std::uint32_t size = 2;
    std::memcpy(bytes, &size, sizeof size);
    std::memcpy(bytes + 6, &size, sizeof size);
    ReplyRecord fields = record(1);
    fields.header_count = 1;
    fields.headers_bytes = 12;
    EXPECT_TRUE(are_fields_well_formed(fields, bytes));
    for (const std::uint32_t wrong : {0u, 3u, 4u, 5u, 6u, 9u, 10u, 11u}) {
        fields.headers_bytes = wrong;
        EXPECT_FALSE(are_fields_well_formed(fields, bytes)) << wrong;
    }
    fields.headers_bytes = 12;
    for (const std::uint32_t wrong : {0u, 2u, ~0u}) {
        fields.header_count = wrong;
        EXPECT_FALSE(are_fields_well_formed(fields, bytes)) << wrong;
    }
    const std::uint32_t huge = ~0u;
    std::memcpy(bytes, &huge, sizeof huge);
    fields.header_count = 1;
    EXPECT_FALSE(are_fields_well_formed(fields, bytes));
}

TEST(PostQueue, refuses_more_than_its_limit_until_the_loop_has_taken_it) {
    const std::size_t size = PostQueue::kWaitingBytesMax / 2 + 4096;
    std::vector<std::uint64_t> large(size / sizeof(std::uint64_t));
    ReplyRecord one = record(1);
    one.body_bytes = size - sizeof one;
    std::memcpy(large.data(), &one, sizeof one);
    PostQueue queue;
    EXPECT_EQ(queue.push(large.data(), size), Status::ok);
    EXPECT_EQ(queue.push(large.data(), size), Status::limit);
    PostQueue::Batch* batch = queue.take_all();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->next, nullptr);
    PostQueue::release(batch);
    EXPECT_EQ(queue.push(large.data(), size), Status::ok);
}

TEST(PostQueue, loses_nothing_of_what_many_threads_push) {
    PostQueue queue;
    constexpr std::uint64_t kThreads = 4;
    constexpr std::uint64_t kEach = 2000;
    std::atomic<std::uint64_t> ended{0};
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint64_t number = 0; number < kEach; ++number) {
                const ReplyRecord one = record(thread * kEach + number);
                EXPECT_EQ(queue.push(&one, sizeof one), Status::ok);
            }
            ++ended;
        });
    }
    std::vector<std::uint64_t> next(kThreads, 0);  // each thread's records come in its order
    for (bool is_last = false; !is_last;) {
        is_last = ended == kThreads;
        for (PostQueue::Batch* batch = queue.take_all(); batch != nullptr;) {
            ReplyRecord taken;
            std::memcpy(&taken, batch->records(), sizeof taken);
            EXPECT_EQ(taken.request % kEach, next[taken.request / kEach]++);
            PostQueue::Batch* following = batch->next;
            PostQueue::release(batch);
            batch = following;
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(next, std::vector<std::uint64_t>(kThreads, kEach));
}

}  // namespace
}  // namespace trivet::app
