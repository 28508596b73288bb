#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/error.h"
#include "app/hooks.h"
#include "openapi/document.h"
#include "openapi/pages.h"

namespace trivet::app {

struct RouteDescription;

// What an app says of itself as an OpenAPI document, and how it is served. Owned by its app: built
// on one thread until that is frozen, read-only from then on, but for what is decoded when the
// first client asks for it.
class Documentation {
public:
    // A path that is served, and what answers there.
    struct Route {
        std::string_view path;
        Handler handler;
        void* user_data;
    };

    // Has document and pages served.
    std::expected<void, Error> serve(openapi::Info info, openapi::Paths paths,
                                     std::vector<openapi::Asset> assets);
    // Empty: the route is not described.
    std::expected<void, Error> set_operation(std::uint32_t route, std::string_view json);
    std::expected<void, Error> add_schema(std::string_view name, std::string_view json);

    bool is_served() const noexcept { return is_served_; }
    bool is_assembled() const noexcept { return !document_.json.empty(); }
    // Makes the document of the first `count` routes from number 1 on.
    void assemble(const std::deque<RouteDescription>& routes, std::size_t count);
    const std::string& document() const noexcept { return document_.json; }
    std::span<const std::string> omitted() const noexcept { return document_.omitted; }
    // Once the document is made; none unless serve() was called.
    std::vector<Route> routes();

private:
    struct Served {
        Documentation* documentation;
        openapi::Resource resource;
    };

    static void answer(RequestHandle request, const http::RequestView* view, void* user_data);

    bool is_served_ = false;
    openapi::Info info_;
    openapi::Paths paths_;
    std::vector<openapi::Asset> assets_;
    std::map<std::uint32_t, std::string> operations_;  // by route; empty: not described
    std::map<std::string, std::string, std::less<>> schemas_;
    openapi::Document document_;
    std::deque<Served> served_;
    openapi::Unpacked unpacked_;
};

}  // namespace trivet::app
