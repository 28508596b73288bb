#include "find_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace trivet::cli {
namespace {

int why_not(const std::string& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return errno;
    if (S_ISDIR(status.st_mode)) return EISDIR;
    return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

}  // namespace

int why_not_executable(const std::string& name, std::string_view path) {
    if (name.empty()) return ENOENT;
    if (name.find('/') != std::string::npos) return why_not(name);
    int reason = ENOENT;
    while (true) {
        const std::size_t end = std::min(path.find(':'), path.size());
        // An empty part of PATH is the working directory.
        std::string file(end == 0 ? "." : path.substr(0, end));
        file.append("/").append(name);
        const int error = why_not(file);
        if (error == 0) return 0;
        if (error == EACCES) reason = EACCES;
        if (end == path.size()) return reason;
        path.remove_prefix(end + 1);
    }
}

}  // namespace trivet::cli
