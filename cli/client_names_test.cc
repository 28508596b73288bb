#include "client_names.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

TEST(ClientNames, words_are_written_as_each_language_does) {
    EXPECT_EQ(pascal_name("get_task-byId"), "GetTaskById");
    EXPECT_EQ(camel_name("GetTask"), "getTask");
    EXPECT_EQ(camel_name("get /api/tasks/{task_id}"), "getApiTasksTaskId");
    EXPECT_EQ(snake_name("HTTPServerV2"), "http_server_v2");
    EXPECT_EQ(go_name("task_id"), "TaskID");
    EXPECT_EQ(go_name("apiUrl"), "APIURL");
    EXPECT_EQ(pascal_name("HTTPValidationError"), "HTTPValidationError");
}

TEST(ClientNames, there_is_always_a_name) {
    EXPECT_EQ(pascal_name(""), "Value");
    EXPECT_EQ(snake_name("木\"); drop"), "drop");
    EXPECT_EQ(pascal_name("木"), "Value");
    EXPECT_EQ(snake_name("2nd"), "n2nd");
    EXPECT_EQ(pascal_name(std::string(1000, 'x')).size(), 56u);
    EXPECT_TRUE(is_identifier(pascal_name("*/ }\n`${x}` \"\"\""), false));
}

TEST(ClientNames, no_two_names_of_a_scope_are_alike) {
    constexpr std::string_view kKnown[] = {"Error", "Error2"};
    NameScope scope(kKnown, "Model");
    EXPECT_EQ(scope.take("Error"), "ErrorModel");
    EXPECT_EQ(scope.take("Error"), "ErrorModel2");
    EXPECT_EQ(scope.take("Task"), "Task");
    EXPECT_EQ(scope.take("Task2"), "Task2");
    EXPECT_EQ(scope.take("Task"), "Task3");
    EXPECT_EQ(scope.take("Task3"), "Task32");
}

TEST(ClientNames, identifiers_are_told_from_other_text) {
    EXPECT_TRUE(is_identifier("_a1", false));
    EXPECT_TRUE(is_identifier("$a", true));
    for (const char* text : {"", "1a", "$a", "a-b", "a b", "ü", "a\n"}) {
        EXPECT_FALSE(is_identifier(text, false)) << text;
    }
}

}  // namespace
}  // namespace trivet::cli
