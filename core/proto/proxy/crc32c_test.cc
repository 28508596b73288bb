#include "proto/proxy/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::proxy {
namespace {

// RFC 3720 appendix B.4, and the check value of the catalogue of CRCs.
TEST(Crc32c, agrees_with_published_values) {
    std::string ascending;
    for (char byte = 0; byte < 32; ++byte) {
        ascending += byte;
    }
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
    EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113fdb5cu);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, goes_on_behind_what_it_has_seen) {
    constexpr std::string_view kText = "123456789";
    for (std::size_t cut = 0; cut <= kText.size(); ++cut) {
        EXPECT_EQ(crc32c(kText.substr(cut), crc32c(kText.substr(0, cut))), 0xe3069283u) << cut;
    }
}

}  // namespace
}  // namespace trivet::proxy
