#include "proto/http1/media_type.h"

#include <gtest/gtest.h>

namespace trivet::http1 {
namespace {

TEST(MediaType, compares_without_parameters) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded";
    for (const char* field :
         {"application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
          "application/x-www-form-urlencoded \t;a=b"}) {
        EXPECT_TRUE(is_media_type(field, kForm)) << field;
    }
    for (const char* field : {"", ";", " ", "application/x-www-form-urlencodedx",
                              "application/x-www-form", "text/plain; application/"}) {
        EXPECT_FALSE(is_media_type(field, kForm)) << field;
    }
}

}  // namespace
}  // namespace trivet::http1
