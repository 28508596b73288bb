#include "app/documentation.h"

#include <gtest/gtest.h>

#include "app/worker_harness_test.h"

namespace trivet::app {
namespace {

void nothing(RequestHandle, const http::RequestView*, void*) {}

std::int32_t stop(RequestHandle, const http::RequestView*, void*) { return kHookContinue + 1; }

void add(App& app, std::string_view methods, std::string_view pattern) {
    ASSERT_TRUE(app.add_route({.methods = methods, .pattern = pattern}, {.handler = nothing}));
}

TEST(Documentation, is_made_without_being_served) {
    App app;
    add(app, "GET", "/a");
    add(app, "GET", "/hidden");
    ASSERT_TRUE(app.set_operation(0, R"({"summary":"one"})"));
    ASSERT_TRUE(app.set_operation(1, ""));
    ASSERT_TRUE(app.add_schema("S", "true"));
    const std::string_view document = app.document();
    EXPECT_NE(document.find(R"("/a":{"get":{"operationId":"get_a","summary":"one")"),
              std::string_view::npos)
        << document;
    EXPECT_EQ(document.find("hidden"), std::string_view::npos);
    EXPECT_NE(document.find(R"("S":true)"), std::string_view::npos);
    EXPECT_EQ(app.document().data(), document.data());
    EXPECT_EQ(app.route_count(), 2U);
}

TEST(Documentation, refuses_what_is_malformed_and_what_comes_too_late) {
    App app;
    add(app, "GET", "/a");
    EXPECT_EQ(app.set_operation(1, "{}").error().status, Status::not_found);
    EXPECT_EQ(app.set_operation(0, "[]").error().detail, "no object");
    EXPECT_EQ(app.add_schema("a b", "{}").error().status, Status::argument);
    ASSERT_TRUE(app.add_schema("A", "{}"));
    EXPECT_TRUE(app.add_schema("A", "{}"));
    EXPECT_EQ(app.add_schema("A", "true").error().status, Status::conflict);
    EXPECT_EQ(app.serve_documentation({}, {.docs = "docs"}, {}).error().status, Status::argument);
    const openapi::Info crowded{.servers = {openapi::kServersMax + 1, {"/", ""}}};
    EXPECT_EQ(app.serve_documentation(crowded, {}, {}).error().status, Status::limit);
    app.freeze();
    EXPECT_EQ(app.set_operation(0, "{}").error().status, Status::state);
    EXPECT_EQ(app.add_schema("B", "{}").error().status, Status::state);
    EXPECT_EQ(app.serve_documentation({}, {}, {}).error().status, Status::state);
}

TEST(Documentation, has_a_bound_on_schemas) {
    App app;
    for (std::size_t number = 0; number < openapi::kSchemasMax; ++number) {
        ASSERT_TRUE(app.add_schema("S" + std::to_string(number), "{}"));
    }
    EXPECT_EQ(app.add_schema("T", "{}").error().status, Status::limit);
}

class DocumentationTest : public WorkerTest {
protected:
    void serve(openapi::Paths paths = {}) {
        ASSERT_TRUE(app_.get().serve_documentation({}, std::move(paths), openapi::packed_assets()));
    }
    // The answer to one request.
    std::string ask(const std::string& request) {
        const auto client = connect();
        client->send(request);
        EXPECT_TRUE(gets(*client)) << client->cause();
        return client->received();
    }
    static std::string asset_path() {
        return "/docs/" + std::string(openapi::packed_assets().front().name);
    }
};

TEST_P(DocumentationTest, is_served_without_hooks_behind_the_routes_of_the_program) {
    ASSERT_EQ(app_.get().add_before(nullptr, {stop, nullptr, nullptr}), Status::ok);
    app_.route("/reference", [](RequestHandle, const http::RequestView&) {});
    serve();
    start();
    EXPECT_EQ(app_.get().route_count(), 4U);
    const std::string answer = ask(get("/openapi.json"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_NE(answer.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with(app_.get().document()));
    const auto client = connect();
    client->send(get("/reference"));
    turn();
    EXPECT_EQ(client->responses(), 0U);  // the program's hook has stopped it
}

TEST_P(DocumentationTest, sends_files_packed_or_decoded) {
    serve();
    start();
    const openapi::Asset asset = openapi::packed_assets().front();
    const std::string packed = ask(get(asset_path(), "Accept-Encoding: gzip, br\r\n"));
    EXPECT_NE(packed.find("Content-Encoding: br\r\n"), std::string::npos);
    EXPECT_NE(packed.find("Vary: Accept-Encoding\r\n"), std::string::npos);
    EXPECT_TRUE(packed.ends_with(asset.packed));
    const std::string plain = ask(get(asset_path()));
    EXPECT_EQ(plain.find("Content-Encoding"), std::string::npos);
    EXPECT_EQ(plain.size() - plain.find("\r\n\r\n") - 4, asset.bytes);
    EXPECT_NE(plain.find(".swagger-ui"), std::string::npos);
}

TEST_P(DocumentationTest, is_not_sent_again_to_who_has_it) {
    serve();
    start();
    const std::string answer = ask(get("/docs"));
    const std::size_t tag = answer.find("ETag: ") + 6;
    const std::string known = "If-None-Match: " + answer.substr(tag, 18) + "\r\n";
    const std::string again = ask(get("/docs", known));
    EXPECT_TRUE(again.starts_with("HTTP/1.1 304 ")) << again;
    EXPECT_TRUE(again.ends_with("\r\n\r\n")) << again;
    const auto client = connect();
    client->send("HEAD /docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(ends(*client));
    EXPECT_TRUE(client->received().ends_with("\r\n\r\n")) << client->received();
}

TEST_P(DocumentationTest, is_nowhere_unless_it_is_to_be) {
    start();
    EXPECT_TRUE(ask(get("/openapi.json")).starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(ask(get("/docs")).starts_with("HTTP/1.1 404 "));
}

TRIVET_FOR_EACH_ENGINE(DocumentationTest);

}  // namespace
}  // namespace trivet::app
