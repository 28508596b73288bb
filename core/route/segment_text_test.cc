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

TEST(SegmentText, bounds_integers) {
    EXPECT_TRUE(is_integer(std::string(kLiteralBytesMax - 1, '0') + "1"));
    EXPECT_FALSE(is_integer(std::string(kLiteralBytesMax, '0') + "1"));
}

TEST(SegmentText, knows_uuids_of_either_case) {
    const std::string uuid = "0d9F2c1a-5b7e-4c38-9A01-6f2e8d3b4c5a";
    EXPECT_TRUE(is_uuid(uuid));
    EXPECT_TRUE(is_uuid("00000000-0000-0000-0000-000000000000"));
    EXPECT_FALSE(is_uuid(""));
    EXPECT_FALSE(is_uuid(uuid + "0"));
    EXPECT_FALSE(is_uuid("{" + uuid.substr(2) + "}"));
    for (std::size_t at = 0; at < uuid.size(); ++at) {
        std::string wrong = uuid;
        wrong[at] = uuid[at] == '-' ? '0' : 'g';
        EXPECT_FALSE(is_uuid(wrong)) << wrong;
        EXPECT_FALSE(is_uuid(uuid.substr(0, at))) << at;
    }
}

}  // namespace
}  // namespace trivet::route
