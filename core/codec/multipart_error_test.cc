#include "codec/multipart_error.h"

#include <gtest/gtest.h>

namespace trivet::codec {
namespace {

TEST(MultipartError, every_one_has_words_and_a_status) {
    for (int number = 0; number <= static_cast<int>(MultipartError::memory); ++number) {
        const auto error = static_cast<MultipartError>(number);
        EXPECT_FALSE(message(error).empty()) << number;
        EXPECT_NE(status_of(error), 500u) << number;
    }
    EXPECT_EQ(status_of(MultipartError::media_type), 415u);
    EXPECT_EQ(status_of(MultipartError::truncated), 400u);
    EXPECT_EQ(status_of(MultipartError::parts), 413u);
    EXPECT_EQ(status_of(MultipartError::memory), 503u);
}

}  // namespace
}  // namespace trivet::codec
