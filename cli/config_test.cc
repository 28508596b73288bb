#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "exit_codes.h"
#include "json.h"
#include "run.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// `trivet config` in a new working directory.
class ConfigCommand : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-config-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        before_ = fs::current_path();
        fs::current_path(name);
        for (const char* variable : {"TRIVET_PORT", "TRIVET_FLAGS", "TRIVET_CONFIG"}) {
            ::unsetenv(variable);
        }
    }
    void TearDown() override {
        for (const char* variable : {"TRIVET_PORT", "TRIVET_FLAGS", "TRIVET_CONFIG"}) {
            ::unsetenv(variable);
        }
        const fs::path folder = fs::current_path();
        fs::current_path(before_);
        fs::remove_all(folder);
    }

    int config(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"trivet", "config"});
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = run(static_cast<int>(arguments.size()), pointers.data());
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return code;
    }

    fs::path before_;
    std::string out_;
    std::string err_;
};

TEST_F(ConfigCommand, prints_one_value) {
    std::ofstream("trivet.toml") << "[server]\nport = 81\n";
    EXPECT_EQ(config({"port"}), 0);
    EXPECT_EQ(out_, "81\n");
    EXPECT_EQ(config({"server.port", "--port", "82"}), 0);
    EXPECT_EQ(out_, "82\n");
}

TEST_F(ConfigCommand, names_the_flag_a_value_comes_from) {
    EXPECT_EQ(config({"port", "--port=82", "--json"}), 0);
    const auto parsed = parse_json(out_);
    ASSERT_TRUE(parsed) << out_;
    ASSERT_EQ(parsed->items.size(), 1u);
    EXPECT_EQ(parsed->items[0].string_at("source"), "flag");
    EXPECT_EQ(parsed->items[0].string_at("place"), "--port");
    EXPECT_EQ(parsed->items[0].string_at("default"), "8000");
}

TEST_F(ConfigCommand, tells_what_is_wrong) {
    EXPECT_EQ(config({"prot"}), 2);
    EXPECT_NE(err_.find("unknown setting 'prot'; did you mean 'port'?"), std::string::npos) << err_;
    EXPECT_EQ(config({"--port", "x"}), 2);
    EXPECT_NE(err_.find("--port is 'x'"), std::string::npos) << err_;
    ::unsetenv("TRIVET_PORT");
    std::ofstream(".env") << "A\n";
    EXPECT_EQ(config({}), 1);
    EXPECT_NE(err_.find(".env:1: this is no NAME=VALUE"), std::string::npos) << err_;
    EXPECT_EQ(out_, "");
}

TEST_F(ConfigCommand, prints_the_schema_whatever_the_settings_are) {
    std::ofstream("trivet.toml") << "[server]\nport = -1\n";
    EXPECT_EQ(config({"--schema"}), 0);
    const auto parsed = parse_json(out_);
    ASSERT_TRUE(parsed);
    ASSERT_NE(parsed->find("properties"), nullptr);
    EXPECT_NE(parsed->find("properties")->find("app"), nullptr);
}

TEST(ExitCodes, are_listed_line_by_line) {
    const ExitCode codes[] = {{0, "well"}, {2, "wrong arguments"}};
    EXPECT_EQ(exit_codes_text(codes), "\nExit codes:\n  0  well\n  2  wrong arguments\n");
}

}  // namespace
}  // namespace trivet::cli
