#include "watch_files.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

using Paths = std::vector<std::string>;

class WatchFilesTest : public ::testing::Test {
protected:
    WatchFilesTest() : root_(::testing::TempDir() + "trivet_watch_" + std::to_string(::getpid())) {
        fs::remove_all(root_);
        fs::create_directories(root_ / "src");
        write("src/old.py");
        write("app.py");
    }
    ~WatchFilesTest() override { fs::remove_all(root_); }
    void write(const std::string& path) const { std::ofstream(root_ / path) << "x\n"; }
    void open(const WatchRules& rules = {}) {
        auto opened = WatchFiles::open({root_}, rules);
        ASSERT_TRUE(opened.has_value()) << opened.error();
        files_.emplace(std::move(*opened));
    }
    // Events are there as soon as the call that causes them returns.
    Paths changed() { return files_->read(); }

    fs::path root_;
    std::optional<WatchFiles> files_;
};

TEST_F(WatchFilesTest, sees_what_is_written_made_and_removed) {
    open();
    EXPECT_EQ(files_->folder_count(), 2u);
    EXPECT_EQ(changed(), Paths{});
    write("app.py");
    write("src/new.py");
    write("src/new.py");
    fs::remove(root_ / "src/old.py");
    pollfd entry{files_->fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&entry, 1, 0), 1);
    EXPECT_EQ(changed(), (Paths{"app.py", "src/new.py", "src/old.py"}));
    EXPECT_EQ(changed(), Paths{});
}

TEST_F(WatchFilesTest, waits_until_a_file_is_closed) {
    open();
    std::ofstream file(root_ / "app.py");
    file << "half";
    file.flush();
    EXPECT_EQ(changed(), Paths{});
    file.close();
    EXPECT_EQ(changed(), Paths{"app.py"});
}

TEST_F(WatchFilesTest, sees_a_save_by_rename) {
    open();
    write(".app.py.swp");
    write("app.py~");
    EXPECT_EQ(changed(), Paths{}) << "what the editor writes beside it";
    fs::rename(root_ / ".app.py.swp", root_ / "app.py");
    EXPECT_EQ(changed(), Paths{"app.py"});
}

TEST_F(WatchFilesTest, ignores_what_the_app_writes) {
    fs::create_directories(root_ / "__pycache__");
    fs::create_directories(root_ / "environment");
    write("environment/pyvenv.cfg");
    open();
    write("app.log");
    write("data.db");
    write("__pycache__/app.py");
    write("environment/x.py");
    EXPECT_EQ(changed(), Paths{});
    EXPECT_EQ(files_->folder_count(), 2u);
}

TEST_F(WatchFilesTest, watches_folders_that_are_made_later) {
    open();
    fs::create_directories(root_ / "a/b");
    write("a/b/new.py");  // perhaps before anybody watches there
    EXPECT_EQ(changed(), Paths{"a/b/new.py"});
    write("a/b/next.py");
    EXPECT_EQ(changed(), Paths{"a/b/next.py"});
    EXPECT_EQ(files_->folder_count(), 4u);
}

TEST_F(WatchFilesTest, follows_folders_that_are_moved_and_removed) {
    open();
    fs::rename(root_ / "src", root_ / "lib");
    EXPECT_EQ(changed(), (Paths{"src/", "lib/old.py"}));
    write("lib/old.py");
    EXPECT_EQ(changed(), Paths{"lib/old.py"});
    fs::remove_all(root_ / "lib");
    EXPECT_EQ(changed(), Paths{"lib/old.py"});
    EXPECT_EQ(files_->folder_count(), 1u);
}

TEST_F(WatchFilesTest, sees_links_but_does_not_follow_them_to_folders) {
    open();
    fs::create_symlink("app.py", root_ / "link.py");
    fs::create_directory_symlink(root_ / "src", root_ / "again");
    EXPECT_EQ(changed(), Paths{"link.py"});
    EXPECT_EQ(files_->folder_count(), 2u);
}

TEST_F(WatchFilesTest, obeys_patterns) {
    open(WatchRules({"*.md"}, {"src"}));
    write("src/old.py");
    write("notes.md");
    EXPECT_EQ(changed(), Paths{"notes.md"});
}

TEST_F(WatchFilesTest, watches_no_more_folders_than_its_limit) {
    for (const char* name : {"a", "b", "c", "d"}) fs::create_directories(root_ / name);
    auto opened = WatchFiles::open({root_}, {}, 4);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->folder_count(), 4u);
    EXPECT_EQ(opened->problem(),
              "more than 4 folders: the rest is not watched; leave some out with --ignore");
}

TEST_F(WatchFilesTest, says_which_folder_is_not_there) {
    const auto opened = WatchFiles::open({root_ / "none"}, {});
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error(),
              "cannot watch " + (root_ / "none").string() + ": No such file or directory");
}

}  // namespace
}  // namespace trivet::cli
