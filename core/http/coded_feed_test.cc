#include "http/coded_feed.h"

#include <gtest/gtest.h>

#include <string>

#include "http/coded_test.h"
#include "http/connection_harness_test.h"

namespace trivet::http {
namespace {

// connection_encoding_test.cc has what it sends; here it is what it owns.
class CodedFeedTest : public ::testing::Test, public ServerHarness {
protected:
    CodedFeedTest() { start(); }
    ~CodedFeedTest() override { stop(); }
};

TEST_F(CodedFeedTest, one_that_no_connection_takes_gives_everything_back) {
    const OfferedCoding offer{codec::Coding::gzip, 5};
    codec::Encoder* const encoder = server().encoders().take(offer);
    ASSERT_NE(encoder, nullptr);
    const std::size_t before = memory().bytes_in_use();
    CodedFeed* const feed = CodedFeed::make(server(), *encoder, some_json(100'000));
    ASSERT_NE(feed, nullptr);
    EXPECT_GT(memory().bytes_in_use(), before + 100'000);
    feed->discard();
    EXPECT_EQ(memory().bytes_in_use(), before);
    EXPECT_EQ(server().encoders().take(offer), encoder);
}

TEST_F(CodedFeedTest, there_is_none_without_memory_for_the_content) {
    codec::Encoder* const encoder = server().encoders().take({codec::Coding::gzip, 5});
    memory().set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(CodedFeed::make(server(), *encoder, some_json(100'000)), nullptr);
    memory().set_failure_hook(nullptr, nullptr);
    server().encoders().give_back(*encoder);
}

}  // namespace
}  // namespace trivet::http
