#include "route/tree.h"

#include <algorithm>

namespace trivet::route {
namespace {

// The member that holds a child of this kind, when it is one of at most one.
std::unique_ptr<TreeNode> TreeNode::* single(SegmentKind kind) {
    switch (kind) {
        case SegmentKind::integer:
            return &TreeNode::integer;
        case SegmentKind::uuid:
            return &TreeNode::uuid;
        case SegmentKind::text:
            return &TreeNode::text;
        case SegmentKind::path:
            return &TreeNode::path;
        case SegmentKind::literal:
        case SegmentKind::regex:
            break;
    }
    return nullptr;
}

std::unique_ptr<TreeNode>& made(std::unique_ptr<TreeNode>& slot) {
    if (slot == nullptr) {
        slot = std::make_unique<TreeNode>();
    }
    return slot;
}

}  // namespace

const TreeNode* TreeNode::find(const Segment& segment) const {
    if (segment.kind == SegmentKind::literal) {
        const auto found = literals.find(segment.text);
        return found != literals.end() ? found->second.get() : nullptr;
    }
    if (segment.kind == SegmentKind::regex) {
        const auto found = std::ranges::find(regexes, segment.expression, &RegexChild::expression);
        return found != regexes.end() ? found->node.get() : nullptr;
    }
    return (this->*single(segment.kind)).get();
}

TreeNode& TreeNode::child(const Segment& segment, const RegexTable& table) {
    if (segment.kind == SegmentKind::literal) {
        return *made(literals[segment.text]);
    }
    if (segment.kind == SegmentKind::regex) {
        const auto found = std::ranges::find(regexes, segment.expression, &RegexChild::expression);
        if (found != regexes.end()) {
            return *found->node;
        }
        regexes.push_back({segment.expression, table.find(segment.expression)->second.get(),
                           std::make_unique<TreeNode>()});
        return *regexes.back().node;
    }
    return *made(this->*single(segment.kind));
}

const TreeNode* TreeNode::find(const Pattern& pattern) const {
    const TreeNode* node = this;
    for (const Segment& segment : pattern.segments) {
        node = node->find(segment);
        if (node == nullptr) {
            return nullptr;
        }
    }
    return node;
}

TreeNode& TreeNode::descend(const Pattern& pattern, const RegexTable& table) {
    TreeNode* node = this;
    for (const Segment& segment : pattern.segments) {
        node = &node->child(segment, table);
    }
    return *node;
}

const TreeRoute* TreeNode::route(std::uint8_t method) const {
    const auto found = std::ranges::find(routes, method, &TreeRoute::method);
    return found != routes.end() ? &*found : nullptr;
}

}  // namespace trivet::route
