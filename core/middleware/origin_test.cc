#include "middleware/origin.h"

#include <gtest/gtest.h>

#include "middleware/pieces_test.h"

namespace trivet::middleware {
namespace {

TEST(OriginTest, is_scheme_host_and_port) {
    for (const char* good :
         {"https://a.example", "http://localhost:3000", "https://*.a.example", "http://[::1]:8080",
          "capacitor://localhost", "https://xn--bcher-kva.example"}) {
        EXPECT_EQ(origin_fault(good), "") << good;
    }
    for (const char* bad :
         {"", "a.example", "https://", "https://a.example/", "https://a.example:443",
          "http://a.example:80", "https://A.example", "https://a.example:0",
          "https://a.example:99999", "https://a.example:", "https://a..example",
          "https://.a.example", "https://a.*.example", "https://*", "https://a example", "://a",
          "https://a.example?x", "https://u@a.example"}) {
        EXPECT_NE(origin_fault(bad), "") << bad;
    }
}

TEST(OriginTest, a_wildcard_stands_for_labels) {
    const char* pattern = "https://*.a.example:8443";
    EXPECT_TRUE(is_below("https://b.a.example:8443", pattern));
    EXPECT_TRUE(is_below("https://c.b.a.example:8443", pattern));
    for (const char* other :
         {"https://a.example:8443", "https://.a.example:8443", "https://ba.example:8443",
          "http://b.a.example:8443", "https://b.a.example", "https://x/.a.example:8443",
          "https://x@b.a.example:8443", "https://x:1.a.example:8443", ""}) {
        EXPECT_FALSE(is_below(other, pattern)) << other;
    }
}

}  // namespace
}  // namespace trivet::middleware
