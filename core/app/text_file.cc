#include "app/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"

namespace trivet::app {

std::expected<std::string, int> read_text_file(const std::string& path, std::size_t bytes_max) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status{};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
        return std::unexpected(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return std::unexpected(EINVAL);
    }
    // Files of /proc have no size, so reading tells.
    std::string text;
    char part[4096];
    while (true) {
        const ssize_t count = ::read(file.get(), part, sizeof part);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return std::unexpected(errno);
        }
        if (count == 0) {
            return text;
        }
        text.append(part, static_cast<std::size_t>(count));
        if (text.size() > bytes_max) {
            return std::unexpected(EFBIG);
        }
    }
}

}  // namespace trivet::app
