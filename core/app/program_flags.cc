#include "app/program_flags.h"

#include <string_view>

#include "app/settings_value.h"

namespace trivet::app {
namespace {

struct Flag {
    std::string_view name;
    std::string_view field;
    std::string_view value;  // how the help calls it
    std::string_view help;
};

constexpr Flag kFlags[] = {
    {"--host", "host", "ADDRESS", "address or unix:/path to listen on"},
    {"--port", "port", "PORT", "port; 0 lets the kernel choose"},
    {"--engine", "engine", "NAME", "io_uring, epoll, or the better one there is"},
    {"--workers", "workers", "N", "processes to serve with"},
    {"--threads", "threads", "N", "loops in each process"},
    {"--profile", "profile", "NAME", "how much memory a loop takes for speed"},
    {"--buffer-count", "buffer_count", "N", "receive buffers of a loop"},
    {"--buffer-bytes", "buffer_bytes", "SIZE", "size of one receive buffer"},
};

const Field* field_of(std::string_view name) {
    for (const Field& field : fields()) {
        if (field.name == name) {
            return &field;
        }
    }
    return nullptr;
}

const Flag* find_flag(std::string_view name) {
    for (const Flag& flag : kFlags) {
        if (flag.name == name) {
            return &flag;
        }
    }
    return nullptr;
}

// What is wrong with the value; empty when it was taken.
std::string assign(const Flag& flag, std::string_view text, Config& config) {
    const Field& field = *field_of(flag.field);
    if (field.kind == FieldKind::text) {
        config.host = text;
        return {};  // whether it can be listened on shows soon
    }
    const auto value = parse_value(field, text);
    if (!value.has_value()) {
        return std::string(flag.name) + " is '" + std::string(text) + "', allowed are " +
               allowed_values(field);
    }
    field.set(config, *value);
    return {};
}

}  // namespace

ProgramFlags parse_flags(int argc, char* const* argv, Config& config) {
    ProgramFlags result;
    for (int index = 1; index < argc && result.fault.empty(); ++index) {
        const std::string_view argument(argv[index]);
        if (argument == "--help" || argument == "-h") {
            result.wants_help = true;
            return result;
        }
        if (argument == "--fork") {
            result.forks = true;
            continue;
        }
        const std::size_t equals = argument.find('=');
        const std::string_view name = argument.substr(0, equals);
        const Flag* flag = find_flag(name);
        if (flag == nullptr) {
            result.fault = "unknown flag '" + std::string(name) + "'; --help shows the flags";
        } else if (equals != std::string_view::npos) {
            result.fault = assign(*flag, argument.substr(equals + 1), config);
        } else if (index + 1 < argc) {
            result.fault = assign(*flag, argv[++index], config);
        } else {
            result.fault = "'" + std::string(name) + "' lacks its value; --help shows the flags";
        }
    }
    return result;
}

std::string help_text(const std::string& program) {
    constexpr std::size_t kColumn = 26;
    std::string text = "usage: " + program + " [FLAG...]\n\n";
    for (const Flag& flag : kFlags) {
        const Field& field = *field_of(flag.field);
        std::string line = "  " + std::string(flag.name) + " " + std::string(flag.value);
        line.resize(line.size() < kColumn ? kColumn : line.size() + 1, ' ');
        text += line + std::string(flag.help) + " (" + variable_of(field) + ")\n";
    }
    text +=
        "  --fork                  fork the workers without executing the program anew\n"
        "  --help                  show this\n"
        "\n"
        "A flag beats the variable of the environment beside it, which beats trivet.toml.\n"
        "Without workers and threads there are as many threads as CPUs. TRIVET_LOG sets the log\n"
        "level: debug, info, warn, error or off.\n"
        "SIGTERM and SIGINT drain, the second one ends at once; SIGHUP replaces the workers.\n"
        "Exit codes: 0 after a drain, 1 when it could not start or a worker had to be killed,\n"
        "2 for wrong arguments.\n";
    return text;
}

}  // namespace trivet::app
