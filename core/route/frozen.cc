#include "route/frozen.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <utility>

namespace trivet::route {

std::uint32_t FrozenRoutes::make_node() {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// Breadth first, so that the upper nodes, which every path meets, stand together.
std::uint32_t FrozenRoutes::add(const TreeNode& tree) {
    const std::uint32_t root = make_node();
    std::deque<std::pair<std::uint32_t, const TreeNode*>> open{{root, &tree}};
    const auto made = [this, &open](const TreeNode* child) {
        if (child == nullptr) {
            return kNoNode;
        }
        const std::uint32_t index = make_node();
        open.emplace_back(index, child);
        return index;
    };
    while (!open.empty()) {
        const auto [index, node] = open.front();
        open.pop_front();
        for (const auto& [text, child] : node->literals) {
            attach(made(child.get()), index, text);
        }
        const auto regexes = static_cast<std::uint32_t>(regexes_.size());
        for (const TreeNode::RegexChild& child : node->regexes) {
            regexes_.push_back({child.regex, made(child.node.get())});
        }
        const std::uint32_t integer = made(node->integer.get());
        const std::uint32_t uuid = made(node->uuid.get());
        const std::uint32_t text = made(node->text.get());
        const std::uint32_t path = made(node->path.get());
        FrozenNode& frozen = nodes_[index];
        frozen.integer = integer;
        frozen.uuid = uuid;
        frozen.text = text;
        frozen.path = path;
        frozen.regexes = regexes;
        frozen.regex_count = static_cast<std::uint16_t>(node->regexes.size());
        frozen.has_literals = !node->literals.empty();
        frozen.has_params = (integer | uuid | text | path) != kNoNode || !node->regexes.empty();
        fill_routes(index, *node);
    }
    return root;
}

void FrozenRoutes::attach(std::uint32_t index, std::uint32_t parent, std::string_view literal) {
    FrozenNode& node = nodes_[index];
    node.head = LiteralKey::of(literal, literal.size()).head;
    node.parent = parent;
    node.literal = static_cast<std::uint32_t>(literals_.size());
    node.literal_size = static_cast<std::uint16_t>(literal.size());
    literals_ += literal;
}

void FrozenRoutes::fill_routes(std::uint32_t index, const TreeNode& tree) {
    FrozenNode& node = nodes_[index];
    node.routes = static_cast<std::uint32_t>(routes_.size());
    std::vector<const TreeRoute*> sorted;
    for (const TreeRoute& route : tree.routes) {
        sorted.push_back(&route);
        if (route.method == Methods::kAny) {
            node.has_any = true;
        } else {
            node.methods |= MethodMask{1} << route.method;
        }
    }
    std::ranges::sort(sorted, {}, &TreeRoute::method);
    for (const TreeRoute* route : sorted) {
        routes_.push_back({route->value, intern_names(route->names)});
    }
    if (node.has_routes()) {
        node.allow = intern_allow(node.methods);
    }
}

std::uint32_t FrozenRoutes::intern_names(const std::vector<std::string>& names) {
    const auto [found, is_new] =
        name_lists_.try_emplace(names, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
        for (const std::string& name : names) {
            names_.push_back(name_pool_.emplace_back(name));
        }
    }
    return found->second;
}

std::uint32_t FrozenRoutes::intern_allow(MethodMask mask) {
    const auto [found, is_new] =
        allow_numbers_.try_emplace(mask, static_cast<std::uint32_t>(allows_.size()));
    if (is_new) {
        std::string& text = allows_.emplace_back();
        text.resize(methods_->join(methods_->allowed(mask), nullptr));
        methods_->join(methods_->allowed(mask), text.data());
    }
    return found->second;
}

// Four times as many slots as literals at least: a search nearly always ends at its first slot.
// With half of them a match among 1,000 routes takes 5 to 10 % longer (tests/instructions/run
// --time).
void FrozenRoutes::link() {
    const auto count = static_cast<std::size_t>(
        std::ranges::count_if(nodes_, [](const FrozenNode& node) { return node.parent != 0; }));
    const std::size_t size = std::bit_ceil(std::max<std::size_t>(4 * count, 2));
    slots_.resize(size);
    mask_ = size - 1;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));
    for (std::uint32_t index = 1; index < nodes_.size(); ++index) {
        if (nodes_[index].parent != 0) {
            place(index);
        }
    }
    name_lists_.clear();
    allow_numbers_.clear();
}

void FrozenRoutes::place(std::uint32_t index) {
    const FrozenNode& node = nodes_[index];
    const std::string_view text(literals_.data() + node.literal, node.literal_size);
    const std::uint64_t hash = mixed(node.parent, LiteralKey::of(text, text.size()));
    std::size_t at = hash >> shift_;
    while (slots_[at].node != kNoNode) {
        at = (at + 1) & mask_;
    }
    slots_[at] = {static_cast<std::uint32_t>(hash), index};
}

}  // namespace trivet::route
