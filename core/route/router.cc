#include "route/router.h"

#include <cassert>

#include "route/frozen.h"
#include "route/host_table.h"
#include "route/registry.h"
#include "route/segment_text.h"
#include "route/url.h"
#include "route/walk.h"

namespace trivet::route {

struct Router::Table {
    Registry registry;
    FrozenRoutes routes{registry.methods()};
    std::uint32_t every_host = kNoNode;   // the root of the routes for every host
    std::uint32_t exact_hosts = kNoNode;  // the parent of the roots of those without parameters
    HostTable hosts;
    bool has_hosts = false;
    std::string allow_all;
    bool is_frozen = false;
};

namespace {

// Sets the parameters of a host that matches, and gives their number.
std::uint32_t capture_host(const HostPattern& pattern, const HostName& name, Match& out) noexcept {
    std::uint32_t count = 0;
    for (std::size_t index = 0; index < pattern.labels.size(); ++index) {
        if (pattern.labels[index].is_param) {
            MatchedParam& param = out.params[count++];
            param.value = name.raw_label(index);
            param.is_encoded = false;
            param.is_host = true;
        }
    }
    return count;
}

// Asks the trees of a host, the most special one first.
const FrozenRoutes::Route* visit_hosts(std::uint32_t exact, const HostTable& hosts,
                                       const HostName& name, Walk& walk, Match& out) noexcept {
    if (exact != kNoNode) {
        if (const FrozenRoutes::Route* route = walk.visit(exact, 0)) {
            return route;
        }
    }
    for (const HostTable::Candidate& candidate : hosts.candidates(name)) {
        if (candidate.matches(name)) {
            const std::uint32_t params = capture_host(candidate.host, name, out);
            if (const FrozenRoutes::Route* route = walk.visit(candidate.root, params)) {
                return route;
            }
        }
    }
    return nullptr;
}

}  // namespace

Router::Router() : table_(std::make_unique<Table>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

std::expected<void, RouteError> Router::add(const RouteSpec& spec) {
    assert(!table_->is_frozen);
    return table_->registry.add(spec);
}

std::expected<void, RouteError> Router::check_prefix(std::string_view prefix, std::string_view host,
                                                     std::string_view site) const {
    return table_->registry.check_prefix(prefix, host, site);
}

void Router::freeze() {
    Table& table = *table_;
    assert(!table.is_frozen);
    const Methods& methods = table.registry.methods();
    table.every_host = table.routes.add(table.registry.every_host());
    table.exact_hosts = table.routes.add({});
    for (const Registry::HostTree& tree : table.registry.hosts()) {
        const std::uint32_t root = table.routes.add(tree.root);
        if (tree.host.is_exact()) {
            table.routes.attach(root, table.exact_hosts, tree.shape);
        } else {
            table.hosts.add(tree.host, root);
        }
    }
    table.has_hosts = has_hosts();
    table.routes.link();
    table.hosts.link();
    const MethodMask all = methods.allowed(table.registry.all_methods());
    table.allow_all.resize(methods.join(all, nullptr));
    methods.join(all, table.allow_all.data());
    table.registry.drop_trees();
    table.is_frozen = true;
}

bool Router::is_frozen() const noexcept { return table_->is_frozen; }

bool Router::has_hosts() const noexcept {
    return table_->has_hosts || !table_->registry.hosts().empty();
}

bool Router::has_regexes() const noexcept { return table_->registry.has_regexes(); }

Outcome Router::match(std::string_view method, std::string_view host, std::string_view path,
                      Scratch& scratch, Match& out) const noexcept {
    return match(method, host, path, path.find('%') != std::string_view::npos, scratch, out);
}

Outcome Router::match(std::string_view method, std::string_view host, std::string_view path,
                      bool has_escapes, Scratch& scratch, Match& out) const noexcept {
    const Table& table = *table_;
    assert(table.is_frozen && scratch.is_ready());
    if (path.empty() || path.front() != '/') {
        return Outcome::not_found;
    }
    if (has_escapes && !has_valid_escapes(path)) {
        return Outcome::malformed;
    }
    const Methods& methods = table.registry.methods();
    Walk walk(table.routes, methods.find(method), path, has_escapes, *scratch.room_, out);
    const FrozenRoutes::Route* route = nullptr;
    HostName& name = scratch.room_->host;
    if (table.has_hosts && name.parse(host)) {
        const std::uint32_t exact = table.routes.literal(
            table.exact_hosts, name.text(), LiteralKey::of(name.text(), kHostBytesMax));
        route = visit_hosts(exact, table.hosts, name, walk, out);
    }
    if (route == nullptr) {
        route = walk.visit(table.every_host, 0);
    }
    if (route == nullptr) {
        return walk.refuse(methods);
    }
    out.value = route->value;
    out.param_count = walk.param_count();
    const std::string_view* names = table.routes.names(*route);
    for (std::uint32_t index = 0; index < out.param_count; ++index) {
        out.params[index].name = names[index];
    }
    return Outcome::found;
}

std::string_view Router::allow_all() const noexcept { return table_->allow_all; }

std::expected<std::size_t, UrlError> Router::url(std::string_view name,
                                                 std::span<const NamedText> params,
                                                 std::span<const NamedText> query,
                                                 std::span<char> room) const {
    return build_url(table_->registry, name, params, query, room);
}

std::expected<std::string, UrlError> Router::url(std::string_view name,
                                                 std::span<const NamedText> params,
                                                 std::span<const NamedText> query) const {
    const auto size = url(name, params, query, {});
    if (!size) {
        return std::unexpected(size.error());
    }
    std::string text(*size, '\0');
    if (auto written = url(name, params, query, text); !written) {
        return std::unexpected(std::move(written.error()));
    }
    return text;
}

}  // namespace trivet::route
