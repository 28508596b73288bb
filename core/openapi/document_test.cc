#include "openapi/document.h"

#include <gtest/gtest.h>

#include <array>

#include "openapi/json_reader.h"

namespace trivet::openapi {
namespace {

// The names of an object's members.
std::vector<std::string> names_of(const JsonReader& read, JsonReader::Node node) {
    std::vector<std::string> names;
    for (const auto& member : read.members(node)) {
        names.push_back(member.name);
    }
    return names;
}

using Names = std::vector<std::string>;

TEST(Document, says_what_it_is_of) {
    const Document document =
        assemble({.title = "Shop",
                  .version = "1.2",
                  .description = "Sells.",
                  .servers = {{"https://a.example", ""}, {"/v1", "behind a proxy"}}},
                 {}, {});
    EXPECT_TRUE(document.json.starts_with(
        R"({"openapi":"3.1.0","info":{"title":"Shop","description":"Sells.","version":"1.2"},)"
        R"("servers":[{"url":"https://a.example"},{"url":"/v1","description":"behind a proxy"}],)"
        R"("paths":{},"components":{"schemas":{"Problem":)"))
        << document.json;
    EXPECT_TRUE(document.json.ends_with(R"("responses":{}}})")) << document.json;
}

TEST(Document, lists_paths_in_the_order_of_their_first_route) {
    const std::array<RouteSource, 4> routes{{
        {.methods = "POST", .pattern = "/b"},
        {.methods = "DELETE,GET", .pattern = "/a/{id:int}"},
        {.methods = "GET", .pattern = "/b"},
        {.methods = "*", .pattern = "/c"},
    }};
    const Document document = assemble({}, routes, {});
    const JsonReader read(document.json);
    ASSERT_EQ(read.fault(), "");
    const auto paths = read.find(0, "paths");
    EXPECT_EQ(names_of(read, paths), (Names{"/b", "/a/{id}", "/c"}));
    EXPECT_EQ(names_of(read, read.find(paths, "/b")), (Names{"get", "post"}));
    EXPECT_EQ(names_of(read, read.find(paths, "/a/{id}")), (Names{"get", "delete"}));
    EXPECT_EQ(names_of(read, read.find(paths, "/c")),
              (Names{"get", "post", "put", "patch", "delete"}));
    const auto get = read.find(read.find(paths, "/a/{id}"), "get");
    EXPECT_EQ(read.text(read.find(get, "operationId")), "get_a_id");
    EXPECT_TRUE(document.omitted.empty());
}

TEST(Document, puts_routes_of_one_shape_under_one_path) {
    const std::array<RouteSource, 5> routes{{
        {.methods = "GET", .pattern = "/p/{id:int}", .name = "one"},
        {.methods = "GET", .pattern = "/p/{u:uuid}"},
        {.methods = "PUT", .pattern = "/p/{name}"},
        {.methods = "GET", .pattern = "/p/{id:int}", .host = "a.example.com"},
        {.methods = "QUERY", .pattern = "/q"},
    }};
    const Document document = assemble({}, routes, {});
    const JsonReader read(document.json);
    const auto paths = read.find(0, "paths");
    EXPECT_EQ(names_of(read, paths), Names{"/p/{id}"});
    const auto item = read.find(paths, "/p/{id}");
    EXPECT_EQ(names_of(read, item), (Names{"get", "put"}));
    EXPECT_EQ(read.text(read.find(read.find(item, "get"), "operationId")), "one");
    const auto parameters = read.items(read.find(read.find(item, "put"), "parameters"));
    EXPECT_EQ(read.text(read.find(parameters.at(0), "name")), "id");
    ASSERT_EQ(document.omitted.size(), 3U);
    EXPECT_EQ(document.omitted[0],
              "GET /p/{u:uuid}: another route of this method and path is described");
    EXPECT_EQ(document.omitted[2], "QUERY /q: OpenAPI knows no such method");
}

TEST(Document, takes_tags_from_groups_and_servers_from_hosts) {
    const std::array<RouteSource, 3> routes{{
        {.methods = "GET", .pattern = "/api/users/{org}/x", .prefix = "/api/users/{org}"},
        {.methods = "GET", .pattern = "/{org}/y", .prefix = "/{org}"},
        {.methods = "GET", .pattern = "/z", .host = "{t}.example.com"},
    }};
    const Document document = assemble({}, routes, {});
    const JsonReader read(document.json);
    const auto paths = read.find(0, "paths");
    const auto get = [&](std::string_view path) {
        return read.find(read.find(paths, path), "get");
    };
    const auto tags = read.items(read.find(get("/api/users/{org}/x"), "tags"));
    ASSERT_EQ(tags.size(), 1U);
    EXPECT_EQ(read.text(tags[0]), "users");
    EXPECT_EQ(read.find(get("/{org}/y"), "tags"), 0U);
    const auto servers = read.items(read.find(get("/z"), "servers"));
    ASSERT_EQ(servers.size(), 1U);
    EXPECT_EQ(read.text(read.find(servers[0], "url")), "//{t}.example.com");
}

TEST(Document, sorts_components_and_has_the_answers_that_are_used) {
    const std::array<SchemaSource, 2> schemas{{{"Z", "true"}, {"A", R"({ "type" : "null" })"}}};
    const std::array<RouteSource, 1> routes{{{.methods = "GET", .pattern = "/"}}};
    const Document document = assemble({}, routes, schemas);
    const JsonReader read(document.json);
    const auto components = read.find(0, "components");
    EXPECT_EQ(names_of(read, read.find(components, "schemas")), (Names{"A", "Problem", "Z"}));
    EXPECT_EQ(names_of(read, read.find(components, "responses")),
              (Names{"BadRequest", "InternalServerError", "Other"}));
    EXPECT_NE(document.json.find(R"("A":{"type":"null"})"), std::string::npos);
}

}  // namespace
}  // namespace trivet::openapi
