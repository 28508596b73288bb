#include "app/activation.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string>

#include "io/backlog.h"

namespace trivet::app {
namespace {

constexpr int kFirstFd = 3;
constexpr int kMptcp = 262;  // TCP over several paths, which libc's older headers do not name

template <typename Number>
bool read_number(std::string_view text, Number& out) noexcept {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

int option(int fd, int name) noexcept {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// What keeps a descriptor from being a listener for HTTP; empty when nothing does.
std::string_view find_fault(int fd) noexcept {
    if (::fcntl(fd, F_GETFD) < 0) return "is not open";
    const int domain = option(fd, SO_DOMAIN);
    if (domain < 0) return "is no socket";
    const int protocol = option(fd, SO_PROTOCOL);
    const bool is_tcp = (domain == AF_INET || domain == AF_INET6) &&
                        (protocol == IPPROTO_TCP || protocol == kMptcp);
    if (option(fd, SO_TYPE) != SOCK_STREAM || (!is_tcp && domain != AF_UNIX)) {
        return "is neither a TCP socket nor a Unix stream socket";
    }
    return option(fd, SO_ACCEPTCONN) == 1 ? "" : "does not listen";
}

std::unexpected<Error> refused(std::string detail) {
    return std::unexpected(
        Error{Status::address, "the listeners of LISTEN_FDS cannot be used", std::move(detail)});
}

}  // namespace

bool names_this_process(std::string_view pid) noexcept {
    pid_t number = 0;
    return read_number(pid, number) && number == ::getpid();
}

std::expected<std::vector<io::Listener>, Error> take_activated() {
    const char* pid = std::getenv(kListenPidVariable);
    const char* count_text = std::getenv(kListenFdsVariable);
    std::vector<io::Listener> listeners;
    if (pid == nullptr || count_text == nullptr || !names_this_process(pid)) {
        return listeners;
    }
    const std::string given(count_text);
    for (const char* name : {kListenPidVariable, kListenFdsVariable, kListenNamesVariable}) {
        ::unsetenv(name);
    }
    std::size_t count = 0;
    if (!read_number(std::string_view(given), count) || count > kActivatedMax) {
        return refused("LISTEN_FDS is '" + given.substr(0, 40) + "', allowed are 0 to " +
                       std::to_string(kActivatedMax));
    }
    const int end = kFirstFd + static_cast<int>(count);
    for (int fd = kFirstFd; fd < end; ++fd) {
        if (const std::string_view fault = find_fault(fd); !fault.empty()) {
            return refused("descriptor " + std::to_string(fd) + " " + std::string(fault));
        }
    }
    for (int fd = kFirstFd; fd < end; ++fd) {
        listeners.push_back(io::adopt_listener(fd));
        // A program before this one may have been killed while it drained.
        io::admit_new_connections(fd);
    }
    return listeners;
}

std::expected<void, Error> Activation::take() {
    if (!has_asked_) {
        has_asked_ = true;
        auto taken = take_activated();
        if (!taken) {
            return std::unexpected(taken.error());
        }
        listeners_ = std::move(*taken);
    }
    return {};
}

Fd Activation::copy(std::size_t index) const noexcept {
    return Fd(::fcntl(listeners_[index % listeners_.size()].fd.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace trivet::app
