#include "new_app.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "folder_test.h"
#include "project_language.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

class NewAppTest : public FolderTest {
protected:
    NewApp app(Language language, const std::string& trivet = "") const {
        return {language, folder_ / "shop", trivet, "", "0.1.2"};
    }
    std::string dependency(Language language, const std::string& trivet = "",
                           const std::string& package = "") const {
        NewApp one = app(language, trivet);
        one.package = package.empty() ? "" : (folder_ / package).string();
        const auto text = dependency_of(one);
        return text ? *text : "(" + text.error() + ")";
    }
};

TEST_F(NewAppTest, writes_the_files_of_each_language) {
    const std::pair<Language, Words> expected[] = {
        {Language::python, {".gitignore", "README.md", "app.py", "tests/test_app.py"}},
        {Language::node, {"package.json", "src/app.ts", "test/app.test.ts", "biome.json"}},
        {Language::go, {"go.mod", "main.go", "main_test.go"}},
        {Language::c, {"CMakeLists.txt", "src/main.c", "test/app_test.c"}},
    };
    for (const auto& [language, files] : expected) {
        const auto written = write_app(app(language));
        ASSERT_TRUE(written) << written.error();
        for (const std::string& file : files) {
            EXPECT_TRUE(std::ranges::count(*written, file)) << file;
        }
        for (const std::string& file : *written) {
            const std::string text = read_text(folder_ / "shop" / file);
            EXPECT_FALSE(text.empty()) << file;
            EXPECT_FALSE(text.contains("{{")) << file;
            EXPECT_TRUE(text.ends_with('\n')) << file;
        }
        EXPECT_TRUE(read_text(folder_ / "shop/README.md").starts_with("# shop\n"));
        fs::remove_all(folder_ / "shop");
    }
}

TEST_F(NewAppTest, refuses_a_folder_that_is_not_empty) {
    fs::create_directory(folder_ / "shop");
    ASSERT_TRUE(write_app(app(Language::go)));
    EXPECT_EQ(write_app(app(Language::go)).error(),
              (folder_ / "shop").string() + " is not empty: choose another name, or empty it");
    NewApp file = app(Language::go);
    file.folder = folder_ / "shop/main.go";
    EXPECT_EQ(write_app(file).error(), (folder_ / "shop/main.go").string() + " is a file");
    file.folder = folder_ / "shop/main.go/below";
    EXPECT_TRUE(write_app(file).error().starts_with("cannot make "));
}

TEST_F(NewAppTest, checks_names) {
    for (const char* name : {"shop", "my-shop_2", "s"}) EXPECT_EQ(check_name(name), "") << name;
    for (const char* name : {"", "Shop", "2shop", "-x", "a b", "ä", "a.b", "trivet", "test"}) {
        EXPECT_NE(check_name(name), "") << name;
    }
    EXPECT_EQ(check_name(std::string(64, 'a')), "");
    EXPECT_NE(check_name(std::string(65, 'a')), "");
}

TEST_F(NewAppTest, depends_on_its_own_version) {
    EXPECT_EQ(dependency(Language::python), "trivet>=0.1,<0.2");
    EXPECT_EQ(dependency(Language::node), "^0.1.2");
    EXPECT_EQ(dependency(Language::go), "v0.1.2");
    EXPECT_EQ(dependency(Language::c), "");
    // A package of another kind, or one without a note of its origin.
    write("site/trivet/file");
    for (const Language language : {Language::python, Language::node}) {
        EXPECT_EQ(dependency(language, "", "site/trivet"), dependency(language));
    }
}

TEST_F(NewAppTest, depends_on_the_file_it_was_installed_from) {
    write("site/trivet/bin/trivet");
    write("site/trivet-0.1.2.dist-info/direct_url.json", R"({"url": "file:///x/trivet.whl"})");
    EXPECT_EQ(dependency(Language::python, "", "site/trivet"), "trivet @ file:///x/trivet.whl");
    write("site/trivet-0.1.2.dist-info/direct_url.json", R"({"url": "git+https://a.example"})");
    EXPECT_EQ(dependency(Language::python, "", "site/trivet"), "trivet>=0.1,<0.2");
    write("a/node_modules/.package-lock.json",
          R"({"packages": {"node_modules/trivet": {"resolved": "file:../trivet.tgz"}}})");
    EXPECT_EQ(dependency(Language::node, "", "a/node_modules/trivet"),
              "file:" + (folder_ / "trivet.tgz").string());
    write("a/node_modules/.package-lock.json",
          R"({"packages": {"node_modules/trivet": {"resolved": "https://a.example/trivet.tgz"}}})");
    EXPECT_EQ(dependency(Language::node, "", "a/node_modules/trivet"), "^0.1.2");
}

TEST_F(NewAppTest, depends_on_what_is_asked_for) {
    write("there/file");
    const std::string path = (folder_ / "there").string();
    EXPECT_EQ(dependency(Language::python, path + "/"), "trivet @ file://" + path);
    EXPECT_EQ(dependency(Language::python, "0.1.0"), "trivet==0.1.0");
    EXPECT_EQ(dependency(Language::python, "trivet~=0.1"), "trivet~=0.1");
    EXPECT_EQ(dependency(Language::node, path), "file:" + path);
    EXPECT_EQ(dependency(Language::node, "~0.1.0"), "~0.1.0");
    EXPECT_EQ(dependency(Language::go, "0.1.0"), "v0.1.0");
    EXPECT_EQ(dependency(Language::go, path),
              "v0.0.0\n\nreplace github.com/trivet/trivet/langs/go => " + path);
    EXPECT_EQ(dependency(Language::c, path), "list(PREPEND CMAKE_PREFIX_PATH \"" + path + "\")\n");
    EXPECT_TRUE(dependency(Language::c, "0.1.0").contains("0.1.0 does not exist"));
    const auto written = write_app(app(Language::c, "0.1.0"));
    EXPECT_FALSE(written);
    EXPECT_FALSE(fs::exists(folder_ / "shop"));
}

TEST_F(NewAppTest, installs_python_into_the_active_environment_or_one_of_its_own) {
    ::unsetenv("TRIVET_PYTHON");
    ::unsetenv("VIRTUAL_ENV");
    EXPECT_EQ(install_commands(Language::python)[0], (Words{"python3", "-m", "venv", ".venv"}));
    EXPECT_EQ(install_commands(Language::python)[1][0], ".venv/bin/python");
    ::setenv("TRIVET_PYTHON", "/opt/python", 1);
    EXPECT_EQ(install_commands(Language::python)[0][0], "/opt/python");
    ::setenv("VIRTUAL_ENV", "/venv", 1);
    ASSERT_EQ(install_commands(Language::python).size(), 1u);
    EXPECT_EQ(install_commands(Language::python)[0][0], "/venv/bin/python");
    ::unsetenv("TRIVET_PYTHON");
    ::unsetenv("VIRTUAL_ENV");
    EXPECT_EQ(install_commands(Language::node)[0][0], "npm");
    EXPECT_EQ(install_commands(Language::go)[0], (Words{"go", "mod", "tidy"}));
    EXPECT_TRUE(install_commands(Language::c).empty());
}

}  // namespace
}  // namespace trivet::cli
