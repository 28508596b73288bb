#include "route/frozen.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::route {
namespace {

class FrozenTest : public testing::Test {
protected:
    TreeNode& add(TreeNode& root, const std::string& pattern) {
        return root.descend(*compile_pattern(pattern), {});
    }

    // The child, looked up as a match does: with bytes behind the literal, and without.
    std::uint32_t literal(std::uint32_t parent, const std::string& text) {
        const std::string longer = text + "/and more";
        const std::string_view inside(longer.data(), text.size());
        const std::uint32_t found =
            routes_.literal(parent, inside, LiteralKey::of(inside, longer.size()));
        EXPECT_EQ(routes_.literal(parent, text, LiteralKey::of(text, text.size())), found);
        return found;
    }

    Methods methods_;
    FrozenRoutes routes_{methods_};
};

TEST_F(FrozenTest, finds_literals_of_every_length) {
    TreeNode root;
    for (std::size_t size = 0; size <= kLiteralBytesMax; ++size) {
        add(root, "/" + std::string(size, 'a'));
    }
    const std::uint32_t index = routes_.add(root);
    routes_.link();
    for (std::size_t size = 0; size <= kLiteralBytesMax; ++size) {
        const std::string text(size, 'a');
        const std::uint32_t found = literal(index, text);
        ASSERT_NE(found, kNoNode) << size;
        EXPECT_EQ(routes_.node(found).literal_size, size);
        EXPECT_EQ(literal(found, text), kNoNode);
        for (std::size_t at = 0; at < size; ++at) {
            std::string other = text;
            other[at] = 'b';
            EXPECT_EQ(literal(index, other), kNoNode) << size << ' ' << at;
        }
    }
    EXPECT_EQ(literal(index, std::string(kLiteralBytesMax + 1, 'a')), kNoNode);
}

TEST_F(FrozenTest, tells_zero_bytes_from_the_end) {
    TreeNode root;
    add(root, "/a");
    const std::uint32_t index = routes_.add(root);
    routes_.link();
    EXPECT_NE(literal(index, "a"), kNoNode);
    EXPECT_EQ(literal(index, std::string("a\0", 2)), kNoNode);
}

TEST_F(FrozenTest, keeps_children_of_different_nodes_apart) {
    TreeNode one;
    TreeNode two;
    for (int index = 0; index < 300; ++index) {
        add(one, "/x" + std::to_string(index) + "/y" + std::to_string(index));
        add(two, "/y" + std::to_string(index));
    }
    const std::uint32_t first = routes_.add(one);
    const std::uint32_t second = routes_.add(two);
    routes_.link();
    for (int index = 0; index < 300; ++index) {
        const std::string number = std::to_string(index);
        const std::uint32_t child = literal(first, "x" + number);
        ASSERT_NE(child, kNoNode);
        EXPECT_NE(literal(child, "y" + number), kNoNode);
        EXPECT_EQ(literal(child, "y" + std::to_string(index + 1)), kNoNode);
        EXPECT_EQ(literal(first, "y" + number), kNoNode);
        EXPECT_NE(literal(second, "y" + number), kNoNode);
    }
}

TEST_F(FrozenTest, has_routes_in_the_order_of_their_methods) {
    TreeNode root;
    TreeNode& node = add(root, "/");
    const std::uint8_t post = methods_.add("POST");
    node.routes.push_back({Methods::kAny, 30, {}, {}});
    node.routes.push_back({post, 20, {"a", "b"}, {}});
    node.routes.push_back({Methods::kGet, 10, {"c"}, {}});
    const std::uint32_t index = routes_.add(root);
    routes_.link();
    const FrozenNode& frozen = routes_.node(literal(index, ""));
    EXPECT_TRUE(frozen.has_any);
    EXPECT_EQ(routes_.route(frozen.routes).value, 10u);
    EXPECT_EQ(routes_.route(frozen.routes + 1).value, 20u);
    EXPECT_EQ(routes_.route(frozen.routes + 2).value, 30u);
    EXPECT_EQ(routes_.names(routes_.route(frozen.routes))[0], "c");
    EXPECT_EQ(routes_.names(routes_.route(frozen.routes + 1))[1], "b");
    EXPECT_EQ(routes_.allow(frozen), "GET, HEAD, OPTIONS, POST");
    EXPECT_FALSE(routes_.node(index).has_routes());
}

TEST_F(FrozenTest, attaches_roots_by_literals) {
    TreeNode root;
    add(root, "/a");
    const std::uint32_t parent = routes_.add({});
    const std::uint32_t child = routes_.add(root);
    routes_.attach(child, parent, "x");
    routes_.link();
    EXPECT_EQ(literal(parent, "x"), child);
    EXPECT_EQ(literal(parent, "a"), kNoNode);
    EXPECT_NE(literal(child, "a"), kNoNode);
}

TEST_F(FrozenTest, an_empty_tree_has_no_children) {
    const std::uint32_t index = routes_.add({});
    routes_.link();
    EXPECT_EQ(literal(index, "a"), kNoNode);
    EXPECT_FALSE(routes_.node(index).has_literals);
    EXPECT_FALSE(routes_.node(index).has_params);
}

}  // namespace
}  // namespace trivet::route
