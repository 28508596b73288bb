#include "proto/http1/date.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::http1 {
namespace {

std::string formatted(std::time_t time) {
    char text[kDateBytes];
    format_imf_fixdate(time, text);
    return {text, sizeof text};
}

TEST(Date, writes_imf_fixdates) {
    EXPECT_EQ(formatted(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(formatted(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(formatted(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(formatted(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(formatted(4102444799), "Thu, 31 Dec 2099 23:59:59 GMT");
    EXPECT_EQ(formatted(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

}  // namespace
}  // namespace trivet::http1
