#include "inspect_app.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

class InspectAppTest : public FolderTest {
protected:
    std::expected<Json, std::string> inspected(const std::string& shell) const {
        return inspect_app({{"sh", "-c", shell}, folder_});
    }
};

TEST_F(InspectAppTest, reads_the_document) {
    const auto document = inspected("echo '{\"trivet\": \"1\"}' >&$TRIVET_INSPECT");
    ASSERT_TRUE(document) << document.error();
    EXPECT_EQ(document->string_at("trivet"), "1");
}

TEST_F(InspectAppTest, tells_what_is_no_app) {
    EXPECT_EQ(inspected("true").error(), "`sh -c true` has ended without serving an app");
    EXPECT_EQ(inspected("exit 3").error(), "`sh -c 'exit 3'` ended with exit code 3");
    EXPECT_TRUE(inspected("echo '{' >&3")
                    .error()
                    .ends_with("cannot be read: line 2: a name in quotes is missing"));
    EXPECT_TRUE(inspected("echo 1 >&3").error().ends_with("in a way that cannot be read"));
}

TEST_F(InspectAppTest, builds_what_must_be_built) {
    Project project{.root = folder_};
    EXPECT_EQ(build_project(project), "");
    project.build = {"sh", "-c", "touch built"};
    EXPECT_EQ(build_project(project), "");
    EXPECT_TRUE(std::filesystem::exists(folder_ / "built"));
    project.build = {"false"};
    EXPECT_EQ(build_project(project), "`false` ended with exit code 1");
    project.build = {"/bin/sh", "-c", "exit 4", "trivet"};
    EXPECT_EQ(build_project(project), "the build ended with exit code 4");
    project.build = {"no-such-compiler"};
    EXPECT_EQ(build_project(project),
              "there is no no-such-compiler in PATH: install it, or put it there");
}

}  // namespace
}  // namespace trivet::cli
