#include <cstdlib>
#include <cstring>
#include <memory>

#include "command.h"
#include "find_program.h"
#include "flags.h"
#include "trivet.h"

namespace trivet::cli {
namespace {

constexpr const char* kFooter =
    "\n"
    "Starts COMMAND once for each worker, hands each its listening socket, and starts those\n"
    "anew that end.\n"
    "SIGTERM and SIGINT drain: what was accepted is answered; a second one forces the end.\n"
    "\n"
    "Flags beat what the program sets, which beats the environment (TRIVET_PORT and so on),\n"
    "which beats the table [server] of trivet.toml, which beats the defaults in brackets.\n"
    "\n"
    "Examples:\n"
    "  trivet start -- python app.py\n"
    "  trivet start --workers 4 --port 8080 -- node app.js\n"
    "  trivet start --config production.toml --log warn -- ./app\n"
    "\n"
    "Exit codes: 0 after a drain, 1 when it could not start or a worker had to be killed,\n"
    "2 for wrong arguments.\n";

struct Options {
    std::vector<std::string> values;  // in the order of flags()
    std::string config;
    std::vector<CLI::Option*> given;  // in the order of flags(), then --config
};

// CLI11 knows nothing of what stands behind --.
class Usage final : public CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: trivet start [FLAGS] -- COMMAND [ARGUMENTS]\n";
    }
};

struct FreeApp {
    void operator()(trivet_app* app) const { trivet_app_free(app); }
};
using AppOwner = std::unique_ptr<trivet_app, FreeApp>;

std::string text_of(trivet_str text) {
    return text.size == 0 ? "" : std::string(text.data, text.size);
}

int fail(const std::string& message) {
    std::fprintf(stderr, "trivet start: %s\n", message.c_str());
    return kExitFailure;
}

int fail(trivet_error* error) {
    std::string message = text_of(trivet_error_message(error));
    const std::string detail = text_of(trivet_error_detail(error));
    trivet_error_free(error);
    return fail(detail.empty() ? message : message + " (" + detail + ")");
}

// Reads the settings, flags included, as every app does.
int read_settings(trivet_app* app, const std::vector<GivenFlag>& given, trivet_app_config& config) {
    trivet_error* error = nullptr;
    trivet_app_config_init(&config, sizeof config);
    if (trivet_app_get_config(app, &config, &error) == TRIVET_OK) {
        return 0;
    }
    std::string detail = text_of(trivet_error_detail(error));
    if (blames_flag(given, detail)) {
        trivet_error_free(error);
        throw UsageError{detail};
    }
    return fail(error);
}

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
    supervisor.command = command;
    std::int32_t code = 0;
    trivet_error* error = nullptr;
    if (trivet_supervisor_run(&supervisor, nullptr, nullptr, nullptr, &code, &error) != TRIVET_OK) {
        return fail(error);
    }
    return code;
}

int start(const Options& options, char** command) {
    if (command == nullptr || *command == nullptr) {
        throw UsageError{"no command given: it stands behind --, as in trivet start -- ./app"};
    }
    if (const char* worker = std::getenv("TRIVET_WORKER"); worker != nullptr && *worker != '\0') {
        return fail("this is itself a worker of another trivet start");
    }
    std::vector<GivenFlag> given;
    for (std::size_t index = 0; index < options.given.size(); ++index) {
        const CLI::Option* option = options.given[index];
        if (option->count() == 0) continue;
        const bool is_config = index == flags().size();
        const std::string& value = is_config ? options.config : options.values[index];
        if (value.empty()) {
            throw UsageError{option->get_name() + " is empty"};
        }
        if (is_config) {
            ::setenv("TRIVET_CONFIG", value.c_str(), 1);
        } else {
            given.push_back({&flags()[index], value});
        }
    }
    export_flags(given);

    const AppOwner app(trivet_app_new());
    if (app == nullptr) {
        return fail("out of memory");
    }
    trivet_app_config config;
    if (const int code = read_settings(app.get(), given, config); code != 0) {
        return code;
    }
    const char* path = std::getenv("PATH");
    if (const int error = why_not_executable(*command, path == nullptr ? "/bin:/usr/bin" : path)) {
        return fail("cannot execute " + std::string(*command) + ": " + std::strerror(error));
    }
    return supervise(config, command);
}

}  // namespace

Command add_start(CLI::App& root, char** behind) {
    CLI::App* parser = root.add_subcommand("start", "Serve with one or more worker processes");
    parser->formatter(std::make_shared<Usage>());
    parser->footer(kFooter);
    parser->allow_extras();
    const auto options = std::make_shared<Options>();
    options->values.resize(flags().size());
    const auto add = [&](const char* name, std::string& value, const char* help) {
        CLI::Option* option = parser->add_option(name, value, help)->take_last();
        options->given.push_back(option);
        return option;
    };
    for (std::size_t index = 0; index < flags().size(); ++index) {
        const Flag& flag = flags()[index];
        add(flag.name, options->values[index], flag.help)->type_name(flag.value)->group(flag.group);
    }
    add("--config", options->config, "Settings in place of ./trivet.toml")
        ->type_name("FILE")
        ->group("Serving");
    return {parser, [options, behind] { return start(*options, behind); }};
}

}  // namespace trivet::cli
