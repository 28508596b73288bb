#include "route/tree.h"

#include <gtest/gtest.h>

#include <set>

namespace trivet::route {
namespace {

class TreeTest : public testing::Test {
protected:
    TreeNode& descend(const char* text) {
        const Pattern pattern = *compile_pattern(text);
        for (const Segment& segment : pattern.segments) {
            if (segment.kind == SegmentKind::regex) {
                table_.try_emplace(segment.expression,
                                   std::make_unique<Regex>(*Regex::compile(segment.expression)));
            }
        }
        return root_.descend(pattern, table_);
    }
    const TreeNode* find(const char* text) const { return root_.find(*compile_pattern(text)); }

    RegexTable table_;
    TreeNode root_;
};

TEST_F(TreeTest, has_a_node_for_each_shape) {
    const char* patterns[] = {"/a",           "/b",           "/{p}",           "/{p:int}",
                              "/{p:uuid}",    "/{p:path}",    "/{p:regex(x)}",  "/{p:regex(y)}",
                              "/{p:int}/{q}", "/{p}/{q:int}", "/{p:regex(x)}/a"};
    std::set<const TreeNode*> nodes;
    for (const char* pattern : patterns) {
        EXPECT_EQ(find(pattern), nullptr) << pattern;
        nodes.insert(&descend(pattern));
        EXPECT_EQ(find(pattern), &descend(pattern)) << pattern;
    }
    EXPECT_EQ(nodes.size(), std::size(patterns));
}

TEST_F(TreeTest, parameters_are_compared_without_their_names) {
    const TreeNode* regex = &descend("/{a}/{b:regex(x)}");
    EXPECT_EQ(find("/{c:str}/{d:regex(x)}"), regex);
    const TreeNode* path = &descend("/x/{a:path}");
    EXPECT_EQ(find("/x/{b:path}"), path);
}

TEST_F(TreeTest, keeps_expressions_in_the_order_of_registration) {
    descend("/{a:regex(z)}");
    descend("/{a:regex(y)}");
    descend("/{b:regex(z)}/b");
    ASSERT_EQ(root_.regexes.size(), 2u);
    EXPECT_EQ(root_.regexes[0].expression, "z");
    EXPECT_EQ(root_.regexes[1].expression, "y");
    EXPECT_NE(root_.regexes[0].regex, root_.regexes[1].regex);
}

TEST_F(TreeTest, finds_routes_by_method) {
    TreeNode& node = descend("/");
    node.routes.push_back({3, 7, {}, {}});
    node.routes.push_back({Methods::kAny, 8, {}, {}});
    EXPECT_EQ(node.route(3)->value, 7u);
    EXPECT_EQ(node.route(Methods::kAny)->value, 8u);
    EXPECT_EQ(node.route(0), nullptr);
}

}  // namespace
}  // namespace trivet::route
