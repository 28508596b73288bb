#include "test_runner.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

using Words = std::vector<std::string>;

class TestRunnerTest : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        ::unsetenv("VIRTUAL_ENV");
        ::unsetenv("TRIVET_PYTHON");
    }
    Words command(Language language, const std::string& entry, const Words& arguments = {}) const {
        Project project;
        project.language = language;
        project.root = folder_;
        project.entry = entry;
        return test_command(project, arguments);
    }
};

TEST_F(TestRunnerTest, is_pytest_of_the_projects_python) {
    EXPECT_EQ(command(Language::python, "app.py", {"-k", "orders"}),
              (Words{"python3", "-m", "pytest", "-k", "orders"}));
    ::setenv("TRIVET_PYTHON", "/opt/python", 1);
    EXPECT_EQ(command(Language::python, "app.py")[0], "/opt/python");
}

TEST_F(TestRunnerTest, is_node_with_all_tests_there_are) {
    for (const char* file : {"test/b.test.ts", "a.test.js", "test/helper.ts", "dist/a.test.js",
                             "node_modules/x/x.test.js", ".cache/c.test.js"}) {
        write(file);
    }
    EXPECT_EQ(find_node_tests(folder_), (Words{"a.test.js", "test/b.test.ts"}));
    EXPECT_EQ(command(Language::node, "app.js", {"--test-only"}),
              (Words{"node", "--import", "trivet/typescript", "--test", "--test-only", "a.test.js",
                     "test/b.test.ts"}));
    EXPECT_EQ(command(Language::node, "app.js", {"a.test.js"}),
              (Words{"node", "--test", "a.test.js"}));
    EXPECT_EQ(command(Language::node, "app.ts", {"a.test.js"})[1], "--import");
}

TEST_F(TestRunnerTest, leaves_it_to_node_where_none_are_named_so) {
    EXPECT_EQ(command(Language::node, "app.js"), (Words{"node", "--test"}));
}

TEST_F(TestRunnerTest, is_go_test_of_all_packages_or_those_that_are_named) {
    EXPECT_EQ(command(Language::go, ".", {"-run", "TestOrders"}),
              (Words{"go", "test", "./...", "-run", "TestOrders"}));
    EXPECT_EQ(command(Language::go, ".", {"./shop", "-v"}), (Words{"go", "test", "./shop", "-v"}));
    EXPECT_EQ(command(Language::go, ".", {"shop/..."}), (Words{"go", "test", "shop/..."}));
}

TEST_F(TestRunnerTest, is_ctest_of_what_cmake_builds) {
    const Words words = command(Language::c, "shop", {"-R", "orders"});
    ASSERT_EQ(words.size(), 7u);
    EXPECT_EQ(words[0], "/bin/sh");
    EXPECT_NE(words[2].find("exec ctest --test-dir build/test"), std::string::npos);
    EXPECT_EQ(words[5], "-R");
    EXPECT_EQ(words[6], "orders");
}

}  // namespace
}  // namespace trivet::cli
