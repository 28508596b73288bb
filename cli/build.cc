#include <cstdio>
#include <memory>

#include "built.h"
#include "command.h"
#include "exit_codes.h"
#include "inspect_app.h"
#include "sources.h"

namespace trivet::cli {
namespace {

constexpr const char* kBuildFooter =
    "\n"
    "Makes what `trivet start` serves: for Python a copy with bytecode, for Node a bundle (by the\n"
    "project's esbuild, else its tsc), for Go and C an optimised program; all of it in build/.\n"
    "Then it starts the app without serving it, which checks its routes and its settings.\n"
    "\n"
    "Examples:\n"
    "  trivet build\n"
    "  trivet build --check\n";

constexpr ExitCode kBuildExitCodes[] = {
    {0, "all is well"}, {1, "it is not"}, {2, "wrong arguments"}};

// Asks the app what it is like; what is wrong with it is a failure.
int check(const Project& project) {
    const auto document = inspect_app({project.command, project.root});
    if (!document) return fail("build", document.error());
    const auto& problems = document->array_at("problems");
    for (const Json& problem : problems) fail("build", problem.text);
    if (!problems.empty()) return kExitFailure;
    const std::size_t count = document->array_at("routes").size();
    std::printf("Checked %zu %s and the settings.\n", count, count == 1 ? "route" : "routes");
    return 0;
}

int check_only() {
    const auto project = find_project(".", Purpose::inspect);
    if (!project) return fail("build", project.error());
    if (std::string fault = build_project(*project); !fault.empty()) return fail("build", fault);
    return check(*project);
}

int build() {
    const auto project = find_project(".", Purpose::start);
    if (!project) return fail("build", project.error());
    const auto built = make_built(*project);
    if (!built) return fail("build", built.error());
    if (const int code = check(built->project); code != 0) return code;
    if (built->output.empty()) {
        std::printf("%s runs as it is: nothing was made.\n", project->entry.c_str());
    } else {
        std::printf("Made %s, %s.\n", built->output.c_str(),
                    size_text(size_of(project->root / built->output)).c_str());
    }
    return 0;
}

}  // namespace

Command add_build(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("build", "Check the app and make what is served");
    parser->group(kGroupServe);
    parser->footer(kBuildFooter + exit_codes_text(kBuildExitCodes));
    parser->allow_extras();
    const auto is_check = std::make_shared<bool>(false);
    parser->add_flag("--check", *is_check, "Check routes and settings only");
    return {parser, [is_check] { return *is_check ? check_only() : build(); }};
}

}  // namespace trivet::cli
