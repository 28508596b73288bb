#include "route/router.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "route/segment_text.h"

namespace trivet::route {

struct Router::Node {
    struct Route {
        std::uint8_t method;
        std::uint32_t value;
        std::vector<std::string> names;  // of the parameters, in the pattern's order
        std::string site;
        std::string pattern;
    };
    struct Literal {
        std::string text;
        std::unique_ptr<Node> node;
    };

    std::vector<Literal> literals;  // sorted by size, then bytes
    std::unique_ptr<Node> integer;
    std::unique_ptr<Node> text;
    std::vector<Route> routes;
    MethodMask methods = 0;
    std::string allow;  // made by freeze()

    // First literal that does not come before `name`.
    template <typename Literals>
    static auto place(Literals& literals, std::string_view name) noexcept {
        return std::lower_bound(literals.begin(), literals.end(), name,
                                [](const Literal& literal, std::string_view wanted) {
                                    return literal.text.size() != wanted.size()
                                               ? literal.text.size() < wanted.size()
                                               : literal.text < wanted;
                                });
    }

    const Node* literal(std::string_view name) const noexcept {
        const auto at = place(literals, name);
        return at != literals.end() && at->text == name ? at->node.get() : nullptr;
    }

    Node& child(const Segment& segment) {
        if (segment.kind == SegmentKind::literal) {
            const auto at = place(literals, segment.text);
            if (at != literals.end() && at->text == segment.text) {
                return *at->node;
            }
            return *literals.insert(at, {segment.text, std::make_unique<Node>()})->node;
        }
        std::unique_ptr<Node>& slot = segment.kind == SegmentKind::integer ? integer : text;
        if (slot == nullptr) {
            slot = std::make_unique<Node>();
        }
        return *slot;
    }

    const Route* route(std::uint8_t method) const noexcept {
        for (const Route& route : routes) {
            if (route.method == method) {
                return &route;
            }
        }
        return nullptr;
    }

    // The route that answers a method at this node.
    const Route* answer(std::uint8_t method) const noexcept {
        const Route* found = route(method);
        if (found == nullptr && method == Methods::kHead) {
            found = route(Methods::kGet);
        }
        return found != nullptr ? found : route(Methods::kAny);
    }
};

struct Router::Table {
    Node root;
    Methods methods;
    MethodMask all_methods = 0;
    std::string allow_all;
    bool is_frozen = false;
};

namespace {

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        quoted += code < 0x20 || code == 0x7f ? '?' : byte;
    }
    return quoted + '"';
}

std::string registration(std::string_view pattern, std::string_view site) {
    std::string text = quote(pattern);
    if (!site.empty()) {
        text.append(" at ").append(site);
    }
    return text;
}

}  // namespace

// One walk down the tree for one path. Each node is visited once at most, because its depth is that
// of the segment it is visited with; so a match takes no longer than the tree is large.
class Router::Walk {
public:
    Walk(const Methods& methods, std::uint8_t method, std::string_view path, Match& out) noexcept
        : methods_(methods),
          method_(method),
          path_(path),
          has_escapes_(path.find('%') != std::string_view::npos),
          out_(out) {}

    Outcome run(const Node& root) noexcept {
        if (const Node::Route* route = visit(root, 0, 0)) {
            out_.value = route->value;
            out_.param_count = static_cast<std::uint32_t>(route->names.size());
            for (std::size_t index = 0; index < route->names.size(); ++index) {
                out_.params[index].name = route->names[index];
            }
            return Outcome::found;
        }
        if (first_ == nullptr) {
            return Outcome::not_found;
        }
        out_.allow = first_->allow;
        if (allowed_ != first_->methods) {
            const std::size_t size = methods_.join(methods_.allowed(allowed_), out_.allow_room);
            out_.allow = {out_.allow_room, size};
        }
        return method_ == Methods::kOptions ? Outcome::options : Outcome::method_not_allowed;
    }

private:
    // `begin` is the offset of the '/' in front of the segment to match, or the path's end.
    const Node::Route* visit(const Node& node, std::size_t begin, std::size_t params) noexcept {
        if (begin == path_.size()) {
            return finish(node);
        }
        const std::size_t end = std::min(path_.find('/', begin + 1), path_.size());
        const std::string_view raw = path_.substr(begin + 1, end - begin - 1);
        char room[kLiteralBytesMax];
        std::string_view segment = raw;
        const bool is_encoded = has_escapes_ && raw.find('%') != std::string_view::npos;
        const bool is_short = !is_encoded || decode_segment(raw, room, sizeof room, segment);
        if (is_short) {
            if (const Node* child = node.literal(segment)) {
                if (const auto* route = visit(*child, end, params)) {
                    return route;
                }
            }
        }
        if (node.integer != nullptr && is_short && is_integer(segment)) {
            out_.params[params] = {{}, raw, is_encoded};
            if (const auto* route = visit(*node.integer, end, params + 1)) {
                return route;
            }
        }
        if (node.text != nullptr && !raw.empty()) {
            out_.params[params] = {{}, raw, is_encoded};
            return visit(*node.text, end, params + 1);
        }
        return nullptr;
    }

