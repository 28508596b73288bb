#include "completion_words.h"

namespace trivet::cli {
namespace {

constexpr const char* kBegin = R"(# fish completion of trivet, written by `trivet completion fish`.
function __trivet_behind --description 'whether a program of its own stands behind --'
    contains -- -- (commandline -opc)
end
function __trivet_in --description 'whether flags of a command may stand here'
    not __trivet_behind; and __fish_seen_subcommand_from $argv
end
complete -c trivet -e
complete -c trivet -f
complete -c trivet -n __trivet_behind -F -a '(complete -C (commandline -ct))'
complete -c trivet -n __fish_use_subcommand -l help -d 'Print this help message and exit'
complete -c trivet -n __fish_use_subcommand -l version -d 'Print the version and exit'
)";

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') result += '\\';
        result += letter;
    }
    return result + "'";
}

std::string values(const WordSource& source) {
    if (source.is_folder) return " -a '(__fish_complete_directories)'";
    if (source.is_file) return " -F";
    return source.words.empty() ? "" : " -a " + quoted(joined(source.words, " "));
}

}  // namespace

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
    std::string text = kBegin;
    for (const CompletedCommand& command : commands) {
        text += "complete -c trivet -n __fish_use_subcommand -a " + command.name + " -d " +
                quoted(command.help) + "\n";
        const std::string here = "complete -c trivet -n '__trivet_in " + command.name + "'";
        for (const CompletedFlag& flag : command.flags) {
            text += here + " -l " + flag.name;
            if (flag.takes_value) {
                text += (flag.values.is_file ? " -r" : " -x") + values(flag.values);
            }
            text += " -d " + quoted(flag.help) + "\n";
        }
        for (const WordSource& argument : command.arguments) {
            if (!values(argument).empty()) text += here + values(argument) + "\n";
        }
    }
    return text;
}

}  // namespace trivet::cli
