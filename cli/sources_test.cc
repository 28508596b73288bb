#include "sources.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

class SourcesTest : public FolderTest {};

TEST_F(SourcesTest, are_what_people_wrote) {
    for (const char* name :
         {"app.py", "web/page.html", "web/deep/x.py", ".env", ".git/config", "node_modules/a/b.js",
          "web/__pycache__/x.pyc", "build/app", "dist/app.js", "env/pyvenv.cfg", "env/lib/x.py"}) {
        write(name);
    }
    EXPECT_EQ(own_files(folder_),
              (std::vector<fs::path>{"app.py", "web/deep/x.py", "web/page.html"}));
    EXPECT_TRUE(own_files(folder_ / "missing").empty());
}

TEST_F(SourcesTest, are_as_new_as_the_newest) {
    write("a.py");
    write("b/c.py");
    write("build/app");
    const fs::file_time_type now = fs::file_time_type::clock::now();
    fs::last_write_time(folder_ / "a.py", now - seconds(20));
    fs::last_write_time(folder_ / "b/c.py", now - seconds(10));
    EXPECT_EQ(newest_change(folder_), fs::last_write_time(folder_ / "b/c.py"));
}

TEST_F(SourcesTest, have_a_size) {
    write("out/a", "12345");
    write("out/b/c", "123");
    EXPECT_EQ(size_of(folder_ / "out"), 8u);
    EXPECT_EQ(size_of(folder_ / "out/a"), 5u);
    EXPECT_EQ(size_of(folder_ / "missing"), 0u);
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(1023), "1023 bytes");
    EXPECT_EQ(size_text(1536), "1.5 KiB");
    EXPECT_EQ(size_text(5 << 20), "5.0 MiB");
}

}  // namespace
}  // namespace trivet::cli
