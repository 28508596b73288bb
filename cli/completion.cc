#include <cstdio>
#include <memory>

#include "command.h"
#include "completion_words.h"
#include "engine.h"
#include "exit_codes.h"
#include "suggest.h"

namespace trivet::cli {
namespace {

constexpr const char* kCompletionFooter =
    "\n"
    "Prints what makes the shell complete commands, flags and values of trivet.\n"
    "\n"
    "Examples:\n"
    "  trivet completion bash > ~/.local/share/bash-completion/completions/trivet\n"
    "  trivet completion zsh > ~/.zfunc/_trivet    # a folder of fpath, before compinit\n"
    "  trivet completion fish > ~/.config/fish/completions/trivet.fish\n";

constexpr ExitCode kCompletionExitCodes[] = {{0, "printed"}, {2, "wrong arguments"}};

std::vector<std::string> keys_of_settings() {
    const AppOwner app(trivet_app_new());
    std::vector<std::string> keys;
    for (const Setting& setting : settings_of(app.get())) keys.push_back(setting.key);
    return keys;
}

int completion(const CLI::App& root, const std::string& shell) {
    const std::vector<CompletedCommand> commands = completed_commands(root, keys_of_settings());
    std::string script;
    if (shell == "bash") {
        script = bash_completion(commands);
    } else if (shell == "zsh") {
        script = zsh_completion(commands);
    } else if (shell == "fish") {
        script = fish_completion(commands);
    } else if (shell.empty()) {
        throw UsageError{"no shell given: bash, zsh or fish"};
    } else {
        throw UsageError{"unknown shell '" + shell + "', there are bash, zsh and fish" +
                         did_you_mean(shell, {"bash", "zsh", "fish"})};
    }
    std::fputs(script.c_str(), stdout);
    return 0;
}

}  // namespace

Command add_completion(CLI::App& root) {
    CLI::App* parser =
        root.add_subcommand("completion", "Print what completes commands in a shell");
    parser->group(kGroupCommand);
    parser->footer(kCompletionFooter + exit_codes_text(kCompletionExitCodes));
    parser->allow_extras();
    const auto shell = std::make_shared<std::string>();
    parser->add_option("SHELL", *shell, "bash, zsh or fish")->type_name("bash|zsh|fish");
    return {parser, [shell, &root] { return completion(root, *shell); }};
}

}  // namespace trivet::cli
