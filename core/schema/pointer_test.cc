#include "schema/pointer.h"

#include <gtest/gtest.h>

namespace trivet::schema {
namespace {

TEST(Pointer, writes_tokens) {
    EXPECT_EQ(pointer_token("plain"), "plain");
    EXPECT_EQ(pointer_token("a/b~c~1"), "a~1b~0c~01");
    EXPECT_EQ(pointer_token(""), "");
}

TEST(Pointer, leads_to_values) {
    Memory memory;
    Document document(memory);
    ASSERT_EQ(document.read(R"({"a":[10,{"b/c":20}],"":30,"~":40,"d e":50,"a%":60})"), Read::good);
    const auto at = [&](std::string_view pointer) {
        std::uint32_t node = 0;
        return find_pointer(document, pointer, node) ? document.raw(node) : "nothing";
    };
    EXPECT_EQ(at("/a/0"), "10");
    EXPECT_EQ(at("/a/1/b~1c"), "20");
    EXPECT_EQ(at("/"), "30");
    EXPECT_EQ(at("/~0"), "40");
    EXPECT_EQ(at("/d%20e"), "50");
    EXPECT_EQ(at("/a%"), "60");
    for (const char* pointer : {"/b", "/a/2", "/a/00", "/a/x", "/a/0/0", "/d e/x", "/a%2"}) {
        EXPECT_EQ(at(pointer), "nothing") << pointer;
    }
    std::uint32_t node = 7;
    EXPECT_TRUE(find_pointer(document, "", node));
    EXPECT_EQ(node, 0u);
}

}  // namespace
}  // namespace trivet::schema
