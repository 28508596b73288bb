#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace trivet::cli {

// What may stand as the value of a flag or as an argument.
struct WordSource {
    std::vector<std::string> words;
    bool is_file = false;
    bool is_folder = false;
};

// A flag by its long name without dashes.
struct CompletedFlag {
    std::string name;
    std::string help;
    bool takes_value = false;
    WordSource values;
};

struct CompletedCommand {
    std::string name;
    std::string help;
    std::vector<CompletedFlag> flags;
    std::vector<WordSource> arguments;  // in their order
    bool takes_command = false;         // behind --
};

// The commands as the parser knows them. A flag or argument says by its type name what its values
// are: FILE, FOLDER, KEY (of a setting), or the words of small letters in a|b|c.
std::vector<CompletedCommand> completed_commands(const CLI::App& root,
                                                 const std::vector<std::string>& keys);

// The scripts that `trivet completion` prints.
std::string bash_completion(const std::vector<CompletedCommand>& commands);
std::string zsh_completion(const std::vector<CompletedCommand>& commands);
std::string fish_completion(const std::vector<CompletedCommand>& commands);

std::string joined(const std::vector<std::string>& words, const char* between);

}  // namespace trivet::cli
