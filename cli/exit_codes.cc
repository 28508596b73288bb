#include "exit_codes.h"

#include <cstdio>

#include "command.h"

namespace trivet::cli {

std::string exit_codes_text(std::span<const ExitCode> codes) {
    std::string text = "\nExit codes:\n";
    for (const ExitCode& one : codes) {
        text += "  " + std::to_string(one.code) + "  " + one.meaning + "\n";
    }
    return text;
}

int fail(const char* command, const std::string& message) {
    std::fprintf(stderr, "trivet %s: %s\n", command, message.c_str());
    return kExitFailure;
}

}  // namespace trivet::cli
