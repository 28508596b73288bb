#include "completion_words.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trivet::cli {
namespace {

// A command with one flag of each kind.
struct Parsed {
    CLI::App root{"about", "trivet"};
    std::string value;
    bool flag = false;
    std::vector<CompletedCommand> commands;

    Parsed() {
        CLI::App* run = root.add_subcommand("run", "Run: it's [new]");
        run->add_flag("--fast", flag, "Be fast");
        run->add_option("--engine", value, "Engine")->type_name("auto|uring");
        run->add_option("--workers", value, "Number")->type_name("N|auto");
        run->add_option("--config", value, "Settings")->type_name("FILE");
        run->add_option("--into", value, "Where")->type_name("FOLDER");
        run->add_option("--port", value, "Port")->type_name("PORT");
        run->add_option("--secret", value, "Not shown")->group("");
        run->add_option("KEY", value, "A key")->type_name("KEY");
        run->footer("run [FLAGS] -- COMMAND");
        root.add_subcommand("hidden", "Not shown")->group("");
        commands = completed_commands(root, {"server.port"});
    }
    const CompletedFlag& named(const char* name) {
        return *std::ranges::find(commands.at(0).flags, name, &CompletedFlag::name);
    }
};

TEST(CompletionWords, come_from_the_parser) {
    Parsed parsed;
    ASSERT_EQ(parsed.commands.size(), 1u);
    EXPECT_EQ(parsed.commands[0].name, "run");
    EXPECT_TRUE(parsed.commands[0].takes_command);
    EXPECT_EQ(parsed.commands[0].flags.size(), 7u);  // with --help
    EXPECT_FALSE(parsed.named("fast").takes_value);
    EXPECT_TRUE(parsed.named("engine").takes_value);
    EXPECT_EQ(parsed.named("engine").values.words, (std::vector<std::string>{"auto", "uring"}));
    EXPECT_EQ(parsed.named("workers").values.words, std::vector<std::string>{"auto"});
    EXPECT_TRUE(parsed.named("config").values.is_file);
    EXPECT_TRUE(parsed.named("into").values.is_folder);
    EXPECT_TRUE(parsed.named("port").values.words.empty());
    ASSERT_EQ(parsed.commands[0].arguments.size(), 1u);
    EXPECT_EQ(parsed.commands[0].arguments[0].words, std::vector<std::string>{"server.port"});
}

TEST(CompletionWords, are_quoted_for_each_shell) {
    Parsed parsed;
    const auto has = [](const std::string& text, const char* part) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    };
    has(bash_completion(parsed.commands), "\"run --engine\") words=\"auto uring\" ;;");
    has(bash_completion(parsed.commands), "complete -F _trivet trivet");
    has(zsh_completion(parsed.commands), "'run:Run\\: it'\\''s \\[new\\]'");
    has(zsh_completion(parsed.commands), "'--engine=[Engine]:engine:(auto uring)'");
    has(fish_completion(parsed.commands), "-d 'Run: it\\'s [new]'");
    has(fish_completion(parsed.commands), "-l engine -x -a 'auto uring' -d 'Engine'");
}

}  // namespace
}  // namespace trivet::cli
