#include "app/inherit.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "app/concurrency.h"

namespace trivet::app {
namespace {

// The number before the next colon, or before the end for the last one.
bool take_number(std::string_view& text, bool is_last, std::uint32_t& out) {
    const std::size_t colon = text.find(':');
    if ((colon == std::string_view::npos) != is_last) {
        return false;
    }
    const std::string_view digits = text.substr(0, colon);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    text.remove_prefix(is_last ? text.size() : colon + 1);
    return !digits.empty() && result.ec == std::errc{} &&
           result.ptr == digits.data() + digits.size() && out <= INT32_MAX;
}

bool has_option(int fd, int option, int wanted) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

bool keep_from_children(int fd) { return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0; }

}  // namespace

std::expected<Inheritance, Status> inherit() noexcept {
    const char* variable = std::getenv(kWorkerVariable);
    if (variable == nullptr) {
        return std::unexpected(Status::not_found);
    }
    std::string_view text(variable);
    Inheritance found;
    std::uint32_t listen_fd = 0;
    std::uint32_t control_fd = 0;
    const bool is_wellformed =
        take_number(text, false, found.slot) && take_number(text, false, found.workers) &&
        take_number(text, false, listen_fd) && take_number(text, true, control_fd) &&
        found.slot < found.workers && found.workers <= kWorkersMax && listen_fd != control_fd;
    ::unsetenv(kWorkerVariable);
    if (!is_wellformed) {
        return std::unexpected(Status::argument);
    }
    found.listen_fd = static_cast<int>(listen_fd);
    found.control_fd = static_cast<int>(control_fd);
    // Whoever copied the environment to elsewhere did not copy the descriptors.
    const bool is_ours = has_option(found.listen_fd, SO_ACCEPTCONN, 1) &&
                         has_option(found.control_fd, SO_TYPE, SOCK_SEQPACKET) &&
                         has_option(found.control_fd, SO_DOMAIN, AF_UNIX);
    if (!is_ours || !keep_from_children(found.listen_fd) || !keep_from_children(found.control_fd)) {
        return std::unexpected(Status::not_found);
    }
    return found;
}

}  // namespace trivet::app
