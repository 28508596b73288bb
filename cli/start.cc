#include <cstdlib>
#include <cstring>
#include <memory>

#include "built.h"
#include "command.h"
#include "dotenv.h"
#include "engine.h"
#include "exit_codes.h"
#include "find_program.h"
#include "inspect_app.h"
#include "server_flags.h"

namespace trivet::cli {
namespace {

constexpr const char* kStartFooter =
    "\n"
    "Starts COMMAND once for each worker, hands each its listening socket, and starts those\n"
    "anew that end. Without COMMAND it starts the app in this folder: what `trivet build` has\n"
    "made of it where that is newer than the sources, else it builds what must be built.\n"
    "SIGTERM and SIGINT drain: what was accepted is answered; a second one forces the end.\n"
    "\n"
    "Flags beat what the program sets, which beats the environment (TRIVET_PORT and so on),\n"
    "which beats .env, which beats trivet.toml, which beats the defaults in brackets. The other\n"
    "entries of .env are put into the workers' environment.\n"
    "\n"
    "Examples:\n"
    "  trivet start\n"
    "  trivet start -- python app.py\n"
    "  trivet start --workers 4 --port 8080 -- node app.js\n"
    "  trivet start --config production.toml --log warn -- ./app\n";

constexpr ExitCode kStartExitCodes[] = {
    {0, "drained"}, {1, "could not start, or a worker had to be killed"}, {2, "wrong arguments"}};

// CLI11 knows nothing of what stands behind --.
class StartUsage final : public CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: trivet start [FLAGS] [-- COMMAND [ARGUMENTS]]\n";
    }
};

int supervise(const trivet_app_config& config, char** command) {
    trivet_supervisor_config supervisor;
    trivet_supervisor_config_init(&supervisor, sizeof supervisor);
    supervisor.host = config.host;
    supervisor.port = config.port;
    // As trivet_app_concurrency: where only threads are configured, there is one worker.
    supervisor.workers = config.workers == 0 && config.threads != 0 ? 1 : config.workers;
    supervisor.backlog = config.backlog;
    supervisor.start_timeout_ms = config.start_timeout_ms;
    supervisor.shutdown_timeout_ms = config.shutdown_timeout_ms;
    supervisor.log_level = config.log_level;
    supervisor.also_listen = config.also_listen;
    supervisor.command = command;
    std::int32_t code = 0;
    trivet_error* error = nullptr;
    if (trivet_supervisor_run(&supervisor, nullptr, nullptr, nullptr, &code, &error) != TRIVET_OK) {
        return fail("start", words_of(error));
    }
    return code;
}

// The command of the app in the working directory, built.
std::expected<std::vector<std::string>, std::string> own_command() {
    const auto project = find_project(".", Purpose::start);
    if (!project) return std::unexpected(project.error());
    if (const auto built = find_built(*project)) {
        std::fprintf(stderr, "trivet start: starting %s, which is newer than the sources\n",
                     built->output.c_str());
        return built->project.command;
    }
    if (std::string fault = build_project(*project); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return project->command;
}

int start(const ServerFlags& flags, char** behind) {
    if (behind != nullptr && *behind == nullptr) {
        throw UsageError{
            "no command behind --: write trivet start -- ./app, or trivet start alone"};
    }
    if (const char* worker = std::getenv("TRIVET_WORKER"); worker != nullptr && *worker != '\0') {
        return fail("start", "this is itself a worker of another trivet start");
    }
    const std::vector<GivenFlag> given = flags.put_into_environment();
    const AppOwner app(trivet_app_new());
    if (app == nullptr) {
        return fail("start", "out of memory");
    }
    if (const std::string fault = settings_fault(app.get(), given); !fault.empty()) {
        return fail("start", fault);
    }
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    trivet_app_get_config(app.get(), &config, nullptr);
    export_variables(app.get());
    std::vector<std::string> words;
    std::vector<char*> pointers;
    char** command = behind;
    if (command == nullptr) {
        auto own = own_command();
        if (!own) return fail("start", own.error());
        words = std::move(*own);
        for (std::string& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        command = pointers.data();
    }
    const char* path = std::getenv("PATH");
    if (const int error = why_not_executable(*command, path == nullptr ? "/bin:/usr/bin" : path)) {
        return fail("start",
                    "cannot execute " + std::string(*command) + ": " + std::strerror(error));
    }
    return supervise(config, command);
}

}  // namespace

Command add_start(CLI::App& root, char** behind) {
    CLI::App* parser = root.add_subcommand("start", "Serve with one or more worker processes");
    parser->formatter(std::make_shared<StartUsage>());
    parser->group(kGroupServe);
    parser->footer(kStartFooter + exit_codes_text(kStartExitCodes));
    parser->allow_extras();
    const auto flags = std::make_shared<ServerFlags>(*parser);
    return {parser, [flags, behind] { return start(*flags, behind); }};
}

}  // namespace trivet::cli
