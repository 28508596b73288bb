#include "find_program.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

class FindProgram : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-find-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        for (const char* sub : {"one", "two"}) fs::create_directory(folder_ / sub);
        write("two/run", 0755);
        write("one/text", 0644);
        fs::create_directory(folder_ / "one/folder");
        path_ = name + "/none:" + name + "/one:" + name + "/two";
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(const char* name, mode_t mode) {
        std::ofstream(folder_ / name) << "#!/bin/sh\n";
        ASSERT_EQ(::chmod((folder_ / name).c_str(), mode), 0);
    }
    std::string at(const char* name) { return (folder_ / name).string(); }

    fs::path folder_;
    std::string path_;
};

TEST_F(FindProgram, looks_through_the_folders_of_the_path) {
    EXPECT_EQ(why_not_executable("run", path_), 0);
    EXPECT_EQ(why_not_executable("text", path_), EACCES);
    EXPECT_EQ(why_not_executable("folder", path_), ENOENT);
    EXPECT_EQ(why_not_executable("missing", path_), ENOENT);
    EXPECT_EQ(why_not_executable("", path_), ENOENT);
    EXPECT_EQ(why_not_executable("run", ""), ENOENT);
}

TEST_F(FindProgram, takes_a_name_with_a_slash_as_it_is) {
    EXPECT_EQ(why_not_executable(at("two/run"), ""), 0);
    EXPECT_EQ(why_not_executable(at("one/text"), path_), EACCES);
    EXPECT_EQ(why_not_executable(at("one/folder"), path_), EISDIR);
    EXPECT_EQ(why_not_executable(at("two/missing"), path_), ENOENT);
    EXPECT_EQ(why_not_executable("two/run", path_), ENOENT);
}

TEST_F(FindProgram, takes_an_empty_folder_for_the_working_directory) {
    const fs::path before = fs::current_path();
    fs::current_path(folder_ / "two");
    EXPECT_EQ(why_not_executable("run", ""), 0);
    EXPECT_EQ(why_not_executable("run", "/nowhere:"), 0);
    EXPECT_EQ(why_not_executable("run", ":/nowhere"), 0);
    EXPECT_EQ(why_not_executable("run", "/nowhere"), ENOENT);
    fs::current_path(before);
}

}  // namespace
}  // namespace trivet::cli
