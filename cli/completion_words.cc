#include "completion_words.h"

#include <algorithm>

namespace trivet::cli {
namespace {

bool is_word(const std::string& text) {
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

WordSource source_of(const std::string& type, const std::vector<std::string>& keys) {
    WordSource source;
    source.is_file = type == "FILE";
    source.is_folder = type == "FOLDER";
    if (type == "KEY") source.words = keys;
    for (std::size_t at = 0; at <= type.size();) {
        const std::size_t end = std::min(type.find('|', at), type.size());
        const std::string word = type.substr(at, end - at);
        if (is_word(word)) source.words.push_back(word);
        at = end + 1;
    }
    return source;
}

CompletedCommand completed(const CLI::App& parser, const std::vector<std::string>& keys) {
    CompletedCommand command;
    command.name = parser.get_name();
    command.help = parser.get_description();
    // The usage says so in words, for CLI11 never sees what stands behind --.
    command.takes_command = parser.help().find("-- COMMAND") != std::string::npos;
    for (const CLI::Option* option : parser.get_options()) {
        if (option->get_group().empty()) continue;  // not shown in --help either
        const WordSource source = source_of(option->get_type_name(), keys);
        if (option->get_lnames().empty()) {
            if (option->get_positional()) command.arguments.push_back(source);
            continue;
        }
        command.flags.push_back({option->get_lnames().front(), option->get_description(),
                                 option->get_items_expected_max() > 0, source});
    }
    return command;
}

}  // namespace

std::vector<CompletedCommand> completed_commands(const CLI::App& root,
                                                 const std::vector<std::string>& keys) {
    std::vector<CompletedCommand> commands;
    for (const CLI::App* parser : root.get_subcommands({})) {
        if (!parser->get_group().empty()) commands.push_back(completed(*parser, keys));
    }
    return commands;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? "" : between;
        text += word;
    }
    return text;
}

}  // namespace trivet::cli
