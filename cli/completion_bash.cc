#include "completion_words.h"

namespace trivet::cli {
namespace {

constexpr const char* kBegin = R"(# bash completion of trivet, written by `trivet completion bash`.
_trivet() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= at=0 i
    COMPREPLY=()
    # bash takes --flag=value for three words.
    if [[ $word == "=" ]]; then
        word=
    elif [[ $before == "=" ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --)
                if ((i == COMP_CWORD - 1)); then
                    mapfile -t COMPREPLY < <(compgen -c -- "$word")
                fi
                compopt -o default 2>/dev/null
                return
                ;;
            -*) ;;
            *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else at=$((at + 1)); fi ;;
        esac
    done
    local words=
    case "$command $before" in
)";

constexpr const char* kMiddle = R"(        *)
            case "$command $word" in
)";

constexpr const char* kEnd = R"(            esac
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _trivet trivet
)";

std::string files(const WordSource& source, const char* indent) {
    return std::string(indent) + "    mapfile -t COMPREPLY < <(compgen -" +
           (source.is_folder ? "d" : "f") + " -- \"$word\")\n" + indent +
           "    compopt -o filenames 2>/dev/null\n" + indent + "    return\n" + indent + "    ;;\n";
}

std::string values(const std::string& pattern, const WordSource& source, const char* indent) {
    if (source.is_file || source.is_folder) {
        return indent + pattern + ")\n" + files(source, indent);
    }
    return indent + pattern + ") words=\"" + joined(source.words, " ") + "\" ;;\n";
}

}  // namespace

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
    std::string text = kBegin;
    for (const CompletedCommand& command : commands) {
        for (const CompletedFlag& flag : command.flags) {
            if (!flag.takes_value) continue;
            text += values("\"" + command.name + " --" + flag.name + "\"", flag.values, "        ");
        }
    }
    text += kMiddle;
    std::vector<std::string> names;
    for (const CompletedCommand& command : commands) {
        names.push_back(command.name);
        std::vector<std::string> flags;
        for (const CompletedFlag& flag : command.flags) flags.push_back("--" + flag.name);
        if (command.takes_command) flags.push_back("--");
        text += "                \"" + command.name + " -\"*) words=\"" + joined(flags, " ") +
                "\" ;;\n";
        for (std::size_t index = 0; index < command.arguments.size(); ++index) {
            // The values of flags count as arguments, too, so only the first one can be told.
            text +=
                values("\"" + command.name + " \"*", command.arguments[index], "                ");
            break;
        }
    }
    text += "                \" -\"*) words=\"--help --version\" ;;\n";
    text += "                \" \"*) words=\"" + joined(names, " ") + "\" ;;\n";
    return text + kEnd;
}

}  // namespace trivet::cli
