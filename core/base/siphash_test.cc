#include "base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet {
namespace {

// The key 00 01 … 0f and the texts 00 01 02 … of appendix A of the paper, and of its reference
// vectors.
constexpr SipKey kKey{0x0706'0504'0302'0100u, 0x0f0e'0d0c'0b0a'0908u};

std::string counted(std::size_t size) {
    std::string text;
    for (std::size_t byte = 0; byte < size; ++byte) {
        text += static_cast<char>(byte);
    }
    return text;
}

TEST(SiphashTest, gives_what_the_paper_gives) {
    EXPECT_EQ(siphash(kKey, counted(15)), 0xa129'ca61'49be'45e5u);
    EXPECT_EQ(siphash(kKey, counted(0)), 0x726f'db47'dd0e'0e31u);
    EXPECT_EQ(siphash(kKey, counted(8)), 0x93f5'f579'9a93'2462u);
}

TEST(SiphashTest, keys_differ) {
    const SipKey one = make_sip_key();
    const SipKey other = make_sip_key();
    EXPECT_NE(one, other);
    EXPECT_NE(siphash(one, "text"), siphash(other, "text"));
}

}  // namespace
}  // namespace trivet
