#include "project.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class ProjectTest : public FolderTest {
protected:
    void SetUp() override {
        FolderTest::SetUp();
        ::unsetenv("VIRTUAL_ENV");
        ::unsetenv("TRIVET_PYTHON");
    }
    void write_program(const std::string& name) const {
        write(name, "#!/bin/sh\n");
        fs::permissions(folder_ / name, fs::perms::owner_all);
    }
    Project found(const AppSettings& settings = {}, Purpose purpose = Purpose::dev) const {
        auto project = find_project(folder_, purpose, settings);
        EXPECT_TRUE(project) << project.error();
        return project ? *project : Project{};
    }
    // What is said, with `.` for the folder.
    std::string fault(const AppSettings& settings = {}) const {
        const auto project = find_project(folder_, Purpose::start, settings);
        if (project) return "(found " + project->entry + ")";
        std::string text = project.error();
        for (std::size_t at = 0; (at = text.find(folder_.string())) != std::string::npos;) {
            text.replace(at, folder_.string().size(), ".");
        }
        return text;
    }
};

TEST_F(ProjectTest, finds_a_python_app_by_its_file) {
    write("main.py");
    EXPECT_EQ(found().entry, "main.py");
    write("app.py");
    const Project project = found();
    EXPECT_EQ(project.language, Language::python);
    EXPECT_EQ(project.root, folder_);
    EXPECT_EQ(project.entry, "app.py");
    EXPECT_EQ(project.build, Words{});
    EXPECT_EQ(project.command, (Words{"python3", "-m", "trivet", "app.py"}));
}

TEST_F(ProjectTest, finds_the_package_of_a_python_project) {
    write("pyproject.toml");
    EXPECT_EQ(
        fault(),
        "Python project without an app: looked for app.py, main.py and src/<name>/__main__.py "
        "in .; write under [app] in trivet.toml what to run: entry = \"…\"");
    write("src/shop/__main__.py");
    EXPECT_EQ(found().command.back(), "src/shop");
    write("src/tools/__main__.py");
    EXPECT_TRUE(fault().contains("both src/shop and src/tools can be run")) << fault();
}

TEST_F(ProjectTest, runs_python_in_the_nearest_environment) {
    write("app.py");
    ::setenv("TRIVET_PYTHON", "/opt/python", 1);
    EXPECT_EQ(found().command[0], "/opt/python");
    write_program("active/bin/python");
    ::setenv("VIRTUAL_ENV", (folder_ / "active").c_str(), 1);
    EXPECT_EQ(found().command[0], folder_ / "active/bin/python");
    write_program(".venv/bin/python");
    EXPECT_EQ(found().command[0], folder_ / ".venv/bin/python");
    fs::permissions(folder_ / ".venv/bin/python", fs::perms::owner_read);
    EXPECT_EQ(found().command[0], folder_ / "active/bin/python");
    ::unsetenv("VIRTUAL_ENV");
    ::unsetenv("TRIVET_PYTHON");
}

TEST_F(ProjectTest, finds_a_node_app) {
    write("package.json", "{}");
    EXPECT_TRUE(fault().contains("Node project without an app: looked for \"main\"")) << fault();
    write("index.js");
    EXPECT_EQ(fault(), "the package trivet is not installed in ./node_modules: type npm install");
    write("node_modules/trivet/package.json");
    EXPECT_EQ(found().command, (Words{"node", "--import", "trivet/serve", "index.js"}));
    write("src/app.ts");
    EXPECT_EQ(found().command, (Words{"node", "--import", "trivet/typescript", "--import",
                                      "trivet/serve", "src/app.ts"}));
    write("package.json", R"({"main": "./index.js"})");
    EXPECT_EQ(found().entry, "index.js");
    // What a compiler wrote gives way to its source.
    write("dist/app.js");
    write("package.json", R"({"main": "dist/app.js"})");
    EXPECT_EQ(found().entry, "src/app.ts");
    fs::remove(folder_ / "src/app.ts");
    fs::remove(folder_ / "index.js");
    EXPECT_EQ(found().entry, "dist/app.js");
}

TEST_F(ProjectTest, finds_the_package_of_a_workspace) {
    write("node_modules/trivet/package.json");
    write("shop/package.json", "{}");
    write("shop/app.mjs");
    const auto project = find_project(folder_ / "shop", Purpose::dev, {});
    ASSERT_TRUE(project) << project.error();
    EXPECT_EQ(project->entry, "app.mjs");
}

TEST_F(ProjectTest, names_the_line_of_a_malformed_package) {
    write("package.json", "{\n\"main\" 1}");
    EXPECT_TRUE(fault().contains("package.json, line 2: a colon is missing")) << fault();
}

TEST_F(ProjectTest, finds_a_go_program) {
    write("go.mod", "module shop\n");
    write("shop.go", "package shop\n");
    write("main_test.go", "package main\n");
    EXPECT_TRUE(fault().contains("looked for package main here and in cmd/<name>")) << fault();
    write("cmd/shop/main.go", "// The shop.\npackage main\n");
    EXPECT_EQ(found().build, (Words{"go", "build", "-ldflags=-compressdwarf=false", "-o",
                                    "build/dev/app", "./cmd/shop"}));
    write("cmd/tool/main.go", "package main\n");
    EXPECT_TRUE(fault().contains("both ./cmd/shop and ./cmd/tool can be run")) << fault();
    EXPECT_EQ(found({.entry = "cmd/tool"}).build.back(), "./cmd/tool");
    write("app.go", "package main // here\n");
    const Project project = found({}, Purpose::start);
    EXPECT_EQ(project.language, Language::go);
    EXPECT_EQ(project.build, (Words{"go", "build", "-trimpath", "-o", "build/app", "."}));
    EXPECT_EQ(project.command, Words{"./build/app"});
}

