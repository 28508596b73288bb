#include <gtest/gtest.h>

#include "client_code.h"

namespace trivet::cli {
namespace {

std::string with_operation(const std::string& operation, const std::string& path = "/a") {
    return R"({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {")" + path +
           R"(": {"get": )" + operation + "}}}";
}

std::string fault_of(const std::string& document) {
    const auto source = client_source("go", document, {"Client", "client"});
    return source ? "" : source.error();
}

TEST(ClientSource, wants_an_openapi_document) {
    EXPECT_EQ(fault_of("{"), "line 1: a name in quotes is missing");
    EXPECT_EQ(fault_of("{}"), "#: this is no OpenAPI document: it has no member 'openapi'");
    EXPECT_EQ(fault_of(R"({"openapi": "3.0.3"})"), "#: this is OpenAPI 3.0.3, and 3.1 is needed");
    EXPECT_EQ(fault_of("[]"), "#: this is no OpenAPI document: it has no member 'openapi'");
    EXPECT_EQ(fault_of(std::string((16U << 20) + 1, ' ')), "the document is longer than 16 MiB");
    std::string deep = R"({"openapi": "3.1.0", "x": )";
    for (int level = 0; level < 100; ++level) deep += "[";
    EXPECT_EQ(fault_of(deep), "line 1: nested too deeply");
}

TEST(ClientSource, says_what_it_does_not_support) {
    const auto parameter = [](const std::string& members) {
        return with_operation(R"({"parameters": [{"name": "p", )" + members + "}]}");
    };
    const std::string place = "#/paths/~1a/get/parameters/0: ";
    EXPECT_EQ(fault_of(parameter(R"("in": "query", "style": "deepObject")")),
              place + "the style 'deepObject' of a parameter is not supported");
    EXPECT_EQ(fault_of(parameter(R"("in": "query", "content": {})")),
              place + "a parameter with 'content' in place of 'schema' is not supported");
    EXPECT_EQ(
        fault_of(parameter(R"("in": "query", "schema": {"type": "object"})")),
        place + "a parameter that is no text, number, boolean or list of these is not supported");
    EXPECT_EQ(fault_of(parameter(R"("in": "body")")),
              place + "a parameter is in path, query, header or cookie, not in 'body'");
    EXPECT_EQ(fault_of(parameter(R"("in": "path")")), "#/paths/~1a/get: the path has no {p}");
    EXPECT_EQ(fault_of(with_operation("{}", "/{x}")),
              "#/paths/~1{x}/get: the path has {x}, but there is no such parameter");
    EXPECT_EQ(fault_of(with_operation("{}", "/{x")), "#/paths/~1{x: a { of the path has no }");
    EXPECT_EQ(fault_of(with_operation("{}", "a")), "#/paths/a: a path begins with /");
    EXPECT_EQ(
        fault_of(with_operation(R"({"requestBody": {"content": {"multipart/form-data": {}}}})")),
        "#/paths/~1a/get/requestBody: a form that is no object with properties is not supported");
    EXPECT_EQ(fault_of(with_operation(R"({"requestBody": {"content": {"a b": {}}}})")),
              "#/paths/~1a/get/requestBody/content/a b: 'a b' is no media type");
}

TEST(ClientSource, is_the_same_each_time) {
    const std::string document =
        with_operation(R"({"responses": {"200": {"content": {"text/plain": {}}}}})");
    for (const ClientLanguage& language : client_languages()) {
        const auto source = client_source(language.name, document, {"Client", "client"});
        ASSERT_TRUE(source) << source.error();
        EXPECT_EQ(*source, *client_source(language.name, document, {"Client", "client"}));
        EXPECT_NE(source->find("enerated by trivet client"), std::string::npos);
    }
}

TEST(ClientSource, reads_events_where_there_is_no_json) {
    const std::string events = R"("text/event-stream": {"schema": {"type": "string"}})";
    const std::string json = R"("application/json": {"schema": {"type": "integer"}})";
    const auto accepted = [](const std::string& responses) {
        const auto source = client_source(
            "go", with_operation(R"({"responses": )" + responses + "}"), {"Client", "client"});
        const std::size_t at = source->find("newCall(\"GET\", \"") + 16;
        return source->substr(at, source->find(',', at) - at);
    };
    EXPECT_EQ(accepted(R"({"200": {"content": {)" + events + "}}}"), "text/event-stream");
    EXPECT_EQ(accepted(R"({"200": {"content": {)" + events + "," + json + "}}}"),
              "application/json");
    EXPECT_EQ(accepted(R"({"200": {"content": {)" + events + R"(}}, "201": {"content": {)" + json +
                       "}}}"),
              "application/json");
    EXPECT_EQ(accepted(R"({"200": {"content": {"text/plain": {}, )" + events + "}}}"),
              "text/event-stream");
}

TEST(ClientSource, takes_names_that_are_some) {
    const std::string document = with_operation("{}");
    const auto fault = [&](const char* language, const CodeNames& names) {
        const auto source = client_source(language, document, names);
        return source ? std::string() : source.error();
    };
    EXPECT_EQ(fault("python", {"ShopClient", "client"}), "");
    EXPECT_EQ(fault("go", {"ShopClient", "shop2"}), "");
    for (const char* name : {"", "shop", "Shop Client", "A_B", "1A", "Grün", "A;"}) {
        EXPECT_NE(fault("python", {name, "client"}), "") << name;
    }
    for (const char* package : {"", "Shop", "a-b", "func", "a/b", "1a"}) {
        EXPECT_NE(fault("go", {"Client", package}), "") << package;
    }
    EXPECT_EQ(fault("typescript", {"ProblemError", "client"}),
              "the client has something else called ProblemError");
    EXPECT_EQ(fault("rust", {"Client", "client"}), "there is no such language");
}

TEST(ClientSource, go_names_a_member_it_cannot_write) {
    const std::string document =
        R"({"openapi": "3.1.0", "components": {"schemas": {"A": {"properties": {"a\"b": {}}}}}})";
    EXPECT_EQ(fault_of(document),
              "#/components/schemas/A: Go has no way to write the member 'a\"b'");
}

}  // namespace
}  // namespace trivet::cli
