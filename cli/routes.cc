#include <cstdio>
#include <memory>

#include "command.h"
#include "exit_codes.h"
#include "inspect_app.h"
#include "routes_table.h"

namespace trivet::cli {
namespace {

constexpr const char* kRoutesFooter =
    "\n"
    "Starts the app without serving it: no port is opened and no start-up function runs.\n"
    "\n"
    "Examples:\n"
    "  trivet routes\n"
    "  trivet routes -v\n"
    "  trivet routes --json -- python app.py\n";

constexpr ExitCode kRoutesExitCodes[] = {
    {0, "the app could be asked"}, {1, "it could not"}, {2, "wrong arguments"}};

struct RoutesOptions {
    bool is_json = false;
    bool is_verbose = false;
};

int show(const RoutesOptions& options, char** behind) {
    const auto call = find_call(behind);
    if (!call) return fail("routes", call.error());
    const auto document = inspect_app(*call);
    if (!document) return fail("routes", document.error());
    if (options.is_json) {
        Json told = *document;  // `trivet openapi` prints the rest
        std::erase_if(told.members,
                      [](const JsonMember& member) { return member.name == "openapi"; });
        std::printf("%s\n", json_text(told).c_str());
        return 0;
    }
    const std::string table = routes_table(*document, options.is_verbose);
    std::fputs(table.empty() ? "The app has no routes.\n" : table.c_str(), stdout);
    for (const Json& problem : document->array_at("problems")) {
        std::fprintf(stderr, "trivet routes: problem: %s\n", problem.text.c_str());
    }
    return 0;
}

}  // namespace

Command add_routes(CLI::App& root, char** behind) {
    CLI::App* parser = root.add_subcommand("routes", "List the routes of the app in this folder");
    parser->group(kGroupLook);
    parser->footer(kRoutesFooter + exit_codes_text(kRoutesExitCodes));
    parser->allow_extras();
    const auto options = std::make_shared<RoutesOptions>();
    parser->add_flag("--json", options->is_json, "Print all that the app tells, as JSON");
    parser->add_flag(
        "-v,--verbose", options->is_verbose,
        "Add constraints, limits, hooks, metadata and where each route was registered");
    return {parser, [options, behind] { return show(*options, behind); }};
}

}  // namespace trivet::cli
