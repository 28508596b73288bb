#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trivet::openapi {

inline constexpr std::size_t kServersMax = 100;
inline constexpr std::size_t kSchemasMax = 10'000;

// What a document says of the whole app.
struct Info {
    std::string title = "API";
    std::string version = "0.0.0";
    std::string description;
    std::vector<std::pair<std::string, std::string>> servers;  // URL and description
};

// A route, as its app describes it.
struct RouteSource {
    std::string_view methods;  // joined by commas, or *
    std::string_view pattern;
    std::string_view host;
    std::string_view name;
    std::string_view prefix;     // of its group; empty for none
    std::string_view operation;  // an operation object that operation_fault() has passed, or empty
};

struct SchemaSource {
    std::string_view name;
    std::string_view json;
};

struct Document {
    std::string json;
    // Routes that the document has no place for, one line each.
    std::vector<std::string> omitted;
};

// The OpenAPI 3.1 document of an app: its routes in their order, and under each path those whose
// method is one of OpenAPI's. Of two that differ in a constraint or a host alone, the first is
// described. Start-up only.
Document assemble(const Info& info, std::span<const RouteSource> routes,
                  std::span<const SchemaSource> schemas);

}  // namespace trivet::openapi
