#include "app/documentation.h"

#include <array>
#include <utility>

#include "app/app.h"
#include "app/loop_directory.h"
#include "app/worker.h"
#include "openapi/operation.h"

namespace trivet::app {
namespace {

Error malformed(std::string_view what, std::string detail) {
    return {Status::argument, "invalid " + std::string(what), std::move(detail)};
}

struct Found {
    http::Server* server = nullptr;
    http::Exchange* exchange = nullptr;
};

// On the loop's own thread, where handlers run.
Found find(RequestHandle request) noexcept {
    HandleParts parts{};
    bool is_owner = false;
    Worker* worker = split_handle(request, parts) ? find_worker(parts.loop, is_owner) : nullptr;
    if (worker == nullptr) {
        return {};
    }
    return {&worker->server(), worker->server().find(parts.slot, parts.generation)};
}

std::string_view field_of(const http::Exchange& exchange, std::string_view name) noexcept {
    const http1::HeaderView* field = exchange.find_header(name);
    return field != nullptr ? std::string_view(field->value) : std::string_view();
}

}  // namespace

std::expected<void, Error> Documentation::serve(openapi::Info info, openapi::Paths paths,
                                                std::vector<openapi::Asset> assets) {
    if (std::string fault = openapi::paths_fault(paths); !fault.empty()) {
        return std::unexpected(malformed("paths", std::move(fault)));
    }
    if (info.servers.size() > openapi::kServersMax) {
        return std::unexpected(Error{Status::limit, "too many servers",
                                     "at most " + std::to_string(openapi::kServersMax)});
    }
    info_ = std::move(info);
    paths_ = std::move(paths);
    assets_ = std::move(assets);
    is_served_ = true;
    return {};
}

std::expected<void, Error> Documentation::set_operation(std::uint32_t route,
                                                        std::string_view json) {
    std::string fault = json.empty() ? std::string() : openapi::operation_fault(json);
    if (!fault.empty()) {
        return std::unexpected(malformed("operation", std::move(fault)));
    }
    operations_.insert_or_assign(route, std::string(json));
    return {};
}

std::expected<void, Error> Documentation::add_schema(std::string_view name, std::string_view json) {
    if (std::string fault = openapi::schema_fault(name, json); !fault.empty()) {
        return std::unexpected(malformed("schema", std::move(fault)));
    }
    const auto known = schemas_.find(name);
    if (known != schemas_.end()) {
        return known->second == json
                   ? std::expected<void, Error>()
                   : std::unexpected(
                         Error{Status::conflict, "two schemas of one name", std::string(name)});
    }
    if (schemas_.size() == openapi::kSchemasMax) {
        return std::unexpected(Error{Status::limit, "too many schemas",
                                     "at most " + std::to_string(openapi::kSchemasMax)});
    }
    schemas_.emplace(name, json);
    return {};
}

void Documentation::assemble(const std::deque<RouteDescription>& routes, std::size_t count) {
    std::vector<openapi::RouteSource> sources;
    for (std::uint32_t value = 1; value <= count; ++value) {
        const RouteDescription& route = routes[value];
        const auto operation = operations_.find(value);
        const bool is_told = operation != operations_.end();
        if (is_told && operation->second.empty()) {
            continue;
        }
        sources.push_back({.methods = route.methods,
                           .pattern = route.pattern,
                           .host = route.host,
                           .name = route.name,
                           .prefix = route.group != nullptr ? std::string_view(route.group->prefix)
                                                            : std::string_view(),
                           .operation = is_told ? std::string_view(operation->second) : ""});
    }
    std::vector<openapi::SchemaSource> schemas;
    schemas.reserve(schemas_.size());
    for (const auto& [name, json] : schemas_) {
        schemas.push_back({name, json});
    }
    document_ = openapi::assemble(info_, sources, schemas);
    operations_.clear();
    schemas_.clear();
}

std::vector<Documentation::Route> Documentation::routes() {
    std::vector<Route> routes;
    if (!is_served_) {
        return routes;
    }
    for (auto& resource : openapi::resources(info_, paths_, document_.json, assets_)) {
        served_.push_back({this, std::move(resource)});
        routes.push_back({served_.back().resource.path, answer, &served_.back()});
    }
    return routes;
}

void Documentation::answer(RequestHandle request, const http::RequestView*, void* user_data) {
    const Found found = find(request);
    if (found.exchange == nullptr) {
        return;
    }
    const auto& [documentation, resource] = *static_cast<const Served*>(user_data);
    std::array<http1::HeaderView, 7> room;
    std::size_t count = 0;
    room[count++] = {"Content-Type", resource.type};
    room[count++] = {"ETag", std::string_view(resource.tag)};
    room[count++] = {"Cache-Control", resource.cache_control};
    room[count++] = {"X-Content-Type-Options", "nosniff"};
    if (!resource.policy.empty()) {
        room[count++] = {"Content-Security-Policy", std::string_view(resource.policy)};
    }
    std::string_view content = resource.body;
    if (resource.asset != nullptr) {
        room[count++] = {"Vary", "Accept-Encoding"};
        if (openapi::accepts_brotli(field_of(*found.exchange, "Accept-Encoding"))) {
            room[count++] = {"Content-Encoding", "br"};
            content = resource.asset->packed;
        } else {
            content = documentation->unpacked_.content(*resource.asset);
        }
    }
    if (content.empty()) {
        found.server->reply_problem(*found.exchange, 503, "out of memory");
        return;
    }
    http::Reply reply{.fields = std::span(room.data(), count)};
    if (openapi::names_tag(field_of(*found.exchange, "If-None-Match"), resource.tag)) {
        reply.status = 304;
        found.server->reply(*found.exchange, reply);
        return;
    }
    // What is sent stays where it is: it is not copied.
    bool is_full = false;
    if (found.server->begin(*found.exchange, reply, content.size()) == Status::ok &&
        found.server->write(*found.exchange, http::LentBytes{content}, is_full) == Status::ok) {
        found.server->finish(*found.exchange);
    }
}

}  // namespace trivet::app
