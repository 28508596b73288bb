#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "command.h"
#include "dev_environment.h"
#include "dev_session.h"
#include "dotenv.h"
#include "engine.h"
#include "exit_codes.h"
#include "find_program.h"
#include "project.h"
#include "server_flags.h"
#include "trivet.h"
#include "watch_rules.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDevFooter =
    "\n"
    "Serves the app of this folder, or COMMAND, with one process, and starts it anew when a file\n"
    "changes; Go and C are built before.\n"
    "The listener stays open, so who connects meanwhile waits and is answered by the new one.\n"
    "When the build fails or the app ends, a page says why until a change has mended it.\n"
    "Flags beat what the program sets. Hidden folders, node_modules, __pycache__, virtual\n"
    "environments, build, dist, target and vendor are not watched.\n"
    "Ctrl-C ends both, a second one kills the app.\n"
    "\n"
    "Examples:\n"
    "  trivet dev\n"
    "  trivet dev -- python app.py\n"
    "  trivet dev --port 8080 --watch '*.md' --ignore 'data/*' -- node app.js\n";

constexpr ExitCode kDevExitCodes[] = {
    {0, "ended by SIGINT, SIGTERM or SIGHUP"},
    {1, "could not start, or the app had to be killed in the end"},
    {2, "wrong arguments"}};

struct DevOptions {
    std::vector<std::string> watched;
    std::vector<std::string> ignored;
};

// CLI11 knows nothing of what stands behind --.
class Usage final : public CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: trivet dev [FLAGS] [-- COMMAND [ARGUMENTS]]\n";
    }
};

int complain(const std::string& message) {
    std::fprintf(stderr, "trivet dev: %s\n", message.c_str());
    return kExitFailure;
}

// What the app and its listener are to be, flags included.
struct Settings {
    std::string host;
    std::uint32_t port = 0;
    std::uint32_t backlog = 0;
    bool has_engine = false;
};

// The error in words; empty when all is well.
std::string read_settings(const std::vector<GivenFlag>& given, Settings& settings) {
    const AppOwner app(trivet_app_new());
    if (app == nullptr) {
        return "out of memory";
    }
    if (std::string fault = settings_fault(app.get(), given); !fault.empty()) {
        return fault;
    }
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    trivet_app_get_config(app.get(), &config, nullptr);
    settings = {text_of(config.host), config.port, config.backlog,
                config.engine != TRIVET_ENGINE_AUTO};
    return {};
}

// What trivet.toml, .env and the environment say of the app now.
struct Surroundings {
    AppSettings app;
    std::vector<std::pair<std::string, std::string>> variables;  // of .env, where not set otherwise
};

Surroundings read_surroundings() {
    Surroundings found;
    const AppOwner app(trivet_app_new());
    if (app == nullptr) {
        return found;
    }
    for (const Setting& setting : settings_of(app.get())) {
        if (setting.key == "app.language") found.app.language = setting.value;
        if (setting.key == "app.entry") found.app.entry = setting.value;
        if (setting.key == "app.command") found.app.command = setting.value;
        if (setting.key == "app.build") found.app.build = setting.value;
    }
    for (const auto& [name, value] : variables_of(app.get())) {
        if (std::getenv(name.c_str()) == nullptr) {
            found.variables.emplace_back(name, value);
        }
    }
    return found;
}

// Names the owner of a port that is in use, and one that is free, which is not taken unasked.
std::string in_use(const ListenFault& fault, const Settings& settings) {
    std::string message = fault.message;
    if (is_unix(settings.host)) {
        return message;
    }
    if (const std::string owner = owner_of_port(settings.port); !owner.empty()) {
        message += " by " + owner;
    }
    if (const std::uint32_t free = free_port_after(settings.host, settings.port); free != 0) {
        message +=
            "; " + std::to_string(free) + " is free: trivet dev --port " + std::to_string(free);
    }
    return message;
}

// There is one process with one loop.
bool is_single(const Flag& flag) {
    return std::strcmp(flag.field, "workers") == 0 || std::strcmp(flag.field, "threads") == 0;
}

// Folders that --watch names are watched as well; what else it names are patterns.
std::vector<fs::path> roots_of(const fs::path& folder, std::vector<std::string>& watched) {
    std::vector<fs::path> roots = {folder};
    std::erase_if(watched, [&](const std::string& name) {
        std::error_code code;
        const fs::path path = folder / name;
        const bool is_folder = fs::is_directory(path, code);
        if (is_folder) roots.push_back(fs::canonical(path));
        return is_folder;
    });
    return roots;
}

