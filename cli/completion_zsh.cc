#include <algorithm>

#include "completion_words.h"

namespace trivet::cli {
namespace {

constexpr const char* kBegin = R"(#compdef trivet
# zsh completion of trivet, written by `trivet completion zsh`.
_trivet() {
    local curcontext="$curcontext" state line
    typeset -A opt_args
    _arguments -C \
        '(- *)--help[Print this help message and exit]' \
        '(- *)--version[Print the version and exit]' \
        '1: :->command' \
        '*:: :->rest' && return
    case $state in
        command)
            local -a commands=(
)";

constexpr const char* kMiddle = R"(            )
            _describe -t commands command commands
            ;;
        rest)
            # Behind -- stands a command of its own.
            local behind=${words[(i)--]}
            if (( behind < CURRENT )); then
                words=("${(@)words[behind + 1,-1]}")
                (( CURRENT -= behind ))
                _normal
                return
            fi
            case $words[1] in
)";

constexpr const char* kEnd = R"(            esac
            ;;
    esac
}
if [[ $funcstack[1] == _trivet ]]; then
    _trivet "$@"
else
    compdef _trivet trivet
fi
)";

// Text within single quotes and square brackets, or behind a colon.
std::string quoted(const std::string& text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '\'') {
            result += "'\\''";
            continue;
        }
        if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') result += '\\';
        result += letter;
    }
    return result;
}

std::string action(const WordSource& source) {
    if (source.is_folder) return "_files -/";
    if (source.is_file) return "_files";
    return source.words.empty() ? " " : "(" + joined(source.words, " ") + ")";
}

std::string specification(const CompletedFlag& flag) {
    std::string text = "'--" + flag.name + (flag.takes_value ? "=" : "");
    text += "[" + quoted(flag.help) + "]";
    if (flag.takes_value) text += ":" + flag.name + ":" + action(flag.values);
    return text + "'";
}

}  // namespace

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
    std::string text = kBegin;
    for (const CompletedCommand& command : commands) {
        text += "                '" + command.name + ":" + quoted(command.help) + "'\n";
    }
    text += kMiddle;
    for (const CompletedCommand& command : commands) {
        text += "                " + command.name + ")\n                    _arguments -S";
        for (const CompletedFlag& flag : command.flags) {
            text += " \\\n                        " + specification(flag);
        }
        for (const WordSource& argument : command.arguments) {
            text += " \\\n                        ':argument:" + action(argument) + "'";
        }
        text += "\n                    ;;\n";
    }
    return text + kEnd;
}

}  // namespace trivet::cli
