#include "watch_rules.h"

#include <gtest/gtest.h>

namespace trivet::cli {
namespace {

TEST(WatchRules, want_sources_templates_and_settings) {
    const WatchRules rules;
    for (const char* path : {"app.py", "src/app.ts", "a/b/main.go", "trivet.toml", ".env",
                             "CMakeLists.txt", "templates/page.html", "go.mod", "x.test.js"}) {
        EXPECT_TRUE(rules.wants_file(path)) << path;
    }
}

TEST(WatchRules, leave_alone_what_an_app_or_an_editor_writes) {
    const WatchRules rules;
    for (const char* path : {"app.log", "data.db", "data.db-journal", "app.pyc", "app.py~",
                             ".app.py.swp", ".#app.py", "#app.py#", "app.py.tmp", "4913", "noend",
                             "app.py___jb_tmp___", ".hidden.py", "py", "app."}) {
        EXPECT_FALSE(rules.wants_file(path)) << path;
    }
}

TEST(WatchRules, skip_folders_of_packages_caches_and_outputs) {
    const WatchRules rules;
    for (const char* path : {".git", ".venv", "node_modules", "a/__pycache__", "build", "dist",
                             "a/b/.cache", "vendor"}) {
        EXPECT_TRUE(rules.skips_folder(path)) << path;
    }
    for (const char* path : {"src", "a/b", "builder", "templates"}) {
        EXPECT_FALSE(rules.skips_folder(path)) << path;
    }
}

TEST(WatchRules, follow_patterns) {
    const WatchRules rules({"*.md", "data/*.csv"}, {"gen_*", "docs/*", "skip"});
    EXPECT_TRUE(rules.wants_file("README.md"));
    EXPECT_TRUE(rules.wants_file("a/b/notes.md"));
    EXPECT_TRUE(rules.wants_file("data/x.csv"));
    EXPECT_FALSE(rules.wants_file("other/x.csv"));
    EXPECT_FALSE(rules.wants_file("a/gen_x.py"));
    EXPECT_FALSE(rules.wants_file("docs/x.md")) << "to ignore goes first";
    EXPECT_TRUE(rules.wants_file("app.py")) << "the usual ones as well";
    EXPECT_TRUE(rules.skips_folder("a/skip"));
    EXPECT_FALSE(rules.skips_folder("a/skipped"));
}

TEST(WatchRules, name_what_is_watched) {
    EXPECT_EQ(WatchRules::default_names().find(".py .pyi .js"), 0u);
    EXPECT_NE(WatchRules::default_names().find(" .env"), std::string::npos);
}

}  // namespace
}  // namespace trivet::cli
