#include "openapi/operation.h"

#include <gtest/gtest.h>

namespace trivet::openapi {
namespace {

class OperationTest : public testing::Test {
protected:
    std::string write(std::string_view pattern, std::string_view json,
                      std::string_view listed = {}) {
        const PathTemplate path = path_template(pattern);
        const PathTemplate item = path_template(listed.empty() ? pattern : listed);
        return write_operation({.json = json,
                                .path = path,
                                .item = item,
                                .tag = tag_,
                                .server = server_,
                                .operation_id = "made"},
                               ids_, used_);
    }

    std::string_view tag_;
    std::string_view server_;
    std::set<std::string> ids_;
    std::set<Answer> used_;
};

constexpr std::string_view kAlways =
    R"("500":{"$ref":"#/components/responses/InternalServerError"},)"
    R"("default":{"$ref":"#/components/responses/Other"}}})";

std::string problem(std::string_view status, std::string_view name) {
    return "\"" + std::string(status) + "\":{\"$ref\":\"#/components/responses/" +
           std::string(name) + "\"},";
}

TEST_F(OperationTest, is_made_of_the_path_alone) {
    EXPECT_EQ(write("/users/{id:int}", ""),
              R"({"operationId":"made","parameters":[{"name":"id","in":"path","required":true,)"
              R"("schema":{"type":"integer","format":"int64"}}],"responses":{)"
              R"("2XX":{"description":"Success"},)" +
                  problem("400", "BadRequest") + problem("404", "NotFound") +
                  problem("422", "UnprocessableContent") + std::string(kAlways));
    EXPECT_EQ(used_.size(), 5U);
}

TEST_F(OperationTest, keeps_what_the_program_says) {
    tag_ = "group";
    server_ = R"({"url":"//a"})";
    EXPECT_EQ(
        write("/x", R"({"responses":{"default":{"description":"d"},"201":{"description":"Made"},)"
                    R"("400":{"description":"mine"}},"requestBody":{"content":{}},"summary":"s",)"
                    R"("tags":["own"],"servers":[],"operationId":"own"})"),
        R"({"operationId":"own","requestBody":{"content":{}},"summary":"s","tags":["own"],)"
        R"("servers":[],"responses":{"201":{"description":"Made"},"400":{"description":"mine"},)" +
            problem("413", "ContentTooLarge") + problem("415", "UnsupportedMediaType") +
            problem("422", "UnprocessableContent") + problem("500", "InternalServerError") +
            R"("default":{"description":"d"}}})");
    EXPECT_EQ(write("/y", ""),
              R"({"operationId":"made","tags":["group"],"servers":[{"url":"//a"}],)"
              R"("responses":{"2XX":{"description":"Success"},)" +
                  problem("400", "BadRequest") + std::string(kAlways));
}

TEST_F(OperationTest, puts_path_parameters_first_and_in_order_under_the_items_names) {
    const std::string text =
        write("/{a}/{b:int}",
              R"({"parameters":[{"name":"q","in":"query","schema":{}},)"
              R"({"name":"b","in":"path","description":"d","schema":{"maximum":9}},)"
              R"({"name":"gone","in":"path","schema":{}},{"$ref":"#/components/parameters/P"}]})",
              "/{x}/{y}");
    EXPECT_NE(text.find(R"("parameters":[{"name":"x","in":"path","required":true,)"
                        R"("schema":{"type":"string","minLength":1}},)"
                        R"({"name":"y","in":"path","required":true,"description":"d",)"
                        R"("schema":{"maximum":9}},{"name":"q","in":"query","schema":{}},)"
                        R"({"$ref":"#/components/parameters/P"}],)"),
              std::string::npos)
        << text;
}

TEST_F(OperationTest, gives_each_id_once) {
    for (const char* id : {"\"made\"", "\"made2\"", "\"made3\""}) {
        EXPECT_TRUE(write("/", "").starts_with("{\"operationId\":" + std::string(id)));
    }
}

TEST_F(OperationTest, faults_are_named) {
    EXPECT_EQ(operation_fault("{}"), "");
    EXPECT_EQ(operation_fault("{"), "no JSON from byte 1 on");
    EXPECT_EQ(operation_fault("[]"), "no object");
    EXPECT_EQ(operation_fault(R"({"parameters":{}})"), "its parameters are no list of objects");
    EXPECT_EQ(operation_fault(R"({"parameters":[1]})"), "its parameters are no list of objects");
    EXPECT_EQ(operation_fault(R"({"responses":[]})"), "its responses is no object");
    EXPECT_EQ(operation_fault(R"({"requestBody":1})"), "its requestBody is no object");
    EXPECT_EQ(operation_fault(R"({"operationId":""})"), "its operationId is no text, or empty");
    EXPECT_EQ(operation_fault(std::string(kOperationBytesMax + 1, ' ')),
              "longer than 1048576 bytes");
    EXPECT_EQ(schema_fault("A.b_c-1", "true"), "");
    EXPECT_EQ(schema_fault("A", "{}"), "");
    EXPECT_EQ(schema_fault("A", "1"), "neither object nor boolean");
    EXPECT_EQ(schema_fault("A", "nope"), "no JSON from byte 1 on");
    EXPECT_EQ(schema_fault("A", std::string(kSchemaBytesMax + 1, ' ')),
              "longer than 1048576 bytes");
    EXPECT_NE(schema_fault("Problem", "{}"), "");
    for (const std::string& name : {std::string(), std::string("a b"), std::string(257, 'a')}) {
        EXPECT_NE(schema_fault(name, "{}"), "") << name;
    }
}

}  // namespace
}  // namespace trivet::openapi