// The command behind --, in this folder.
void plan_command(char** command, DevConfig& config) {
    std::vector<std::string> words;
    for (char** word = command; *word != nullptr; ++word) {
        words.emplace_back(*word);
        config.subject += config.subject.empty() ? "" : " ";
        config.subject += *word;
    }
    config.folder = fs::current_path();
    config.plan = [words] { return DevPlan{words, {}, read_surroundings().variables}; };
}

// The app of this folder. The error in words; empty when all is well.
std::string plan_project(DevConfig& config) {
    const fs::path here = fs::current_path();
    const auto project = find_project(here, Purpose::dev, read_surroundings().app);
    if (!project) {
        return project.error();
    }
    config.folder = project->root;
    config.subject = std::string(title_of(project->language)) + " " + project->entry;
    config.plan = [here]() -> std::expected<DevPlan, std::string> {
        Surroundings now = read_surroundings();
        auto found = find_project(here, Purpose::dev, now.app);
        if (!found) {
            return std::unexpected(found.error());
        }
        return DevPlan{found->command, found->build, std::move(now.variables)};
    };
    return {};
}

int dev(const ServerFlags& flags, const DevOptions& options, char** command) {
    if (command != nullptr && *command == nullptr) {
        throw UsageError{"no command given: it stands behind --, as in trivet dev -- ./app"};
    }
    const std::vector<GivenFlag> given = flags.put_into_environment();
    for (const GivenFlag& one : given) {
        if (is_single(*one.flag)) {
            throw UsageError{std::string(one.flag->name) + " is always 1 here"};
        }
    }
    Settings settings;
    if (const std::string fault = read_settings(given, settings); !fault.empty()) {
        return complain(fault);
    }
    DevConfig config;
    if (command == nullptr) {
        if (const std::string fault = plan_project(config); !fault.empty()) {
            return complain(fault);
        }
    } else {
        const char* path = std::getenv("PATH");
        if (const int error =
                why_not_executable(*command, path == nullptr ? "/bin:/usr/bin" : path)) {
            return complain("cannot execute " + std::string(*command) + ": " +
                            std::strerror(error));
        }
        plan_command(command, config);
    }
    auto listener = listen_on(settings.host, settings.port, settings.backlog);
    if (!listener) {
        return complain(listener.error().is_in_use ? in_use(listener.error(), settings)
                                                   : listener.error().message);
    }
    std::vector<std::string> watched = options.watched;
    const std::vector<fs::path> roots = roots_of(config.folder, watched);
    auto files = WatchFiles::open(roots, WatchRules(watched, options.ignored));
    if (!files) {
        return complain(files.error());
    }
    auto page = PageServer::create();
    if (!page) {
        return complain(page.error());
    }
    config.url = url_of(settings.host, listener->port);
    config.environment = dev_environment(given, settings.host, listener->port, settings.has_engine);
    DevSession session(std::move(config), std::move(*listener), std::move(*files),
                       std::move(*page));
    return session.run();
}

}  // namespace

Command add_dev(CLI::App& root, char** behind) {
    CLI::App* parser = root.add_subcommand("dev", "Serve, and start anew when a file changes");
    parser->formatter(std::make_shared<Usage>());
    parser->group(kGroupServe);
    parser->footer(kDevFooter + exit_codes_text(kDevExitCodes));
    parser->allow_extras();
    const auto flags = std::make_shared<ServerFlags>(*parser);
    for (const Flag& flag : cli::flags()) {
        if (is_single(flag)) {
            parser->get_option(flag.name)->group("");  // not shown
        }
    }
    const auto options = std::make_shared<DevOptions>();
    const auto add_list = [&](const char* name, std::vector<std::string>& values,
                              const std::string& help) {
        CLI::Option* option = parser->add_option(name, values, help);
        option->allow_extra_args(false)->type_name("PATTERN")->group("Watching");
    };
    add_list(
        "--watch", options->watched,
        "Further files (*.md, data/*.csv) or a folder; always: " + WatchRules::default_names());
    add_list("--ignore", options->ignored, "Files and folders that are not watched");
    return {parser, [flags, options, behind] { return dev(*flags, *options, behind); }};
}

}  // namespace trivet::cli
