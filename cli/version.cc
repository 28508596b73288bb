#include <cstdio>
#include <memory>

#include "command.h"
#include "engine.h"
#include "exit_codes.h"
#include "json.h"
#include "trivet.h"
#include "versions.h"

namespace trivet::cli {
namespace {

constexpr const char* kVersionFooter =
    "\n"
    "Examples:\n"
    "  trivet version\n"
    "  trivet version --json\n";

constexpr ExitCode kVersionExitCodes[] = {{0, "printed"}, {2, "wrong arguments"}};

constexpr const char* kCompiler =
#ifdef __clang__
    __VERSION__;
#else
    "gcc " __VERSION__;
#endif

void print_json() {
    const std::pair<const char*, const char*> libraries[] = {
        {"liburing", TRIVET_LIBURING_VERSION},   {"llhttp", TRIVET_LLHTTP_VERSION},
        {"pcre2", TRIVET_PCRE2_VERSION},         {"zlib", TRIVET_ZLIB_VERSION},
        {"brotli", TRIVET_BROTLI_VERSION},       {"zstd", TRIVET_ZSTD_VERSION},
        {"toml++", TRIVET_TOMLPLUSPLUS_VERSION},
    };
    std::printf("{\"version\": %s, \"abi\": %u, \"libraries\": {",
                json_quoted(text_of(trivet_version())).c_str(), trivet_abi_version());
    const char* comma = "";
    for (const auto& [name, version] : libraries) {
        std::printf("%s\"%s\": \"%s\"", comma, name, version);
        comma = ", ";
    }
    std::printf("}, \"compiler\": %s}\n", json_quoted(kCompiler).c_str());
}

}  // namespace

std::string version_line() { return "trivet " + text_of(trivet_version()); }

Command add_version(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("version", "Print the version");
    parser->group(kGroupCommand);
    parser->footer(kVersionFooter + exit_codes_text(kVersionExitCodes));
    parser->allow_extras();
    const auto is_json = std::make_shared<bool>(false);
    parser->add_flag("--json", *is_json, "Print also the ABI, the libraries and the compiler");
    return {parser, [is_json] {
                if (*is_json) {
                    print_json();
                } else {
                    std::printf("%s\n", version_line().c_str());
                }
                return 0;
            }};
}

}  // namespace trivet::cli
