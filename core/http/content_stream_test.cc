#include "http/content_stream.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::http {
namespace {

class ContentStreamTest : public ::testing::Test {
protected:
    Memory memory_;
    BlockPool pool_{memory_};
    ContentStream content_{pool_};
};

TEST_F(ContentStreamTest, gives_what_came_since_the_last_read) {
    ASSERT_TRUE(content_.append("one "));
    ASSERT_TRUE(content_.append("two"));
    const ContentRead first = content_.read();
    EXPECT_EQ(first.bytes, "one two");
    EXPECT_FALSE(first.is_end);
    ASSERT_TRUE(content_.append("three"));
    EXPECT_EQ(first.bytes, "one two") << "valid until the next read";
    EXPECT_EQ(content_.unread(), 5u);
    EXPECT_EQ(content_.read().bytes, "three");
    EXPECT_EQ(content_.unread(), 0u);
}

TEST_F(ContentStreamTest, tells_the_end_with_the_last_bytes_and_ever_after) {
    ASSERT_TRUE(content_.append("all"));
    content_.complete();
    const ContentRead last = content_.read();
    EXPECT_EQ(last.bytes, "all");
    EXPECT_TRUE(last.is_end);
    const ContentRead after = content_.read();
    EXPECT_TRUE(after.bytes.empty());
    EXPECT_TRUE(after.is_end);
    EXPECT_FALSE(content_.take_awaited());
}

TEST_F(ContentStreamTest, is_awaited_once_after_a_read_that_gave_nothing) {
    EXPECT_FALSE(content_.take_awaited());
    EXPECT_TRUE(content_.read().bytes.empty());
    EXPECT_TRUE(content_.is_awaited());
    EXPECT_TRUE(content_.take_awaited());
    EXPECT_FALSE(content_.take_awaited());
    content_.read();
    ASSERT_TRUE(content_.append("x"));
    content_.read();
    EXPECT_FALSE(content_.take_awaited()) << "the reader has seen something meanwhile";
}

TEST_F(ContentStreamTest, gives_its_failure_at_once_and_keeps_the_first) {
    ASSERT_TRUE(content_.append("lost"));
    content_.fail(ContentFailure::timeout);
    content_.fail(ContentFailure::gone);
    EXPECT_EQ(content_.unread(), 0u);
    EXPECT_EQ(content_.read().failure, ContentFailure::timeout);
    EXPECT_EQ(content_.read().failure, ContentFailure::timeout);
    EXPECT_FALSE(content_.read().is_end);
}

TEST_F(ContentStreamTest, does_not_fail_once_it_is_complete) {
    ASSERT_TRUE(content_.append("all"));
    content_.complete();
    content_.fail(ContentFailure::gone);
    EXPECT_EQ(content_.read().bytes, "all");
    EXPECT_EQ(content_.failure(), ContentFailure::none);
}

TEST_F(ContentStreamTest, says_so_when_memory_is_out) {
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_FALSE(content_.append("x"));
    memory_.set_failure_hook(nullptr, nullptr);
}

TEST(ContentFailure, has_the_status_that_the_client_is_told) {
    EXPECT_EQ(status_of_failure(ContentFailure::none), 500);
    EXPECT_EQ(status_of_failure(ContentFailure::gone), 500);
    EXPECT_EQ(status_of_failure(ContentFailure::limit), 413);
    EXPECT_EQ(status_of_failure(ContentFailure::timeout), 408);
    EXPECT_EQ(status_of_failure(ContentFailure::malformed), 400);
    EXPECT_EQ(status_of_failure(ContentFailure::memory), 503);
}

}  // namespace
}  // namespace trivet::http
