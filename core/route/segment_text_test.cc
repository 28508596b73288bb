#include "route/segment_text.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::route {
namespace {

TEST(SegmentText, judges_escapes) {
    for (const char* path : {"", "/", "/a", "/%41", "%c3%BC%01", "/%25%30%30"}) {
        EXPECT_TRUE(has_valid_escapes(path)) << path;
    }
    for (const char* path : {"%", "%4", "/%4g", "/%g4", "/%00", "/%41%", "%%41", "%-1"}) {
        EXPECT_FALSE(has_valid_escapes(path)) << path;
    }
}

TEST(SegmentText, decodes_what_fits) {
    char room[4];
    std::string_view decoded;
    EXPECT_TRUE(decode_segment("%61b%2Fd", room, sizeof room, decoded));
    EXPECT_EQ(decoded, "ab/d");
    EXPECT_FALSE(decode_segment("%61b%2Fde", room, sizeof room, decoded));
    EXPECT_TRUE(decode_segment("", room, sizeof room, decoded));
    EXPECT_EQ(decoded, "");
}

TEST(SegmentText, knows_integers_of_64_bits) {
    for (const char* text : {"0", "-0", "007", "9223372036854775807", "-9223372036854775808"}) {
        EXPECT_TRUE(is_integer(text)) << text;
    }
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1a", "9223372036854775808"}) {
        EXPECT_FALSE(is_integer(text)) << text;
    }
}

}  // namespace
}  // namespace trivet::route
