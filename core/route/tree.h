#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "route/methods.h"
#include "route/pattern.h"

namespace trivet::route {

// Expressions by their text: equal ones are compiled once.
using RegexTable = std::map<std::string, std::unique_ptr<const Regex>, std::less<>>;

// A route as it was registered for one method.
struct TreeRoute {
    std::uint8_t method;
    std::uint32_t value;
    std::vector<std::string> names;  // of all parameters, the host's first
    std::string shown;               // as errors name it
};

// Routes by the shapes of their paths, while they are registered: parameter names do not matter.
// Start-up only; freeze() turns it into tables.
struct TreeNode {
    struct RegexChild {
        std::string expression;
        const Regex* regex;  // the RegexTable's
        std::unique_ptr<TreeNode> node;
    };

    std::map<std::string, std::unique_ptr<TreeNode>, std::less<>> literals;
    std::unique_ptr<TreeNode> integer;
    std::unique_ptr<TreeNode> uuid;
    std::vector<RegexChild> regexes;  // in the order of registration
    std::unique_ptr<TreeNode> text;
    std::unique_ptr<TreeNode> path;
    std::vector<TreeRoute> routes;

    // The child for a segment; nullptr when there is none.
    const TreeNode* find(const Segment& segment) const;
    // Makes it when there is none. Expressions are in `table` already.
    TreeNode& child(const Segment& segment, const RegexTable& table);
    // The node for a pattern; nullptr when there is none.
    const TreeNode* find(const Pattern& pattern) const;
    TreeNode& descend(const Pattern& pattern, const RegexTable& table);

    const TreeRoute* route(std::uint8_t method) const;
};

}  // namespace trivet::route
