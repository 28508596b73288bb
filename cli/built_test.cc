#include "built.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using Words = std::vector<std::string>;

class BuiltTest : public FolderTest {
protected:
    Project project(Language language, const char* entry, Words command, Words build = {}) const {
        return {language, folder_, entry, std::move(build), std::move(command)};
    }
    void write_tool(const char* name, const std::string& script) const {
        const std::string path = std::string("node_modules/.bin/") + name;
        write(path, "#!/bin/sh\n" + script);
        fs::permissions(folder_ / path, fs::perms::owner_all);
    }
    void age(const char* name, seconds by) const {
        fs::last_write_time(folder_ / name, fs::file_time_type::clock::now() - by);
    }
};

TEST_F(BuiltTest, copies_python_with_its_bytecode) {
    write("app.py", "x = 1\n");
    write("web/page.html", "page");
    const Project app = project(Language::python, "app.py", {"python3", "-m", "trivet", "app.py"});
    EXPECT_FALSE(find_built(app));
    const auto built = make_built(app);
    ASSERT_TRUE(built) << built.error();
    EXPECT_EQ(built->output, "build/app");
    EXPECT_EQ(built->project.command,
              (Words{"python3", "-m", "trivet", "--in", "build/app", "app.py"}));
    EXPECT_TRUE(fs::exists(folder_ / "build/app/web/page.html"));
    EXPECT_FALSE(fs::is_empty(folder_ / "build/app/__pycache__"));
    ASSERT_TRUE(find_built(app));
    // A source that has changed since then.
    fs::last_write_time(folder_ / "web/page.html", fs::file_time_type::clock::now() + seconds(9));
    EXPECT_FALSE(find_built(app));
    write("app.py", "x = = 1\n");
    EXPECT_TRUE(make_built(app).error().contains("compileall"));
    EXPECT_FALSE(find_built(app));
}

TEST_F(BuiltTest, bundles_node_by_what_the_project_has) {
    const Project typed = project(Language::node, "src/app.ts", {"node", "src/app.ts"});
    const Project plain = project(Language::node, "app.js", {"node", "app.js"});
    write("src/app.ts");
    EXPECT_TRUE(make_built(typed).error().contains("npm install --save-dev esbuild"));
    const auto as_it_is = make_built(plain);
    ASSERT_TRUE(as_it_is);
    EXPECT_EQ(as_it_is->output, "");
    EXPECT_EQ(as_it_is->project.command, (Words{"node", "app.js"}));
    EXPECT_FALSE(find_built(plain));

    write_tool("tsc", "mkdir -p build/app/src && touch build/app/src/app.js\n");
    auto built = make_built(typed);
    ASSERT_TRUE(built) << built.error();
    EXPECT_EQ(built->output, "build/app");
    EXPECT_EQ(built->project.command.back(), "build/app/src/app.js");
    EXPECT_TRUE(find_built(typed));

    write_tool("esbuild", "mkdir -p build && echo \"$1\" >build/app.mjs\n");
    EXPECT_FALSE(find_built(typed));
    built = make_built(typed);
    ASSERT_TRUE(built) << built.error();
    EXPECT_EQ(built->output, "build/app.mjs");
    EXPECT_TRUE(find_built(typed));
    fs::remove_all(folder_ / "node_modules");
    ASSERT_TRUE(find_built(typed));
    EXPECT_EQ(find_built(typed)->project.command.back(), "build/app.mjs");
    write_tool("esbuild", "exit 3\n");
    EXPECT_TRUE(make_built(typed).error().ends_with("ended with exit code 3"));
}

TEST_F(BuiltTest, takes_the_program_that_a_build_makes) {
    write("main.go");
    age("main.go", seconds(10));
    const Project app = project(Language::go, ".", {"./build/app"},
                                {"sh", "-c", "mkdir -p build; touch build/app", "sh"});
    EXPECT_FALSE(find_built(app));
    const auto built = make_built(app);
    ASSERT_TRUE(built) << built.error();
    EXPECT_EQ(built->output, "build/app");
    EXPECT_EQ(built->project.build, Words{});
    EXPECT_TRUE(find_built(app));
    age("build/app", seconds(20));
    EXPECT_FALSE(find_built(app));
    Project broken = app;
    broken.build = {"false"};
    EXPECT_EQ(make_built(broken).error(), "`false` ended with exit code 1");
}

TEST_F(BuiltTest, knows_nothing_of_what_own_commands_make) {
    write("build/app");
    const Project own = project(Language::go, ".", {"./build/app"}, {"/bin/sh", "-c", "true"});
    EXPECT_FALSE(find_built(own));
    const auto built = make_built(own);
    ASSERT_TRUE(built);
    EXPECT_EQ(built->output, "");
    EXPECT_EQ(built->project.command, Words{"./build/app"});
}

}  // namespace
}  // namespace trivet::cli
