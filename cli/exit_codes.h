#pragma once

#include <span>
#include <string>

namespace trivet::cli {

// An exit code of a command and what it means; docs/guide/cli.md repeats them.
struct ExitCode {
    int code;
    const char* meaning;
};

// What --help says of them.
std::string exit_codes_text(std::span<const ExitCode> codes);

}  // namespace trivet::cli
