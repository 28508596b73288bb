#include "proto/range/byte_ranges.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::range {
namespace {

constexpr std::uint64_t kHuge = std::uint64_t{0} - 1;

std::vector<ByteRange> selected(std::string_view field, std::uint64_t size) {
    ByteRanges ranges;
    EXPECT_EQ(select_ranges(field, size, ranges), Selection::partial) << field;
    return {ranges.items().begin(), ranges.items().end()};
}

Selection selection(std::string_view field, std::uint64_t size) {
    ByteRanges ranges;
    const Selection result = select_ranges(field, size, ranges);
    EXPECT_EQ(ranges.items().empty(), result != Selection::partial) << field;
    return result;
}

using Ranges = std::vector<ByteRange>;

// RFC 9110 section 14.1.2, of a representation of 10000 bytes.
TEST(ByteRanges, reads_the_examples_of_rfc_9110) {
    EXPECT_EQ(selected("bytes=0-499", 10000), (Ranges{{0, 499}}));
    EXPECT_EQ(selected("bytes=500-999", 10000), (Ranges{{500, 999}}));
    EXPECT_EQ(selected("bytes=-500", 10000), (Ranges{{9500, 9999}}));
    EXPECT_EQ(selected("bytes=9500-", 10000), (Ranges{{9500, 9999}}));
    EXPECT_EQ(selected("bytes=0-0,-1", 10000), (Ranges{{0, 0}, {9999, 9999}}));
    EXPECT_EQ(selected("bytes= 0-999, 4500-5499, -1000", 10000),
              (Ranges{{0, 999}, {4500, 5499}, {9000, 9999}}));
    EXPECT_EQ(selected("bytes=500-600,601-999", 10000), (Ranges{{500, 999}}));
    EXPECT_EQ(selected("bytes=500-700,601-999", 10000), (Ranges{{500, 999}}));
}

TEST(ByteRanges, a_range_ends_where_the_representation_does) {
    EXPECT_EQ(selected("bytes=0-", 1), (Ranges{{0, 0}}));
    EXPECT_EQ(selected("bytes=5-100", 10), (Ranges{{5, 9}}));
    EXPECT_EQ(selected("bytes=9-9", 10), (Ranges{{9, 9}}));
    EXPECT_EQ(selected("bytes=-100", 10), (Ranges{{0, 9}}));
    EXPECT_EQ(selected("bytes=0-18446744073709551615", 10), (Ranges{{0, 9}}));
    EXPECT_EQ(selected("bytes=-18446744073709551616", 10), (Ranges{{0, 9}}));
    EXPECT_EQ(selected("bytes=3-99999999999999999999999999999999", 10), (Ranges{{3, 9}}));
    EXPECT_EQ(selected("bytes=0003-0004", 10), (Ranges{{3, 4}}));
    EXPECT_EQ(selected("bytes=0-", kHuge), (Ranges{{0, kHuge - 1}}));
    EXPECT_EQ(selected("bytes=-1", kHuge), (Ranges{{kHuge - 1, kHuge - 1}}));
}

TEST(ByteRanges, what_is_malformed_is_not_looked_at) {
    for (const std::string_view field : {"",
                                         "bytes",
                                         "bytes=",
                                         "bytes= ",
                                         "bytes=,",
                                         "bytes=, ,",
                                         "=0-1",
                                         "byte=0-1",
                                         "bytes:0-1",
                                         "items=0-1",
                                         "bytes =0-1",
                                         "bytes=-",
                                         "bytes=--1",
                                         "bytes=1",
                                         "bytes=1-0",
                                         "bytes=a-b",
                                         "bytes=0-1a",
                                         "bytes=0x0-1",
                                         "bytes=0 -1",
                                         "bytes=0- 1",
                                         "bytes=0-1-2",
                                         "bytes=+0-1",
                                         "bytes=-1-",
                                         "bytes=0-1;2-3",
                                         "bytes=0-1 2-3",
                                         "bytes=0-1,a",
                                         "bytes=0-1,5-4",
                                         "bytes=*",
                                         "bytes=0-1/10",
                                         "bytes=99999999999999999999-5",
                                         "bytes=0-1,bytes=3-4",
                                         "0-1"}) {
        EXPECT_EQ(selection(field, 10), Selection::whole) << field;
    }
    EXPECT_EQ(selection(std::string_view("bytes=0-1\0", 10), 10), Selection::whole);
    EXPECT_EQ(selection(std::string_view("bytes\0=0-1", 10), 10), Selection::whole);
    EXPECT_EQ(selection("bytes=" + std::string(100'000, ','), 10), Selection::whole);
}

TEST(ByteRanges, names_of_units_have_no_case_and_empty_elements_are_none) {
    EXPECT_EQ(selected("BYTES=0-0", 10), (Ranges{{0, 0}}));
    EXPECT_EQ(selected("bytes=, ,0-0 ,\t, 5-5,", 10), (Ranges{{0, 0}, {5, 5}}));
}

TEST(ByteRanges, nothing_to_be_had_is_416) {
    for (const std::string_view field :
         {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=-00", "bytes=10-,11-,-0",
          "bytes=18446744073709551615-", "bytes=99999999999999999999-99999999999999999999"}) {
        EXPECT_EQ(selection(field, 10), Selection::unsatisfiable) << field;
    }
    EXPECT_EQ(selected("bytes=10-,3-4,-0", 10), (Ranges{{3, 4}}));
}

TEST(ByteRanges, of_nothing_only_the_last_bytes_can_be_had) {
    EXPECT_EQ(selection("bytes=0-", 0), Selection::unsatisfiable);
    EXPECT_EQ(selection("bytes=0-0", 0), Selection::unsatisfiable);
    EXPECT_EQ(selection("bytes=-0", 0), Selection::unsatisfiable);
    EXPECT_EQ(selection("bytes=-5", 0), Selection::whole);
    EXPECT_EQ(selection("bytes=0-1,-5", 0), Selection::whole);
}

TEST(ByteRanges, keeps_the_order_of_the_request) {
    EXPECT_EQ(selected("bytes=8-9,0-1,4-5", 10), (Ranges{{8, 9}, {0, 1}, {4, 5}}));
    EXPECT_EQ(selected("bytes=-1,0-0", 10), (Ranges{{9, 9}, {0, 0}}));
}

TEST(ByteRanges, joins_what_overlaps_or_touches) {
    EXPECT_EQ(selected("bytes=0-4,3-6", 10), (Ranges{{0, 6}}));
    EXPECT_EQ(selected("bytes=3-6,0-4", 10), (Ranges{{0, 6}}));
    EXPECT_EQ(selected("bytes=0-9,3-4", 10), (Ranges{{0, 9}}));
    EXPECT_EQ(selected("bytes=3-4,0-9", 10), (Ranges{{0, 9}}));
    EXPECT_EQ(selected("bytes=0-1,2-3", 10), (Ranges{{0, 3}}));
    EXPECT_EQ(selected("bytes=2-3,0-1", 10), (Ranges{{0, 3}}));
    EXPECT_EQ(selected("bytes=8-8,0-1,4-5,2-3", 10), (Ranges{{8, 8}, {0, 5}}));
    EXPECT_EQ(selected("bytes=8-8,0-0,2-2,4-4,0-5", 10), (Ranges{{8, 8}, {0, 5}}));
    EXPECT_EQ(selected("bytes=0-,0-,0-,0-,0-", 10), (Ranges{{0, 9}}));
    // The one that joins reaches one that was passed already.
    EXPECT_EQ(selected("bytes=0-1,6-7,3-4,2-5", 10), (Ranges{{0, 7}}));
}

TEST(ByteRanges, ranges_are_bounded) {
    std::string field = "bytes=0-0";
    for (std::size_t index = 1; index < kRangesMax; ++index) {
        field += "," + std::to_string(index * 2) + "-" + std::to_string(index * 2);
    }
    EXPECT_EQ(selected(field, 1000).size(), kRangesMax);
    EXPECT_EQ(selection(field + ",500-500", 1000), Selection::whole);
    EXPECT_EQ(selection(field + ",0-0", 1000), Selection::whole);
    EXPECT_EQ(selection(field + ",2000-", 1000), Selection::whole);
}

// All sets of three ranges of six bytes, beside a row of marks.
TEST(ByteRanges, small_sets_agree_with_marks) {
    Ranges all;
    for (std::uint64_t first = 0; first < 6; ++first) {
        for (std::uint64_t last = first; last < 6; ++last) {
            all.push_back({first, last});
        }
    }
    const auto text = [](const ByteRange& range) {
        return std::to_string(range.first) + "-" + std::to_string(range.last);
    };
    for (const ByteRange& a : all) {
        for (const ByteRange& b : all) {
            for (const ByteRange& c : all) {
                unsigned marks = 0;
                for (const ByteRange& range : {a, b, c}) {
                    for (std::uint64_t at = range.first; at <= range.last; ++at) {
                        marks |= 1u << at;
                    }
                }
                unsigned found = 0;
                const std::string field = "bytes=" + text(a) + "," + text(b) + "," + text(c);
                for (const ByteRange& range : selected(field, 6)) {
                    for (std::uint64_t at = range.first; at <= range.last; ++at) {
                        EXPECT_EQ(found >> at & 1, 0u) << field;
                        found |= 1u << at;
                    }
                }
                EXPECT_EQ(found, marks) << field;
            }
        }
    }
}

TEST(ByteRanges, counts_their_bytes) {
    ByteRanges ranges;
    EXPECT_EQ(ranges.bytes(), 0u);
    ASSERT_EQ(select_ranges("bytes=0-4,7-7", 10, ranges), Selection::partial);
    EXPECT_EQ(ranges.bytes(), 6u);
}

TEST(ByteRanges, writes_content_ranges) {
    char text[kContentRangeBytesMax];
    const auto written = [&text](const char* end) {
        return std::string(static_cast<const char*>(text), end);
    };
    EXPECT_EQ(written(write_content_range(text, {0, 499}, 1234)), "bytes 0-499/1234");
    EXPECT_EQ(written(write_content_range(text, {kHuge - 1, kHuge - 1}, kHuge)).size(),
              kContentRangeBytesMax);
    EXPECT_EQ(written(write_unsatisfied_range(text, 1234)), "bytes */1234");
    EXPECT_EQ(written(write_unsatisfied_range(text, 0)), "bytes */0");
}

}  // namespace
}  // namespace trivet::range
