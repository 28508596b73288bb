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

// Says on stderr why the command has failed, "trivet start: …", and gives its exit code.
int fail(const char* command, const std::string& message);

}  // namespace trivet::cli
