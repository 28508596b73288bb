#include <cstdio>

#include "command.h"
#include "trivet.h"

namespace trivet::cli {

std::string version_line() {
    const trivet_str version = trivet_version();
    return "trivet " + std::string(version.data, version.size);
}

Command add_version(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("version", "Print the version");
    parser->allow_extras();
    return {parser, [] {
                std::printf("%s\n", version_line().c_str());
                return 0;
            }};
}

}  // namespace trivet::cli