    const Node::Route* finish(const Node& node) noexcept {
        if (node.routes.empty()) {
            return nullptr;
        }
        if (first_ == nullptr) {
            first_ = &node;
        }
        allowed_ |= node.methods;
        return node.answer(method_);
    }

    const Methods& methods_;
    const std::uint8_t method_;
    const std::string_view path_;
    const bool has_escapes_;
    Match& out_;
    const Node* first_ = nullptr;
    MethodMask allowed_ = 0;
};

Router::Router() : table_(std::make_unique<Table>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

std::expected<void, RouteError> Router::add(std::string_view method, std::string_view pattern,
                                            std::string_view site, std::uint32_t value) {
    assert(!table_->is_frozen);
    using Kind = RouteError::Kind;
    if (method != "*" && !Methods::is_valid(method)) {
        return std::unexpected(
            RouteError{Kind::pattern, "malformed method",
                       quote(method) + " is not \"*\" or upper-case letters, digits and '-'"});
    }
    auto compiled = compile_pattern(pattern);
    if (!compiled) {
        return std::unexpected(RouteError{Kind::pattern, "malformed route pattern",
                                          registration(pattern, site) + ": offset " +
                                              std::to_string(compiled.error().offset) + ": " +
                                              compiled.error().message});
    }
    const std::uint8_t number = method == "*" ? Methods::kAny : table_->methods.add(method);
    if (number == Methods::kNone) {
        return std::unexpected(RouteError{Kind::limit, "too many different methods",
                                          quote(method) + " does not fit into an Allow field"});
    }
    const MethodMask mask = number == Methods::kAny ? 0 : MethodMask{1} << number;

    Node* node = &table_->root;
    std::vector<std::string> names;
    for (Segment& segment : compiled->segments) {
        node = &node->child(segment);
        if (segment.kind != SegmentKind::literal) {
            names.push_back(std::move(segment.text));
        }
    }
    if (const Node::Route* other = node->route(number)) {
        return std::unexpected(RouteError{Kind::conflict, "the route is already registered",
                                          std::string(method) + ' ' + registration(pattern, site) +
                                              " conflicts with " +
                                              registration(other->pattern, other->site)});
    }
    node->routes.push_back(
        {number, value, std::move(names), std::string(site), std::string(pattern)});
    node->methods |= mask;
    table_->all_methods |= mask;
    return {};
}

void Router::freeze() {
    const Methods& methods = table_->methods;
    const auto text = [&methods](MethodMask mask) {
        std::string joined(methods.join(methods.allowed(mask), nullptr), '\0');
        methods.join(methods.allowed(mask), joined.data());
        return joined;
    };
    std::vector<Node*> open{&table_->root};
    while (!open.empty()) {
        Node& node = *open.back();
        open.pop_back();
        if (!node.routes.empty()) {
            node.allow = text(node.methods);
        }
        for (Node::Literal& literal : node.literals) {
            open.push_back(literal.node.get());
        }
        for (Node* child : {node.integer.get(), node.text.get()}) {
            if (child != nullptr) {
                open.push_back(child);
            }
        }
    }
    table_->allow_all = text(table_->all_methods);
    table_->is_frozen = true;
}

bool Router::is_frozen() const noexcept { return table_->is_frozen; }

Outcome Router::match(std::string_view method, std::string_view path, Match& out) const noexcept {
    assert(table_->is_frozen);
    if (path.empty() || path.front() != '/') {
        return Outcome::not_found;
    }
    if (!has_valid_escapes(path)) {
        return Outcome::malformed;
    }
    const Methods& methods = table_->methods;
    return Walk(methods, methods.find(method), path, out).run(table_->root);
}

std::string_view Router::allow_all() const noexcept { return table_->allow_all; }

}  // namespace trivet::route
