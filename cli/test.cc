#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "command.h"
#include "dotenv.h"
#include "engine.h"
#include "exit_codes.h"
#include "find_program.h"
#include "test_runner.h"

namespace trivet::cli {
namespace {

constexpr const char* kTestFooter =
    "\n"
    "Runs the tests of the app in this folder by its language's own runner: pytest, node --test,\n"
    "go test ./..., or what the project's CMakeLists.txt names, through ctest. All that stands\n"
    "behind `test` is passed on. The tests find TRIVET_ENV=test, and what .env says, in their\n"
    "environment, where it is not set otherwise. The guide's page on testing has clients for "
    "them.\n"
    "\n"
    "Examples:\n"
    "  trivet test\n"
    "  trivet test -k orders\n"
    "  trivet test -run TestOrders\n";

constexpr ExitCode kTestExitCodes[] = {{0, "all tests have passed"},
                                       {1, "they have not, or could not be run"},
                                       {2, "wrong arguments"}};

// CLI11 knows nothing of what is passed on.
class TestUsage final : public CLI::Formatter {
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: trivet test [ARGUMENTS OF THE RUNNER]\n";
    }
};

// Becomes the runner, whose exit code is this command's.
int become(std::vector<std::string> command, const Project& project) {
    const char* path = std::getenv("PATH");
    const int error = why_not_executable(command[0], path == nullptr ? "/bin:/usr/bin" : path);
    if (error != 0) {
        return fail("test", "cannot execute " + command[0] + ": " + std::strerror(error));
    }
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    if (::chdir(project.root.c_str()) == 0) ::execvp(words[0], words.data());
    return fail("test", "cannot execute " + command[0] + ": " + std::strerror(errno));
}

int test(char** behind) {
    std::vector<std::string> arguments;
    for (char** word = behind; word != nullptr && *word != nullptr; ++word) {
        arguments.emplace_back(*word);
    }
    const auto project = find_project(".", Purpose::inspect);
    if (!project) return fail("test", project.error());
    std::vector<std::string> command = test_command(*project, arguments);
    const AppOwner app(trivet_app_new());
    if (app == nullptr) return fail("test", "out of memory");
    ::setenv("TRIVET_ENV", "test", 0);
    export_variables(app.get());
    return become(std::move(command), *project);
}

}  // namespace

Command add_test(CLI::App& root, char** behind) {
    CLI::App* parser = root.add_subcommand("test", "Run the tests of the app in this folder");
    parser->formatter(std::make_shared<TestUsage>());
    parser->group(kGroupServe);
    parser->footer(kTestFooter + exit_codes_text(kTestExitCodes));
    parser->allow_extras();
    return {parser, [behind] { return test(behind); }};
}

}  // namespace trivet::cli
