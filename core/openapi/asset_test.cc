#include "openapi/asset.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::openapi {
namespace {

TEST(Asset, unpacks_to_what_it_says) {
    const std::vector<Asset> assets = packed_assets();
    ASSERT_EQ(assets.size(), 3U);
    for (const Asset& asset : assets) {
        std::string room(asset.bytes, '\0');
        const std::string_view content = unpack(asset, room);
        EXPECT_EQ(content.size(), asset.bytes) << asset.name;
        EXPECT_LT(asset.packed.size(), asset.bytes / 3) << asset.name;
        EXPECT_EQ(content.find("sourceMappingURL"), std::string_view::npos) << asset.name;
    }
}

TEST(Asset, that_is_not_what_it_says_is_refused) {
    Asset asset = packed_assets()[0];
    std::string room(asset.bytes + 1, '\0');
    ++asset.bytes;
    EXPECT_TRUE(unpack(asset, room).empty());
    asset.packed = asset.packed.substr(0, asset.packed.size() / 2);
    EXPECT_TRUE(unpack(asset, room).empty());
}

}  // namespace
}  // namespace trivet::openapi
