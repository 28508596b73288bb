#include "io/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

namespace trivet::io {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr int kLockTries = 100;
constexpr int kLockPauseMs = 20;
constexpr int kStalePauseMs = 20;
constexpr int kBindTries = 10;
constexpr mode_t kPermissions = 0777;

struct UnixAddress {
    sockaddr_un value{};
    socklen_t size = 0;

    explicit UnixAddress(std::string_view path) {
        value.sun_family = AF_UNIX;
        std::memcpy(value.sun_path, path.data(), path.size());
        const bool is_abstract = path.front() == '@';
        if (is_abstract) {
            value.sun_path[0] = '\0';
        }
        size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                      (is_abstract ? 0 : 1));
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&value); }
};

struct Fault {
    int error = 0;
    std::string detail;
};

Fault fault_of(int error, std::string_view step) {
    return {error, std::string(step) + ": " + std::strerror(error)};
}

UnixListener refused(Fault fault) {
    UnixListener made;
    made.listener.error = fault.error;
    made.listener.detail = std::move(fault.detail);
    return made;
}

std::string folder_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? "." : std::string(path.substr(0, slash + 1));
}

std::string_view name_in_folder(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// An errno; EWOULDBLOCK when others hold the folder all the time.
int lock_folder(const Fd& folder, int tries) noexcept {
    for (int count = 1; ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0; ++count) {
        if (errno == EINTR) {
            continue;
        }
        if (errno != EWOULDBLOCK || count >= tries) {
            return errno;
        }
        ::poll(nullptr, 0, kLockPauseMs);
    }
    return 0;
}

// What connecting gives: 0 when somebody listens, ECONNREFUSED when nobody does.
int probe(const UnixAddress& address) noexcept {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        return errno;
    }
    if (::connect(fd.get(), address.get(), address.size) == 0) {
        return 0;
    }
    return errno == EAGAIN || errno == EPROTOTYPE ? 0 : errno;  // a full backlog; of another type
}

// Makes room where a server has left its file. The folder is locked, so that the servers of this
// library do not come in between; another one that has bound its socket and is about to listen gets
// the time for that.
Fault remove_stale(const Fd& folder, bool is_locked, std::string_view path,
                   const UnixAddress& address) {
    const std::string name(name_in_folder(path));
    for (const bool is_last : {false, true}) {
        struct stat status{};
        if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT ? Fault{} : fault_of(errno, "stat");
        }
        if (!S_ISSOCK(status.st_mode)) {
            return {ENOTSOCK, "'" + std::string(path) + "' is there and is no socket"};
        }
        const int error = probe(address);
        if (error == 0) {
            return fault_of(EADDRINUSE, "bind");
        }
        if (error == ENOENT) {
            return {};
        }
        if (error != ECONNREFUSED) {
            return fault_of(error, "cannot tell whether somebody listens");
        }
        if (!is_last) {
            ::poll(nullptr, 0, kStalePauseMs);
        }
    }
    if (!is_locked) {
        return fault_of(EWOULDBLOCK,
                        "the file of a server that has ended stays while others hold the "
                        "lock of its folder");
    }
    return ::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT
               ? Fault{}
               : fault_of(errno, "the file of a server that has ended cannot be removed");
}

Fault bind_file(int fd, const Fd& folder, bool is_locked, std::string_view path) {
    const UnixAddress address(path);
    for (int count = 0; ::bind(fd, address.get(), address.size) != 0; ++count) {
        if (errno != EADDRINUSE || count == kBindTries) {
            return fault_of(errno, "bind");
        }
        if (Fault fault = remove_stale(folder, is_locked, path, address); fault.error != 0) {
            return fault;
        }
    }
    return {};
}

