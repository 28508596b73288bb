#pragma once

#include <string>
#include <vector>

#include "app/config.h"

namespace trivet::app {

// What the command line of a C program says.
struct ProgramFlags {
    bool wants_help = false;
    bool forks = false;  // workers without exec
    std::string fault;   // what is wrong; empty when all is well
};

// Reads the flags --host, --port, --engine, --workers, --threads, --profile, --buffer-count and
// --buffer-bytes into `config`, and --fork and --help.
ProgramFlags parse_flags(int argc, char* const* argv, Config& config);

// Shown for --help; `program` is its name.
std::string help_text(const std::string& program);

}  // namespace trivet::app