TEST_F(ProjectTest, finds_a_c_program) {
    write("CMakeLists.txt", "# find_package(trivet)\nadd_executable(shop main.c)\n");
    EXPECT_TRUE(fault().starts_with("no app in .: looked for")) << fault();
    write("CMakeLists.txt",
          "Project(shop C)\nfind_package( trivet REQUIRED)\nadd_executable(${PROJECT_NAME} a.c)\n"
          "add_executable(shop_test b.c)\n");
    const Project project = found();
    EXPECT_EQ(project.language, Language::c);
    EXPECT_EQ(project.entry, "shop");
    EXPECT_EQ(project.command, Words{"./build/dev/bin/shop"});
    EXPECT_EQ(found({}, Purpose::start).command, Words{"./build/release/bin/shop"});
    write("CMakeLists.txt", "find_package(trivet)\nadd_executable(one a.c)\n");
    EXPECT_EQ(found().entry, "one");
    write("CMakeLists.txt", "find_package(trivet)\n");
    EXPECT_TRUE(fault().contains("looked for add_executable in CMakeLists.txt")) << fault();
    write("CMakeLists.txt",
          "project(x C)\nfind_package(trivet)\nadd_executable(a a.c)\nadd_executable(b b.c)\n");
    EXPECT_TRUE(fault().contains("neither of a and b is named like the project")) << fault();
    EXPECT_EQ(found({.entry = "b"}).entry, "b");
    EXPECT_TRUE(fault({.entry = "b;rm"}).contains("'b;rm' is no name of an executable"));
}

TEST_F(ProjectTest, says_what_was_looked_for_in_an_empty_folder) {
    EXPECT_EQ(fault(),
              "no app in .: looked for app.py, main.py, pyproject.toml, requirements.txt (Python), "
              "package.json (Node), go.mod (Go) and CMakeLists.txt with find_package(trivet) (C); "
              "`trivet new` makes one, or write under [app] in trivet.toml what to run: "
              "entry = \"…\" or command = \"…\"");
}

TEST_F(ProjectTest, wants_to_know_which_of_several_languages_is_meant) {
    write("app.py");
    write("package.json", "{}");
    EXPECT_EQ(found().entry, "app.py");  // package.json alone makes no app
    write("index.js");
    write("node_modules/trivet/package.json");
    EXPECT_EQ(fault(),
              ". looks like Python (app.py) and Node (package.json): write under [app] in "
              "trivet.toml which it is, language = \"python\" or language = \"node\"");
    EXPECT_EQ(found({.language = "node"}).entry, "index.js");
    EXPECT_EQ(found({.entry = "app.py"}).language, Language::python);
    EXPECT_TRUE(fault({.language = "go"}).starts_with("no Go app in .: looked for go.mod"));
}

TEST_F(ProjectTest, takes_the_entry_of_the_settings) {
    write("app.py");
    write("web/server.py");
    EXPECT_EQ(found({.entry = "web/server.py"}).command.back(), "web/server.py");
    EXPECT_EQ(found({.entry = "shop.web"}).command.back(), "shop.web");  // a module
    EXPECT_EQ(fault({.entry = "web/none.py"}), "the app's entry web/none.py does not exist in .");
    EXPECT_EQ(fault({.entry = "none.ts"}), "the app's entry none.ts does not exist in .");
    EXPECT_EQ(fault({.language = "go", .entry = "./none"}),
              "the app's entry ./none does not exist in .");
    EXPECT_EQ(fault({.language = "pyton"}),
              "the app's language is 'pyton', allowed are python, node, go and c; did you mean "
              "'python'?");
}

TEST_F(ProjectTest, runs_the_commands_of_the_settings) {
    const AppSettings settings{.command = "./serve --fast", .build = "make all"};
    const Project plain = found(settings);
    EXPECT_EQ(plain.build, (Words{"/bin/sh", "-c", "make all"}));
    EXPECT_EQ(plain.command, (Words{"/bin/sh", "-c", "exec ./serve --fast"}));
    write("go.mod");
    EXPECT_EQ(found(settings).language, Language::go);
    EXPECT_EQ(found({.language = "node", .command = "x"}).language, Language::node);
    EXPECT_TRUE(fault({.language = "x", .command = "x"}).starts_with("the app's language is 'x'"));
    write("app.go", "package main\n");
    const Project built = found({.build = "make all"});
    EXPECT_EQ(built.build, (Words{"/bin/sh", "-c", "make all"}));
    EXPECT_EQ(built.command, Words{"./build/dev/app"});
}

TEST_F(ProjectTest, reads_the_settings) {
    write("app.py");
    write("web.py");
    ::setenv("TRIVET_APP_ENTRY", "web.py", 1);
    auto project = find_project(folder_, Purpose::dev);
    ASSERT_TRUE(project) << project.error();
    EXPECT_EQ(project->command.back(), "web.py");
    ::setenv("TRIVET_APP_COMMAND", "./serve", 1);
    ::setenv("TRIVET_APP_BUILD", "make", 1);
    project = find_project(folder_, Purpose::dev);
    ASSERT_TRUE(project) << project.error();
    EXPECT_EQ(project->command.back(), "exec ./serve");
    EXPECT_EQ(project->build.back(), "make");
    ::setenv("TRIVET_APP_LANGUAGE", "pascal", 1);
    const auto wrong = find_project(folder_, Purpose::dev);
    for (const char* name : {"LANGUAGE", "ENTRY", "COMMAND", "BUILD"}) {
        ::unsetenv((std::string("TRIVET_APP_") + name).c_str());
    }
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().contains("TRIVET_APP_LANGUAGE is 'pascal'")) << wrong.error();
}

}  // namespace
}  // namespace trivet::cli
