#include "base/content_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace trivet {
namespace {

// The vectors of its specification: tags of one version must be those of the next.
TEST(ContentHash, is_xxh3_of_128_bits) {
    EXPECT_EQ(content_hash(""), (ContentHash{0x99aa06d3014798d8u, 0x6001c324468d497fu}));
    EXPECT_EQ(content_hash("a"), (ContentHash{0xa96faf705af16834u, 0xe6c632b61e964e1fu}));
    EXPECT_EQ(content_hash("abc"), (ContentHash{0x06b05ab6733a6185u, 0x78af5f94892f3950u}));
}

TEST(ContentHash, every_byte_counts) {
    std::set<ContentHash> seen;
    for (const std::size_t size : {1u, 3u, 16u, 17u, 128u, 129u, 240u, 241u, 5000u}) {
        std::string content(size, 'x');
        EXPECT_TRUE(seen.insert(content_hash(content)).second);
        for (std::size_t at = 0; at < size; ++at) {
            ++content[at];
            EXPECT_TRUE(seen.insert(content_hash(content)).second) << size << " " << at;
            --content[at];
        }
    }
}

}  // namespace
}  // namespace trivet