// Between bind and listen nobody can connect.
Fault listen_at_file(int fd, std::string_view path, const UnixListenConfig& config,
                     SocketFile& file) {
    const std::string folder_path = folder_of(path);
    Fd folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() && errno == EACCES) {
        folder.reset(::open(folder_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    if (!folder.is_open()) {
        return fault_of(errno, "folder '" + folder_path + "'");
    }
    // Anybody who can read the folder may hold its lock: no start fails for that alone.
    const bool is_locked = lock_folder(folder, kLockTries) == 0;
    const int lock = folder.get();
    ::fchmod(fd, config.mode);  // the file begins with no more than that
    Fault fault = bind_file(fd, folder, is_locked, path);
    if (fault.error == 0) {
        file = SocketFile(std::move(folder), std::string(name_in_folder(path)));
        if (const int error = file.set_mode(config.mode); error != 0) {
            fault = fault_of(error, "chmod");
        } else if (::listen(fd, static_cast<int>(config.backlog)) != 0) {
            fault = fault_of(errno, "listen");
        }
    }
    ::flock(lock, LOCK_UN);
    return fault;
}

}  // namespace

bool is_unix_host(std::string_view host) noexcept { return host.starts_with(kUnixPrefix); }

std::string find_unix_fault(std::string_view host) {
    const std::string_view path = host.substr(kUnixPrefix.size());
    if (path.empty() || path == "@" || path.back() == '/') {
        return "names no socket";
    }
    if (path.find('\0') != std::string_view::npos) {
        return "has a zero byte";
    }
    if (path.size() > kUnixPathBytesMax) {
        return "has " + std::to_string(path.size()) + " bytes behind unix:, of which " +
               std::to_string(kUnixPathBytesMax) + " fit";
    }
    return {};
}

SocketFile::SocketFile(Fd folder, std::string name) noexcept
    : folder_(std::move(folder)), name_(std::move(name)) {
    struct stat status{};
    if (::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        device_ = status.st_dev;
        number_ = status.st_ino;
        process_ = ::getpid();
    }
}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
    remove();
    folder_ = std::move(other.folder_);
    name_ = std::move(other.name_);
    device_ = other.device_;
    number_ = other.number_;
    process_ = other.process_;
    return *this;
}

bool SocketFile::is_same(const struct stat& status) const noexcept {
    return S_ISSOCK(status.st_mode) && status.st_dev == device_ && status.st_ino == number_;
}

void SocketFile::remove() noexcept {
    if (!folder_.is_open()) {
        return;
    }
    struct stat status{};
    if (process_ == ::getpid()) {
        lock_folder(folder_, 1);
        if (::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            is_same(status)) {
            ::unlinkat(folder_.get(), name_.c_str(), 0);
        }
        ::flock(folder_.get(), LOCK_UN);
    }
    folder_.reset(-1);
}

// By a descriptor of the file itself, whatever its name may lead to by now.
int SocketFile::set_mode(mode_t mode) const noexcept {
    const Fd file(::openat(folder_.get(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
        return errno;
    }
    if (!is_same(status)) {
        return ENOENT;
    }
    if ((status.st_mode & kPermissions) == mode) {
        return 0;
    }
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", file.get());
    return ::chmod(path, mode) == 0 ? 0 : errno;
}

UnixListener listen_unix(const UnixListenConfig& config) {
    if (const std::string fault = find_unix_fault(config.host); !fault.empty()) {
        return refused({EINVAL, "host '" + std::string(config.host) + "' " + fault});
    }
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        return refused(fault_of(errno, "socket"));
    }
    UnixListener made;
    const std::string_view path = config.host.substr(kUnixPrefix.size());
    if (path.front() != '@') {
        if (Fault fault = listen_at_file(fd.get(), path, config, made.file); fault.error != 0) {
            made.file.remove();
            return refused(std::move(fault));
        }
    } else {
        const UnixAddress address(path);
        if (::bind(fd.get(), address.get(), address.size) != 0) {
            return refused(fault_of(errno, "bind"));
        }
        if (::listen(fd.get(), static_cast<int>(config.backlog)) != 0) {
            return refused(fault_of(errno, "listen"));
        }
    }
    made.listener.host = config.host;
    made.listener.fd = std::move(fd);
    return made;
}

}  // namespace trivet::io
