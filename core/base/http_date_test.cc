#include "base/http_date.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;  // November 2023
constexpr std::int64_t kExample = 784'111'777;

std::string formatted(std::time_t time) {
    char text[kImfFixdateBytes];
    format_imf_fixdate(time, text);
    return {text, sizeof text};
}

TEST(HttpDate, writes_imf_fixdates) {
    EXPECT_EQ(formatted(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(formatted(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(formatted(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(formatted(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(formatted(4102444799), "Thu, 31 Dec 2099 23:59:59 GMT");
    EXPECT_EQ(formatted(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDate, reads_the_three_formats) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow), kExample);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow), kExample);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", kNow), kExample);
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994", kNow), kExample + 10 * 86400);
}

TEST(HttpDate, reads_what_it_writes) {
    for (std::int64_t time = -62'135'596'800; time < 253'402'300'800; time += 86'399 * 12'345) {
        EXPECT_EQ(parse_http_date(formatted(time), kNow), time);
    }
    for (std::int64_t day = 0; day < 800; ++day) {
        const std::int64_t time = kNow + day * 86400;
        EXPECT_EQ(parse_http_date(formatted(time), kNow), time);
    }
}

TEST(HttpDate, knows_the_days_of_a_month) {
    for (const std::string_view text :
         {"Sun, 31 Jan 1993 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT",
          "Thu, 29 Feb 2024 00:00:00 GMT", "Sun, 01 Jan 0000 00:00:00 GMT",
          "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 31 Dec 2016 23:59:60 GMT"}) {
        EXPECT_TRUE(parse_http_date(text, kNow)) << text;
    }
    for (const std::string_view text :
         {"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
          "Wed, 29 Feb 1900 00:00:00 GMT", "Wed, 29 Feb 2023 00:00:00 GMT",
          "Sun, 32 Jan 1993 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun Nov  0 08:49:37 1994", "Sunday, 31-Nov-94 08:49:37 GMT"}) {
        EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
    }
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow),
              parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT", kNow));
}

TEST(HttpDate, refuses_every_other_way_to_write_one) {
    for (const std::string_view text :
         {"",
          "0",
          "784111777",
          "1994-11-06T08:49:37Z",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nov 1994 08:49:37 gmt",
          "Sun, 06 Nov 1994 08:49:37 +0000",
          "sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 NOV 1994 08:49:37 GMT",
          "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun,06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 94 08:49:37 GMT",
          "Sun, 06 Nov 1994 8:49:37 GMT",
          "Sun, 06 Nov 1994 08:49 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ",
          " Sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 19940 08:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT",
          "Sun, +6 Nov 1994 08:49:37 GMT",
          "Sun, 06-Nov-94 08:49:37 GMT",
          "Sunday, 06-Nov-1994 08:49:37 GMT",
          "Sunday, 06 Nov 1994 08:49:37 GMT",
          "Sunda, 06-Nov-94 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "Sun Nov  6 08:49:37 1994 GMT",
          "Sun Nov  6 08:49:37 94",
          "Sun Nov 06 08:49:37 994",
          "Xxx, 06 Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
    }
    constexpr std::string_view kNul("Sun, 06 Nov 1994 08:49:37 GMT\0", 30);
    EXPECT_EQ(parse_http_date(kNul, kNow), std::nullopt);
    const std::string_view whole = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(parse_http_date(whole.substr(0, size), kNow), std::nullopt) << size;
    }
}

TEST(HttpDate, two_digits_mean_the_nearest_year) {
    const auto year = [](std::string_view digits, std::int64_t now) {
        const auto date =
            parse_http_date("Sunday, 06-Nov-" + std::string(digits) + " 08:49:37 GMT", now);
        return date ? formatted(*date).substr(12, 4) : "none";
    };
    EXPECT_EQ(year("23", kNow), "2023");
    EXPECT_EQ(year("72", kNow), "2072");
    EXPECT_EQ(year("73", kNow), "2073");  // eight days less than fifty years
    EXPECT_EQ(year("74", kNow), "1974");
    EXPECT_EQ(year("99", kNow), "1999");
    EXPECT_EQ(year("00", kNow), "2000");
    EXPECT_EQ(year("01", 4'102'444'799), "2101");  // at the end of 2099
    EXPECT_EQ(year("60", 4'102'444'799), "2060");
    EXPECT_EQ(year("94", 0), "1994");
    EXPECT_EQ(year("30", 0), "1930");
    // A day that only one of the years has.
    EXPECT_TRUE(parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", kNow));
}

}  // namespace
}  // namespace trivet
