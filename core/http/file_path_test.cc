#include "http/file_path.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace trivet::http {
namespace {

std::string read(std::string_view raw, bool has_dot_files = false) {
    std::array<char, kFilePathBytesMax> room{};
    const auto path = read_file_path(raw, has_dot_files, room);
    return !path ? "refused" : std::string(path->text) + (path->is_directory ? "/" : "");
}

TEST(FilePathTest, reads_names) {
    EXPECT_EQ(read("a"), "a");
    EXPECT_EQ(read("a/b.txt"), "a/b.txt");
    EXPECT_EQ(read("a/"), "a/");
    EXPECT_EQ(read(""), "/");
    EXPECT_EQ(read("%61%20b/c%2Bd"), "a b/c+d");
    EXPECT_EQ(read("a%25b"), "a%b");
    EXPECT_EQ(read("..."), "refused");
    EXPECT_EQ(read("...", true), "...");
    EXPECT_EQ(read("a..b"), "a..b");
}

TEST(FilePathTest, refuses_what_another_reader_would_read_otherwise) {
    for (const char* raw :
         {"..",       "../a",  "a/..",  "a/../b", ".",        "./a",        "a/./b",  "a//b",
          "/a",       "//",    "a//",   "%2e%2e", "%2e%2e/a", ".%2e/a",     "%2E./a", "a/%2e%2e/b",
          "%2e",      "a%2fb", "a%2Fb", "%2f",    "..%2fa",   "%2e%2e%2fa", "%00",    "a%00",
          "a%00.txt", "a%",    "a%2",   "a%zz",   "%"}) {
        EXPECT_EQ(read(raw), "refused") << raw;
        EXPECT_EQ(read(raw, true), "refused") << raw;
    }
}

TEST(FilePathTest, decodes_once_and_knows_no_other_encodings) {
    EXPECT_EQ(read("%252e%252e/a"), "%2e%2e/a");
    EXPECT_EQ(read("..%5ca", true), "..\\a");
    EXPECT_EQ(read("..;/a", true), "..;/a");
    EXPECT_EQ(read("%c0%ae%c0%ae/a"), "\xc0\xae\xc0\xae/a");
    EXPECT_EQ(read("%u002e/a"), "refused");
}

TEST(FilePathTest, hides_dot_files_but_what_is_well_known) {
    EXPECT_EQ(read(".git/config"), "refused");
    EXPECT_EQ(read("a/.env"), "refused");
    EXPECT_EQ(read("%2egit/config"), "refused");
    EXPECT_EQ(read(".git/config", true), ".git/config");
    EXPECT_EQ(read(".well-known/a"), ".well-known/a");
    EXPECT_EQ(read("a/.well-known/b"), "refused");
    EXPECT_EQ(read(".well-known/.a"), "refused");
}

TEST(FilePathTest, refuses_what_the_system_would_not_take) {
    EXPECT_EQ(read(std::string(255, 'a')), std::string(255, 'a'));
    EXPECT_EQ(read(std::string(256, 'a')), "refused");
    std::string longest;
    while (longest.size() + 200 <= kFilePathBytesMax) longest += std::string(199, 'b') + "/";
    EXPECT_EQ(read(longest), longest);
    EXPECT_EQ(read(longest + std::string(kFilePathBytesMax - longest.size() + 1, 'c')), "refused");
}

TEST(FilePathTest, tells_whether_a_path_is_one) {
    EXPECT_TRUE(is_file_path("a/b", false));
    EXPECT_TRUE(is_file_path("a%2e", false));
    for (const char* path : {"", "/a", "a/", "../a", "a/../b", "a//b", ".a", "a/."}) {
        EXPECT_FALSE(is_file_path(path, false)) << path;
    }
    EXPECT_TRUE(is_file_path(".a", true));
    EXPECT_FALSE(is_file_path({"a\0b", 3}, true));
}

TEST(FilePathTest, matches_patterns) {
    EXPECT_TRUE(matches_file_pattern("*.css", "a/b/site.css"));
    EXPECT_TRUE(matches_file_pattern("*", "a/b"));
    EXPECT_TRUE(matches_file_pattern("assets/*", "assets/a/b.js"));
    EXPECT_FALSE(matches_file_pattern("assets/*", "other/assets/a"));
    EXPECT_TRUE(matches_file_pattern("*/index.html", "a/index.html"));
    EXPECT_FALSE(matches_file_pattern("*/index.html", "index.html"));
    EXPECT_TRUE(matches_file_pattern("app.?????.js", "app.12345.js"));
    EXPECT_FALSE(matches_file_pattern("app.?????.js", "app.1234.js"));
    EXPECT_TRUE(matches_file_pattern("a*b*c", "a1b2b3c"));
    EXPECT_FALSE(matches_file_pattern("a*b*c", "a1b2b3"));
    EXPECT_TRUE(matches_file_pattern("", ""));
    EXPECT_FALSE(matches_file_pattern("", "a"));
    EXPECT_TRUE(matches_file_pattern("a*", "a*b"));
}

TEST(FilePathTest, finds_the_extension) {
    EXPECT_EQ(file_extension("a/b.tar.gz"), "gz");
    EXPECT_EQ(file_extension("a.b/c"), "");
    EXPECT_EQ(file_extension("c."), "");
    EXPECT_EQ(file_name("a/b"), "b");
}

}  // namespace
}  // namespace trivet::http
