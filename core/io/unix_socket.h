#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "io/socket.h"

namespace trivet::io {

// What a path takes of sockaddr_un with the zero behind it, or a name with the zero before it.
inline constexpr std::size_t kUnixPathBytesMax = 107;

// Whether a host is the path of a Unix socket, unix:/run/app.sock, or a name in the abstract
// namespace, unix:@app.
bool is_unix_host(std::string_view host) noexcept;
// What is wrong with such a host; empty when nothing is.
std::string find_unix_fault(std::string_view host);

// The file of a listening Unix socket. Removed with this object, unless another file has taken its
// place or this process is a fork of the one that made it. To be removed before the last descriptor
// of the socket is closed: until then no other file can have its number.
class SocketFile {
public:
    SocketFile() = default;
    SocketFile(Fd folder, std::string name) noexcept;  // what is there now
    SocketFile(SocketFile&& other) noexcept = default;
    SocketFile& operator=(SocketFile&& other) noexcept;
    ~SocketFile() { remove(); }

    // From now on nobody finds the socket; who has connected waits in its backlog.
    void remove() noexcept;
    // An errno when its mode cannot be set.
    int set_mode(mode_t mode) const noexcept;

private:
    bool is_same(const struct stat& status) const noexcept;

    Fd folder_;
    std::string name_;
    dev_t device_ = 0;
    ino_t number_ = 0;
    pid_t process_ = 0;
};

struct UnixListenConfig {
    std::string_view host;  // unix:PATH or unix:@NAME
    std::uint32_t backlog = 4096;
    mode_t mode = 0660;  // of the file, before anybody can connect and whatever the umask is
};

struct UnixListener {
    Listener listener;  // errors as listen_tcp() gives them; ENOTSOCK: the path is something else
    SocketFile file;    // none of an abstract name
};

// Makes a listening Unix socket: nonblocking, close-on-exec. A file whose server has ended is
// replaced, one whose server listens is EADDRINUSE, and what is no socket is left alone. Those who
// come here at the same time wait for each other by a lock on the folder, for two seconds at most;
// who cannot have it replaces nothing.
UnixListener listen_unix(const UnixListenConfig& config);

}  // namespace trivet::io
