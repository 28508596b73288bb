#include "exit_codes.h"

namespace trivet::cli {

std::string exit_codes_text(std::span<const ExitCode> codes) {
    std::string text = "\nExit codes:\n";
    for (const ExitCode& one : codes) {
        text += "  " + std::to_string(one.code) + "  " + one.meaning + "\n";
    }
    return text;
}

}  // namespace trivet::cli
