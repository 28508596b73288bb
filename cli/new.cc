#include <cstdio>
#include <cstdlib>
#include <memory>

#include "command.h"
#include "exit_codes.h"
#include "new_app.h"
#include "run_program.h"
#include "suggest.h"
#include "trivet.h"

namespace trivet::cli {
namespace {

constexpr const char* kNewFooter =
    "\n"
    "Makes an app with a test, a linter, types and a README in a folder of that name, and "
    "installs\n"
    "what it needs: for Python into the active virtual environment, else into .venv.\n"
    "\n"
    "Examples:\n"
    "  trivet new python shop\n"
    "  trivet new node shop --no-install\n"
    "  trivet new go shop --trivet v0.1.0\n";

constexpr ExitCode kNewExitCodes[] = {
    {0, "the app is ready to run"}, {1, "it is not"}, {2, "wrong arguments"}};

const std::vector<std::string>& language_names() {
    static const std::vector<std::string> kNames = {"python", "node", "go", "c"};
    return kNames;
}

struct NewOptions {
    std::string language;
    std::string folder;
    std::string trivet;
    bool skips_install = false;
};

std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

NewApp read_options(const NewOptions& options) {
    constexpr Language kLanguages[] = {Language::python, Language::node, Language::go, Language::c};
    NewApp app;
    bool is_known = false;
    for (const Language language : kLanguages) {
        if (options.language != name_of(language)) continue;
        app.language = language;
        is_known = true;
    }
    if (!is_known) {
        throw UsageError{"unknown language '" + options.language +
                         "', there are python, node, go and c" +
                         did_you_mean(options.language, language_names())};
    }
    app.folder = options.folder;
    if (app.folder.filename().empty()) app.folder = app.folder.parent_path();
    if (std::string fault = check_name(app.folder.filename()); !fault.empty()) {
        throw UsageError{fault};
    }
    app.trivet = options.trivet;
    app.package = value_of("TRIVET_PACKAGE");
    const trivet_str version = trivet_version();
    app.version = std::string(version.data, version.size);
    return app;
}

// The command as it is to be typed in the app's folder.
void print_next(const NewApp& app, const std::vector<std::vector<std::string>>& commands) {
    std::printf("\nNext:\n  cd %s\n", app.folder.c_str());
    for (const auto& command : commands) std::printf("  %s\n", command_text(command).c_str());
    std::printf("  trivet dev\n");
}

int make(const NewOptions& options) {
    const NewApp app = read_options(options);
    const auto written = write_app(app);
    if (!written) {
        std::fprintf(stderr, "trivet new: %s\n", written.error().c_str());
        return kExitFailure;
    }
    std::printf("Made %s, a %s app of %zu files.\n", app.folder.c_str(),
                std::string(title_of(app.language)).c_str(), written->size());
    const auto commands = install_commands(app.language);
    if (options.skips_install) {
        print_next(app, commands);
        return 0;
    }
    for (const auto& command : commands) {
        std::printf("Running %s\n", command_text(command).c_str());
        std::fflush(stdout);
        const auto code = run_program({command, app.folder});
        if (code && *code == 0) continue;
        const std::string fault =
            code ? "it ended with exit code " + std::to_string(*code) : code.error();
        std::fprintf(stderr, "trivet new: %s is there, but not all it needs: %s\n",
                     app.folder.c_str(), fault.c_str());
        print_next(app, commands);
        return kExitFailure;
    }
    print_next(app, {});
    return 0;
}

}  // namespace

Command add_new(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("new", "Make an app in Python, Node, Go or C");
    parser->group(kGroupServe);
    parser->footer(kNewFooter + exit_codes_text(kNewExitCodes));
    parser->allow_extras();
    const auto options = std::make_shared<NewOptions>();
    parser->add_option("LANGUAGE", options->language, "python, node, go or c")->required();
    parser->add_option("NAME", options->folder, "The folder to make; its last part is the name")
        ->required();
    parser
        ->add_option("--trivet", options->trivet,
                     "What the app depends on: a version, a package file or a folder (as this "
                     "command was installed)")
        ->type_name("SPEC");
    parser->add_flag("--no-install", options->skips_install, "Write the files only");
    return {parser, [options] { return make(*options); }};
}

}  // namespace trivet::cli
