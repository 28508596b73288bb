#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "route/literal_key.h"
#include "route/methods.h"
#include "route/tree.h"

namespace trivet::route {

inline constexpr std::uint32_t kNoNode = 0;

// A node of the frozen tree: all that a visit reads, in one cache line. Nodes refer to each other
// by index; index 0 is nobody.
struct alignas(64) FrozenNode {
    std::uint64_t head = 0;     // LiteralKey::head of its own literal
    std::uint32_t parent = 0;   // of a literal
    std::uint32_t literal = 0;  // where its bytes are in `literals`
    std::uint32_t integer = kNoNode;
    std::uint32_t uuid = kNoNode;
    std::uint32_t text = kNoNode;
    std::uint32_t path = kNoNode;
    std::uint32_t regexes = 0;  // the first one
    std::uint32_t routes = 0;   // the first one
    std::uint32_t allow = 0;
    MethodMask methods = 0;
    std::uint16_t literal_size = 0;
    std::uint16_t regex_count = 0;
    bool has_any = false;  // a route for "*", which stands last
    bool has_literals = false;
    bool has_params = false;

    bool has_routes() const noexcept { return methods != 0 || has_any; }
};
static_assert(sizeof(FrozenNode) == 64);

// All routes as flat tables. Made by freeze(), immutable from then on.
class FrozenRoutes {
public:
    struct Slot {
        std::uint32_t tag;  // of the hash
        std::uint32_t node = kNoNode;
    };
    // In a node the routes stand in the order of their methods' numbers.
    struct Route {
        std::uint32_t value;
        std::uint32_t names;
    };
    struct RegexChild {
        const Regex* regex;
        std::uint32_t node;
    };

    explicit FrozenRoutes(const Methods& methods) : methods_(&methods), nodes_(1) {}

    // Adds a tree and gives its root. All trees come before link().
    std::uint32_t add(const TreeNode& tree);
    // Makes a root the child of another node for a literal.
    void attach(std::uint32_t index, std::uint32_t parent, std::string_view literal);
    // Makes the table of literals.
    void link();

    const FrozenNode& node(std::uint32_t index) const noexcept { return nodes_[index]; }
    const Route& route(std::uint32_t index) const noexcept { return routes_[index]; }
    const RegexChild& regex(std::uint32_t index) const noexcept { return regexes_[index]; }
    const std::string_view* names(const Route& route) const noexcept {
        return names_.data() + route.names;
    }
    std::string_view allow(const FrozenNode& node) const noexcept { return allows_[node.allow]; }

    // The child of node `parent` for a literal; kNoNode when there is none.
    std::uint32_t literal(std::uint32_t parent, std::string_view text,
                          const LiteralKey& key) const noexcept {
        const std::uint64_t hash = mixed(parent, key);
        const auto tag = static_cast<std::uint32_t>(hash);
        for (std::size_t at = hash >> shift_;; at = (at + 1) & mask_) {
            const Slot slot = slots_[at];
            if (slot.node == kNoNode) {
                return kNoNode;
            }
            if (slot.tag == tag && is_literal(nodes_[slot.node], parent, text, key)) {
                return slot.node;
            }
        }
    }

private:
    static std::uint64_t mixed(std::uint32_t parent, const LiteralKey& key) noexcept {
        return (key.hash + parent) * LiteralKey::kMultiplier;
    }

    bool is_literal(const FrozenNode& node, std::uint32_t parent, std::string_view text,
                    const LiteralKey& key) const noexcept {
        return node.head == key.head && node.parent == parent && node.literal_size == text.size() &&
               (text.size() <= 8 || has_tail(literals_.data() + node.literal, text));
    }

    // Whether the bytes after the eighth are those of `literal`.
    static bool has_tail(const char* literal, std::string_view text) noexcept {
        const std::size_t last = text.size() - 8;
        return LiteralKey::load(literal + last) == LiteralKey::load(text.data() + last) &&
               (last <= 8 || std::memcmp(literal + 8, text.data() + 8, last - 8) == 0);
    }

    std::uint32_t make_node();
    void fill_routes(std::uint32_t index, const TreeNode& tree);
    std::uint32_t intern_names(const std::vector<std::string>& names);
    std::uint32_t intern_allow(MethodMask mask);
    void place(std::uint32_t index);

    const Methods* methods_;
    std::vector<FrozenNode> nodes_;
    std::vector<Slot> slots_;
    unsigned shift_ = 0;
    std::size_t mask_ = 0;
    std::string literals_;
    std::vector<Route> routes_;
    std::vector<RegexChild> regexes_;
    std::vector<std::string_view> names_;
    std::deque<std::string> allows_;
    // Only to find what is there already.
    std::deque<std::string> name_pool_;
    std::map<std::vector<std::string>, std::uint32_t> name_lists_;
    std::map<MethodMask, std::uint32_t> allow_numbers_;
};

}  // namespace trivet::route
