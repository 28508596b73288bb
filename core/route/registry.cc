#include "route/registry.h"

#include <algorithm>
#include <utility>

namespace trivet::route {
namespace {

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        quoted += code < 0x20 || code == 0x7f ? '?' : byte;
    }
    return quoted + '"';
}

std::string shown(const RouteSpec& spec) {
    std::string text = quote(spec.pattern);
    if (!spec.host.empty()) {
        text.append(" of host ").append(quote(spec.host));
    }
    if (!spec.site.empty()) {
        text.append(" at ").append(spec.site);
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::unexpected<RouteError> malformed(const RouteSpec& spec, const char* message,
                                      const PatternError& error) {
    return std::unexpected(RouteError{
        RouteError::Kind::pattern, message,
        shown(spec) + ": offset " + std::to_string(error.offset) + ": " + error.message});
}

std::unexpected<RouteError> bad_method(std::string detail) {
    return std::unexpected(
        RouteError{RouteError::Kind::pattern, "malformed method", std::move(detail)});
}

}  // namespace

// A route while it is checked.
struct Registry::Draft {
    Methods methods;  // those known, with the route's
    std::vector<std::uint8_t> numbers;
    HostPattern host;
    Pattern pattern;
    std::vector<std::string> names;
    RegexTable regexes;  // that are new
};

Registry::Checked Registry::parse_methods(const RouteSpec& spec, Draft& draft) {
    if (trimmed(spec.methods) == "*") {
        draft.numbers.push_back(Methods::kAny);
        return {};
    }
    for (std::size_t begin = 0; begin <= spec.methods.size();) {
        const std::size_t end = std::min(spec.methods.find(',', begin), spec.methods.size());
        const std::string_view token = trimmed(spec.methods.substr(begin, end - begin));
        if (!Methods::is_valid(token)) {
            return bad_method(quote(token) + " is not \"*\" or upper-case letters, digits and '-'");
        }
        const std::uint8_t number = draft.methods.add(token);
        if (number == Methods::kNone) {
            return std::unexpected(RouteError{RouteError::Kind::limit, "too many different methods",
                                              quote(token) + " does not fit into an Allow field"});
        }
        if (std::ranges::count(draft.numbers, number) != 0) {
            return bad_method(quote(token) + " is named twice");
        }
        draft.numbers.push_back(number);
        begin = end + 1;
    }
    return {};
}

Registry::Checked Registry::parse_host(const RouteSpec& spec, Draft& draft) {
    if (spec.host.empty()) {
        return {};
    }
    auto host = compile_host(spec.host);
    if (!host) {
        return malformed(spec, "malformed host", host.error());
    }
    draft.host = std::move(*host);
    return {};
}

Registry::Checked Registry::check_names(const RouteSpec& spec, Draft& draft) {
    for (const HostPattern::Label& label : draft.host.labels) {
        if (label.is_param) {
            draft.names.push_back(label.text);
        }
    }
    for (const Segment& segment : draft.pattern.segments) {
        if (segment.kind == SegmentKind::literal) {
            continue;
        }
        if (std::ranges::count(draft.names, segment.text) != 0) {
            return malformed(spec, "malformed route pattern",
                             {spec.pattern.find("{" + segment.text) + 1,
                              "a parameter of the host's has its name"});
        }
        draft.names.push_back(segment.text);
    }
    if (draft.names.size() > kParamsMax) {
        return malformed(spec, "malformed route pattern",
                         {0, "more than 16 parameters, the host's included"});
    }
    return {};
}

Registry::Checked Registry::compile_regexes(const RouteSpec& spec, Draft& draft) const {
    for (const Segment& segment : draft.pattern.segments) {
        if (segment.kind != SegmentKind::regex || regexes_.contains(segment.expression) ||
            draft.regexes.contains(segment.expression)) {
            continue;
        }
        auto regex = Regex::compile(segment.expression);
        if (!regex) {
            const PatternError error{segment.offset + regex.error().offset, regex.error().message};
            return malformed(spec, "malformed route pattern", error);
        }
        draft.regexes.emplace(segment.expression, std::make_unique<Regex>(std::move(*regex)));
    }
    return {};
}

const TreeNode* Registry::tree(const Draft& draft) const {
    if (draft.host.labels.empty()) {
        return &every_host_;
    }
    const auto found = std::ranges::find(hosts_, draft.host.shape(), &HostTree::shape);
    return found != hosts_.end() ? &found->root : nullptr;
}

Registry::Checked Registry::check_conflicts(const RouteSpec& spec, const Draft& draft) const {
    using Kind = RouteError::Kind;
    if (const NamedRoute* other = spec.name.empty() ? nullptr : named(spec.name)) {
        return std::unexpected(RouteError{
            Kind::conflict, "the route's name is already registered",
            "name " + quote(spec.name) + ": " + shown(spec) + " conflicts with " + other->shown});
    }
    const TreeNode* root = tree(draft);
    const TreeNode* node = root != nullptr ? root->find(draft.pattern) : nullptr;
    if (node == nullptr) {
        return {};
    }
    for (const std::uint8_t number : draft.numbers) {
        if (const TreeRoute* other = node->route(number)) {
            return std::unexpected(RouteError{Kind::conflict, "the route is already registered",
                                              std::string(draft.methods.name(number)) + ' ' +
                                                  shown(spec) + " conflicts with " + other->shown});
        }
    }
    return {};
}

void Registry::take(const RouteSpec& spec, Draft&& draft) {
    methods_ = std::move(draft.methods);
    regexes_.merge(draft.regexes);
    if (tree(draft) == nullptr) {
        hosts_.push_back({draft.host, draft.host.shape(), {}});
    }
    TreeNode& root = draft.host.labels.empty()
                         ? every_host_
                         : std::ranges::find(hosts_, draft.host.shape(), &HostTree::shape)->root;
    TreeNode& node = root.descend(draft.pattern, regexes_);
    for (const std::uint8_t number : draft.numbers) {
        node.routes.push_back({number, spec.value, draft.names, shown(spec)});
        all_methods_ |= number == Methods::kAny ? 0 : MethodMask{1} << number;
    }
    if (!spec.name.empty()) {
        names_.emplace(spec.name,
                       NamedRoute{std::move(draft.host), std::move(draft.pattern), shown(spec)});
    }
}

Registry::Checked Registry::add(const RouteSpec& spec) {
    Draft draft;
    draft.methods = methods_;
    if (auto parsed = parse_methods(spec, draft); !parsed) {
        return parsed;
    }
    auto pattern = compile_pattern(spec.pattern);
    if (!pattern) {
        return malformed(spec, "malformed route pattern", pattern.error());
    }
    draft.pattern = std::move(*pattern);
    if (auto parsed = parse_host(spec, draft); !parsed) {
        return parsed;
    }
    if (auto checked = check_names(spec, draft); !checked) {
        return checked;
    }
    if (auto compiled = compile_regexes(spec, draft); !compiled) {
        return compiled;
    }
    if (auto checked = check_conflicts(spec, draft); !checked) {
        return checked;
    }
    take(spec, std::move(draft));
    return {};
}

Registry::Checked Registry::check_prefix(std::string_view prefix, std::string_view host,
                                         std::string_view site) const {
    const RouteSpec spec{"*", host, prefix, site, {}, 0};
    Draft draft;
    if (!prefix.empty()) {
        auto pattern = compile_pattern(prefix);
        if (!pattern) {
            return malformed(spec, "malformed prefix", pattern.error());
        }
        draft.pattern = std::move(*pattern);
        if (draft.pattern.segments.back().kind == SegmentKind::path) {
            return malformed(
                spec, "malformed prefix",
                {prefix.rfind('/') + 1, "a path parameter takes the rest: no prefix can have one"});
        }
    }
    if (auto parsed = parse_host(spec, draft); !parsed) {
        return parsed;
    }
    if (auto checked = check_names(spec, draft); !checked) {
        return checked;
    }
    return compile_regexes(spec, draft);
}

const NamedRoute* Registry::named(std::string_view name) const {
    const auto found = names_.find(name);
    return found != names_.end() ? &found->second : nullptr;
}

void Registry::drop_trees() {
    every_host_ = {};
    hosts_.clear();
}

}  // namespace trivet::route
