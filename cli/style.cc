#include "style.h"

#include <unistd.h>

#include <cstdlib>

namespace trivet::cli {

std::string Style::in(std::string_view code, std::string_view text) const {
    if (!has_colour_ || text.empty()) return std::string(text);
    std::string result = "\x1b[";
    result.append(code).append("m").append(text).append("\x1b[0m");
    return result;
}

Style style_of(int fd) {
    const char* forbids = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return Style((forbids == nullptr || *forbids == '\0') && terminal != nullptr &&
                 *terminal != '\0' && std::string_view(terminal) != "dumb" && ::isatty(fd) == 1);
}

}  // namespace trivet::cli
