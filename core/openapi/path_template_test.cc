#include "openapi/path_template.h"

#include <gtest/gtest.h>

namespace trivet::openapi {
namespace {

TEST(PathTemplate, writes_parameters_without_their_constraints) {
    const PathTemplate path =
        path_template("/a/{id:int}/{u:uuid}/{c:regex([A-Z]{3})}/{t}/{rest:path}");
    EXPECT_EQ(path.text, "/a/{id}/{u}/{c}/{t}/{rest}");
    EXPECT_EQ(path.shape, "/a/{}/{}/{}/{}/{}");
    ASSERT_EQ(path.parameters.size(), 5U);
    EXPECT_EQ(path.parameters[0].name, "id");
    EXPECT_EQ(path.parameters[0].schema, R"({"type":"integer","format":"int64"})");
    EXPECT_EQ(path.parameters[1].schema, R"({"type":"string","format":"uuid"})");
    EXPECT_EQ(path.parameters[2].schema, R"({"type":"string","pattern":"^(?:[A-Z]{3})$"})");
    EXPECT_EQ(path.parameters[3].schema, R"({"type":"string","minLength":1})");
    EXPECT_EQ(path.parameters[4].schema, R"({"type":"string","minLength":1})");
}

TEST(PathTemplate, keeps_slashes_and_encodes_literals) {
    EXPECT_EQ(path_template("/").text, "/");
    EXPECT_EQ(path_template("/a/").text, "/a/");
    EXPECT_EQ(path_template("/ü").text, "/%C3%BC");
}

TEST(PathTemplate, leaves_out_expressions_that_mean_something_else_elsewhere) {
    for (const char* expression : {"(?i)a", "a++", "a?+", "(?>a)", R"(\Aa)", R"(\h+)", "(*UTF)a",
                                   "[[:alpha:]]", R"(\p{L})", "(?P<x>a)"}) {
        const std::string pattern = "/{c:regex(" + std::string(expression) + ")}";
        EXPECT_EQ(path_template(pattern).parameters[0].schema, R"({"type":"string","minLength":1})")
            << expression;
    }
    for (const char* expression : {R"(\d+\.\d+)", "(?:a|b)+", "(?=a)a", "(?!a)b", "v[0-9]+?"}) {
        const std::string pattern = "/{c:regex(" + std::string(expression) + ")}";
        EXPECT_NE(path_template(pattern).parameters[0].schema.find("\"pattern\""),
                  std::string::npos)
            << expression;
    }
}

TEST(PathTemplate, writes_hosts_as_servers) {
    EXPECT_EQ(server_of_host("API.example.com"), R"({"url":"//api.example.com"})");
    EXPECT_EQ(server_of_host("{tenant}.{region}.example.com"),
              R"({"url":"//{tenant}.{region}.example.com","variables":{)"
              R"("tenant":{"default":"tenant"},"region":{"default":"region"}}})");
}

}  // namespace
}  // namespace trivet::openapi
