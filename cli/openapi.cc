#include <cstdio>
#include <fstream>
#include <memory>

#include "command.h"
#include "exit_codes.h"
#include "inspect_app.h"
#include "yaml.h"

namespace trivet::cli {
namespace {

constexpr const char* kOpenApiFooter =
    "\n"
    "The document is what the app serves at /openapi.json, whether it serves it or not. The app "
    "is\n"
    "started without serving: no port is opened and no start-up function runs.\n"
    "\n"
    "Examples:\n"
    "  trivet openapi\n"
    "  trivet openapi --output openapi.json\n"
    "  trivet openapi --yaml -- python app.py\n";

constexpr ExitCode kOpenApiExitCodes[] = {
    {0, "the document is there"}, {1, "it is not"}, {2, "wrong arguments"}};

struct OpenApiOptions {
    std::string output;
    bool is_yaml = false;
};

int write(const OpenApiOptions& options, char** behind) {
    const auto call = find_call(behind);
    if (!call) return fail("openapi", call.error());
    const auto told = inspect_app(*call);
    if (!told) return fail("openapi", told.error());
    const Json* document = told->find("openapi");
    if (document == nullptr || document->kind != Json::Kind::object) {
        return fail("openapi",
                    "the app tells of no OpenAPI document: it was made with an older version of "
                    "Trivet; update its package");
    }
    const std::string text = options.is_yaml ? yaml_text(*document) : json_text(*document) + '\n';
    if (options.output.empty()) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        return std::fflush(stdout) == 0 ? 0 : fail("openapi", "standard output cannot be written");
    }
    std::ofstream file(options.output, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    return file ? 0 : fail("openapi", options.output + " cannot be written");
}

}  // namespace

Command add_openapi(CLI::App& root, char** behind) {
    CLI::App* parser =
        root.add_subcommand("openapi", "Print the OpenAPI document of the app in this folder");
    parser->group(kGroupLook);
    parser->footer(kOpenApiFooter + exit_codes_text(kOpenApiExitCodes));
    parser->allow_extras();
    const auto options = std::make_shared<OpenApiOptions>();
    parser->add_option("-o,--output", options->output, "Write it to a file")->type_name("FILE");
    parser->add_flag("--yaml", options->is_yaml, "As YAML instead of JSON");
    return {parser, [options, behind] { return write(*options, behind); }};
}

}  // namespace trivet::cli
