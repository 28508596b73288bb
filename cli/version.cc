#include <cstdio>

#include "command.h"
#include "trivet.h"

namespace trivet::cli {

Command add_version(CLI::App& root) {
    CLI::App* parser = root.add_subcommand("version", "Print the version");
    parser->allow_extras();
    return {parser, [] {
                const trivet_str version = trivet_version();
                std::printf("trivet %.*s\n", static_cast<int>(version.size), version.data);
                return 0;
            }};
}

}  // namespace trivet::cli
