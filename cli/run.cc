#include "run.h"

#include <cstdio>
#include <string_view>

#include "command.h"
#include "suggest.h"

namespace trivet::cli {
namespace {

constexpr const char* kAbout = "Trivet: one HTTP engine for Python, Node, Go and C.";
constexpr const char* kRunFooter =
    "\n"
    "Examples:\n"
    "  trivet start -- python app.py\n"
    "  trivet start --workers 4 --port 8080 -- node app.js\n"
    "  trivet config --explain\n"
    "  trivet doctor\n"
    "\n"
    "trivet COMMAND --help tells more of a command.\n"
    "\n"
    "Exit codes:\n"
    "  0  all went well\n"
    "  1  it did not\n"
    "  2  wrong arguments\n";

std::vector<std::string> names_of(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    names.reserve(commands.size());
    for (const Command& command : commands) {
        names.push_back(command.parser->get_name());
    }
    return names;
}

std::vector<std::string> flags_of(const CLI::App& parser) {
    std::vector<std::string> names;
    for (const CLI::Option* option : parser.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

// The arguments nobody took: a flag or a command that does not exist.
void check_rest(const CLI::App& parser, const char* kind, const std::vector<std::string>& known) {
    const std::vector<std::string> rest = parser.remaining();
    if (rest.empty()) return;
    const std::string& wrong = rest.front();
    if (wrong.starts_with("-")) {
        const std::string name = wrong.substr(0, wrong.find('='));
        throw UsageError{"unknown flag '" + name + "'" + did_you_mean(name, flags_of(parser))};
    }
    throw UsageError{std::string(kind) + " '" + wrong + "'" + did_you_mean(wrong, known)};
}

int run_command(CLI::App& root, const std::vector<Command>& commands,
                const std::vector<std::string>& arguments) {
    // CLI11 reads a vector from its end.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    check_rest(root, "unknown command", names_of(commands));
    for (const Command& command : commands) {
        if (command.parser->parsed()) {
            check_rest(*command.parser, "unexpected argument", {});
            return command.run();
        }
    }
    throw UsageError{"no command given"};
}

// Whether what follows the command is not its own, whatever it looks like.
bool passes_on(int argc, char** argv) {
    if (argc < 2 || std::string_view(argv[1]) != "test") return false;
    const std::string_view next = argc > 2 ? argv[2] : "";
    return next != "--help" && next != "-h";
}

int complain(const CLI::App& root, const std::string& message) {
    const std::vector<const CLI::App*> chosen =
        root.get_subcommands([](const CLI::App* parser) { return parser->parsed(); });
    const std::string program = chosen.empty() ? "trivet" : "trivet " + chosen[0]->get_name();
    std::fprintf(stderr, "%s: %s; %s --help shows what there is\n", program.c_str(),
                 message.c_str(), program.c_str());
    return kExitUsage;
}

}  // namespace

int run(int argc, char** argv) {
    std::vector<std::string> arguments;
    char** behind = nullptr;
    if (passes_on(argc, argv)) {
        arguments.emplace_back(argv[1]);
        behind = argv + (argc > 2 && std::string_view(argv[2]) == "--" ? 3 : 2);
    }
    for (int index = 1; index < argc && behind == nullptr; ++index) {
        if (std::string_view(argv[index]) == "--") {
            behind = argv + index + 1;
        } else {
            arguments.emplace_back(argv[index]);
        }
    }
    CLI::App root(kAbout, "trivet");
    root.footer(kRunFooter);
    root.allow_extras();
    root.set_version_flag("--version", version_line, "Print the version and exit");
    const std::vector<Command> commands = {add_new(root),
                                           add_dev(root, behind),
                                           add_test(root, behind),
                                           add_build(root),
                                           add_start(root, behind),
                                           add_routes(root, behind),
                                           add_openapi(root, behind),
                                           add_client(root),
                                           add_config(root),
                                           add_doctor(root),
                                           add_completion(root),
                                           add_version(root)};
    try {
        return run_command(root, commands, arguments);
    } catch (const CLI::CallForHelp&) {
        std::fputs(root.help().c_str(), stdout);
        return 0;
    } catch (const CLI::CallForVersion& version) {
        std::printf("%s\n", version.what());
        return 0;
    } catch (const CLI::ParseError& error) {
        return complain(root, error.what());
    } catch (const UsageError& error) {
        return complain(root, error.message);
    }
}

}  // namespace trivet::cli
