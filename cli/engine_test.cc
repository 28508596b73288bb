#include "engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dotenv.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A new working directory.
class Engine : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-cli-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        before_ = fs::current_path();
        fs::current_path(name);
    }
    void TearDown() override {
        const fs::path folder = fs::current_path();
        fs::current_path(before_);
        fs::remove_all(folder);
    }

    fs::path before_;
};

TEST_F(Engine, tells_its_settings) {
    std::ofstream("trivet.toml") << "[server]\nport = 81\n";
    const AppOwner app(trivet_app_new());
    const std::vector<Setting> settings = settings_of(app.get());
    ASSERT_GT(settings.size(), 20u);
    const auto port = std::ranges::find(settings, "server.port", &Setting::key);
    ASSERT_NE(port, settings.end());
    EXPECT_EQ(port->value, "81");
    EXPECT_EQ(port->place, "trivet.toml:2");
    EXPECT_EQ(port->source, TRIVET_SOURCE_FILE);
    EXPECT_EQ(port->high, 65'535u);
}

TEST_F(Engine, tells_an_error_with_its_detail) {
    std::ofstream("trivet.toml") << "[server]\nport = -1\n";
    const AppOwner app(trivet_app_new());
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    trivet_error* error = nullptr;
    ASSERT_EQ(trivet_app_get_config(app.get(), &config, &error), TRIVET_E_ARGUMENT);
    EXPECT_EQ(words_of(error),
              "invalid settings (trivet.toml:2: port is -1, allowed are 0 to 65535)");
}

TEST_F(Engine, exports_the_other_entries_of_the_env_file) {
    std::ofstream(".env") << "TRIVET_CLI_A=no\nCLI_TEST_A=1\nCLI_TEST_B=2\nCLI_TEST_A=3\n";
    ::setenv("CLI_TEST_B", "kept", 1);
    const AppOwner app(trivet_app_new());
    export_variables(app.get());
    EXPECT_STREQ(std::getenv("CLI_TEST_A"), "3");
    EXPECT_STREQ(std::getenv("CLI_TEST_B"), "kept");
    EXPECT_EQ(std::getenv("TRIVET_CLI_A"), nullptr);
    ::unsetenv("CLI_TEST_A");
    ::unsetenv("CLI_TEST_B");
}

}  // namespace
}  // namespace trivet::cli
