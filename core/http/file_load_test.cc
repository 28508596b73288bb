#include "http/file_load.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace trivet::http {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;

class FileLoadTest : public ::testing::Test {
protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "load-XXXXXX").string();
        ASSERT_NE(::mkdtemp(made.data()), nullptr);
        root_ = made;
    }
    void TearDown() override {
        forget(found_);
        EXPECT_EQ(memory_.bytes_in_use(), 0u);
        fs::remove_all(root_);
    }
    void put(const std::string& name, std::string_view text, std::chrono::seconds age = 0s) {
        std::ofstream(root_ / name) << text;
        fs::last_write_time(root_ / name, base_time_ - age);
    }
    FoundFile& whole() { return found_[kIdentityFile]; }
    FoundFile& of(FileCoding coding) { return found_[static_cast<std::size_t>(coding)]; }
    bool find(const std::string& path, bool may_wait = true) {
        forget(found_);
        const std::string root = root_.string();
        query_.place = {.directory = root.c_str(), .path = path.c_str()};
        query_.wanted = wanted_;
        return find_files(opener_, memory_, query_, may_wait, found_);
    }

    fs::path root_;
    fs::file_time_type base_time_ = fs::file_time_type::clock::now();
    Memory memory_;
    io::BeneathOpener opener_;
    FoundFiles found_;
    FileQuery query_;
    std::vector<std::uint8_t> wanted_{3};
};

TEST_F(FileLoadTest, reads_a_file) {
    put("a", "hello");
    ASSERT_TRUE(find("a"));
    EXPECT_EQ(whole().error, 0);
    EXPECT_EQ(whole().stamp.size, 5u);
    ASSERT_NE(whole().body, nullptr);
    EXPECT_EQ(whole().body->view(), "hello");
    EXPECT_EQ(of(FileCoding::gzip).error, ENOENT);
}

TEST_F(FileLoadTest, an_empty_file_is_one) {
    put("a", "");
    ASSERT_TRUE(find("a"));
    EXPECT_EQ(whole().error, 0);
    EXPECT_EQ(whole().body->view(), "");
}

TEST_F(FileLoadTest, a_large_file_is_kept_open_instead) {
    put("a", std::string(kKeptFileBytesMax + 1, 'x'));
    ASSERT_TRUE(find("a"));
    ASSERT_NE(whole().body, nullptr);
    EXPECT_FALSE(whole().body->is_in_memory());
    EXPECT_EQ(whole().body->size(), kKeptFileBytesMax + 1);
}

TEST_F(FileLoadTest, tells_what_is_no_file) {
    fs::create_directory(root_ / "folder");
    ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
    ASSERT_TRUE(find("folder"));
    EXPECT_TRUE(whole().is_directory);
    EXPECT_EQ(whole().body, nullptr);
    ASSERT_TRUE(find("pipe"));
    EXPECT_EQ(whole().error, ENOENT);
    ASSERT_TRUE(find("none"));
    EXPECT_EQ(whole().error, ENOENT);
}

TEST_F(FileLoadTest, finds_variants_and_reads_the_first_that_is_wanted_and_there) {
    put("a", "plain");
    put("a.gz", "packed");
    put("a.br", "tight");
    query_.has_variants = true;
    wanted_ = {1, 2, 3};
    ASSERT_TRUE(find("a"));
    EXPECT_EQ(of(FileCoding::br).error, 0);
    EXPECT_EQ(of(FileCoding::zstd).error, ENOENT);
    EXPECT_EQ(of(FileCoding::br).body, nullptr);
    EXPECT_EQ(whole().body, nullptr);
    ASSERT_NE(of(FileCoding::gzip).body, nullptr);
    EXPECT_EQ(of(FileCoding::gzip).body->view(), "packed");
}

TEST_F(FileLoadTest, a_variant_older_than_the_file_is_none) {
    put("a", "plain");
    put("a.gz", "packed", 10s);
    put("a.zst", "packed");
    fs::create_directory(root_ / "a.br");
    query_.has_variants = true;
    ASSERT_TRUE(find("a"));
    EXPECT_EQ(of(FileCoding::gzip).error, ENOENT);
    EXPECT_EQ(of(FileCoding::br).error, ENOENT);
    EXPECT_EQ(of(FileCoding::zstd).error, 0);
}

TEST_F(FileLoadTest, does_not_read_again_what_is_as_it_was) {
    put("a", "hello");
    ASSERT_TRUE(find("a"));
    query_.known_stamps[kIdentityFile] = whole().stamp;
    query_.has_body[kIdentityFile] = true;
    ASSERT_TRUE(find("a"));
    EXPECT_TRUE(whole().is_known);
    EXPECT_EQ(whole().body, nullptr);
    put("a", "other");
    ASSERT_TRUE(find("a"));
    EXPECT_FALSE(whole().is_known);
    EXPECT_EQ(whole().body->view(), "other");
}

TEST_F(FileLoadTest, without_waiting_it_reads_what_is_in_memory_and_small) {
    put("a", "hello");
    put("b", std::string(kReadOnLoopBytesMax + 1, 'x'));
    ASSERT_TRUE(find("a"));
    if (find("a", false)) {  // where the kernel can tell
        EXPECT_EQ(whole().body->view(), "hello");
    }
    ASSERT_TRUE(find("b"));
    EXPECT_FALSE(find("b", false));
}

TEST_F(FileLoadTest, a_path_that_is_too_long_is_none) {
    query_.has_variants = true;
    ASSERT_TRUE(find(std::string(4096, 'a')));
    EXPECT_EQ(whole().error, ENAMETOOLONG);
}

TEST_F(FileLoadTest, fails_without_memory) {
    put("a", "hello");
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    ASSERT_TRUE(find("a"));
    EXPECT_EQ(whole().error, ENOMEM);
    EXPECT_EQ(whole().body, nullptr);
}

}  // namespace
}  // namespace trivet::http
