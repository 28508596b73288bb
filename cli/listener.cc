#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kPortMax = 65'535;
constexpr std::uint32_t kPortsTried = 100;
constexpr const char* kUnix = "unix:";
constexpr mode_t kSocketMask = 0117;      // mode 0660, as the engine makes them
constexpr const char* kListening = "0A";  // TCP_LISTEN in /proc/net/tcp

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

bool parse(const std::string& host, std::uint32_t port, Address& out) {
    std::string text = host == "localhost" ? "127.0.0.1" : host;
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<std::uint16_t>(port));
        out.size = sizeof *v4;
    } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(static_cast<std::uint16_t>(port));
        out.size = sizeof *v6;
    }
    return out.size != 0 && port <= kPortMax;
}

// Whether there is a Unix socket at the path that nobody listens at.
bool is_stale(const sockaddr_un& address, socklen_t size) {
    struct stat status{};
    if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    OwnedFd fd;
    fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 &&
           errno == ECONNREFUSED;
}

// Before there is another thread: the umask is the process's.
std::expected<DevListener, ListenFault> listen_unix(const std::string& host,
                                                    std::uint32_t backlog) {
    const std::string path = host.substr(std::strlen(kUnix));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return std::unexpected(
            ListenFault{"cannot listen on " + host + ": a path has 1 to 107 bytes", false});
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    const bool is_abstract = path.front() == '@';
    if (is_abstract) address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                             (is_abstract ? 0 : 1));
    DevListener listener;
    listener.fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int fd = listener.fd.get();
    const auto bind = [&] { return ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0; };
    const mode_t mask = ::umask(kSocketMask);
    bool is_bound = fd >= 0 && bind();
    if (!is_bound && errno == EADDRINUSE && !is_abstract) {
        if (is_stale(address, size)) ::unlink(address.sun_path);
        is_bound = bind();
    }
    const int error = errno;
    ::umask(mask);
    if (is_bound && !is_abstract) listener.file = OwnedSocketFile(path);
    if (is_bound && ::listen(fd, static_cast<int>(backlog)) == 0) {
        return listener;
    }
    const bool is_in_use = !is_bound && error == EADDRINUSE;
    return std::unexpected(ListenFault{
        is_in_use ? host + " is already in use"
                  : "cannot listen on " + host + ": " + std::strerror(is_bound ? errno : error),
        is_in_use});
}

std::uint64_t number_of(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

std::uint32_t port_of(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return storage.ss_family == AF_INET6
               ? ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port)
               : ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

// socket:[123] of those that listen on the port.
std::set<std::string> sockets_on(std::uint32_t port, const std::string& proc) {
    std::set<std::string> sockets;
    for (const char* table : {"/net/tcp", "/net/tcp6"}) {
        std::ifstream file(proc + table);
        std::string line;
        std::getline(file, line);  // the headings
        while (std::getline(file, line)) {
            // sl local_address rem_address st queues timer retransmits uid timeout inode
            std::istringstream words(line);
            std::string slot, local, remote, state, skipped, inode;
            words >> slot >> local >> remote >> state;
            for (int count = 0; count < 5; ++count) words >> skipped;
            words >> inode;
            const std::size_t colon = local.rfind(':');
            if (state == kListening && colon != std::string::npos &&
                std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) {
                sockets.insert("socket:[" + inode + "]");
            }
        }
    }
    return sockets;
}

bool holds_one(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code code;
    for (fs::directory_iterator entry(process / "fd", code), end; !code && entry != end;
         entry.increment(code)) {
        std::error_code ignored;
        if (sockets.contains(fs::read_symlink(entry->path(), ignored).string())) {
            return true;
        }
    }
    return false;
}

}  // namespace

OwnedSocketFile::OwnedSocketFile(std::string path)
    : path_(fs::absolute(path).string()), number_(number_of(path_)) {}

OwnedSocketFile::OwnedSocketFile(OwnedSocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), number_(other.number_) {}

OwnedSocketFile& OwnedSocketFile::operator=(OwnedSocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(number_, other.number_);
    return *this;
}

OwnedSocketFile::~OwnedSocketFile() {
    if (!path_.empty() && number_ != 0 && number_of(path_) == number_) {
        ::unlink(path_.c_str());
    }
}

bool is_unix(const std::string& host) { return host.starts_with(kUnix); }

std::expected<DevListener, ListenFault> listen_on(const std::string& host, std::uint32_t port,
                                                  std::uint32_t backlog) {
    if (is_unix(host)) {
        return listen_unix(host, backlog);
    }
    const std::string place = url_of(host, port).substr(std::strlen("http://"));
    Address address;
    if (!parse(host, port, address)) {
        return std::unexpected(ListenFault{
            "cannot listen on " + place + ": the host is no IPv4 or IPv6 address", false});
    }
    DevListener listener;
    listener.fd.reset(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int fd = listener.fd.get();
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address.storage), address.size) != 0 ||
        ::listen(fd, static_cast<int>(backlog)) != 0) {
        const bool is_in_use = errno == EADDRINUSE;
        return std::unexpected(
            ListenFault{is_in_use ? place + " is already in use"
                                  : "cannot listen on " + place + ": " + std::strerror(errno),
                        is_in_use});
    }
    listener.port = port_of(fd);
    return listener;
}

std::uint32_t free_port_after(const std::string& host, std::uint32_t port) {
    for (std::uint32_t next = port + 1; next <= port + kPortsTried && next <= kPortMax; ++next) {
        if (listen_on(host, next, 1).has_value()) {
            return next;
        }
    }
    return 0;
}

std::string owner_of_port(std::uint32_t port, const std::string& proc) {
    const std::set<std::string> sockets = sockets_on(port, proc);
    if (sockets.empty()) {
        return {};
    }
    std::error_code code;
    for (fs::directory_iterator entry(proc, code), end; !code && entry != end;
         entry.increment(code)) {
        const std::string pid = entry->path().filename().string();
        if (pid.find_first_not_of("0123456789") == std::string::npos &&
            holds_one(entry->path(), sockets)) {
            std::string name = "a process";
            std::ifstream file(entry->path() / "comm");
            std::getline(file, name);
            return name.append(" (pid ").append(pid).append(")");
        }
    }
    return {};
}

std::string url_of(const std::string& host, std::uint32_t port) {
    if (is_unix(host)) {
        return host;
    }
    const bool is_bare_v6 = host.find(':') != std::string::npos && host.front() != '[';
    return "http://" + (is_bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace trivet::cli
