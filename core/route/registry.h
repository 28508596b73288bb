#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "route/error.h"
#include "route/host.h"
#include "route/methods.h"
#include "route/pattern.h"
#include "route/spec.h"
#include "route/tree.h"

namespace trivet::route {

// A route that URLs are built of. Its expressions are in the RegexTable.
struct NamedRoute {
    HostPattern host;  // without labels when it is for every host
    Pattern pattern;
    std::string shown;  // as errors name it
};

// What was registered: a tree for each host and what is looked up by name. Checks a route before it
// takes anything of it. Start-up only, but for the names and expressions, which stay.
class Registry {
public:
    struct HostTree {
        HostPattern host;
        std::string shape;
        TreeNode root;
    };

    std::expected<void, RouteError> add(const RouteSpec& spec);
    std::expected<void, RouteError> check_prefix(std::string_view prefix, std::string_view host,
                                                 std::string_view site) const;

    const NamedRoute* named(std::string_view name) const;
    const Regex& regex(std::string_view expression) const {
        return *regexes_.find(expression)->second;
    }

    const Methods& methods() const noexcept { return methods_; }
    MethodMask all_methods() const noexcept { return all_methods_; }
    bool has_regexes() const noexcept { return !regexes_.empty(); }
    // The tree of routes for every host, then those of hosts in the order of registration.
    const TreeNode& every_host() const noexcept { return every_host_; }
    const std::deque<HostTree>& hosts() const noexcept { return hosts_; }
    void drop_trees();

private:
    struct Draft;
    using Checked = std::expected<void, RouteError>;

    static Checked parse_methods(const RouteSpec& spec, Draft& draft);
    static Checked parse_host(const RouteSpec& spec, Draft& draft);
    static Checked check_names(const RouteSpec& spec, Draft& draft);
    Checked compile_regexes(const RouteSpec& spec, Draft& draft) const;
    Checked check_conflicts(const RouteSpec& spec, const Draft& draft) const;
    const TreeNode* tree(const Draft& draft) const;
    void take(const RouteSpec& spec, Draft&& draft);

    Methods methods_;
    MethodMask all_methods_ = 0;
    RegexTable regexes_;
    TreeNode every_host_;
    std::deque<HostTree> hosts_;
    std::map<std::string, NamedRoute, std::less<>> names_;
};

}  // namespace trivet::route
