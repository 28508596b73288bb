#include "app/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace trivet::app {
namespace {

namespace fs = std::filesystem;

class TextFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-text-file-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }
    std::string write(std::string_view name, std::string_view text) {
        const fs::path path = folder_ / name;
        std::ofstream(path) << text;
        return path.string();
    }

    fs::path folder_;
};

TEST_F(TextFile, gives_the_whole_text) {
    const std::string long_text(10'000, 'x');
    EXPECT_EQ(read_text_file(write("empty", ""), 10), "");
    EXPECT_EQ(read_text_file(write("short", "a\n\0b"), 10), "a\n");
    EXPECT_EQ(read_text_file(write("long", long_text), 10'000), long_text);
}

TEST_F(TextFile, reads_files_whose_size_is_not_known) {
    const auto text = read_text_file("/proc/self/cgroup", 1 << 20);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find(':'), std::string::npos);
}

TEST_F(TextFile, refuses_what_is_larger_than_asked_for) {
    EXPECT_EQ(read_text_file(write("large", std::string(10'001, 'x')), 10'000),
              std::unexpected(EFBIG));
}

TEST_F(TextFile, tells_a_missing_file) {
    EXPECT_EQ(read_text_file((folder_ / "none").string(), 10), std::unexpected(ENOENT));
}

TEST_F(TextFile, refuses_what_is_no_regular_file_without_waiting) {
    const std::string pipe = (folder_ / "pipe").string();
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_text_file(pipe, 10), std::unexpected(EINVAL));
    EXPECT_EQ(read_text_file(folder_.string(), 10), std::unexpected(EINVAL));
    EXPECT_EQ(read_text_file("/dev/zero", 10), std::unexpected(EINVAL));
}

}  // namespace
}  // namespace trivet::app
