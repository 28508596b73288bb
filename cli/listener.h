#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "owned_fd.h"

namespace trivet::cli {

// The file of a Unix socket, which goes with this object.
class OwnedSocketFile {
public:
    OwnedSocketFile() = default;
    explicit OwnedSocketFile(std::string path);
    OwnedSocketFile(OwnedSocketFile&& other) noexcept;
    OwnedSocketFile& operator=(OwnedSocketFile&& other) noexcept;
    ~OwnedSocketFile();

private:
    std::string path_;  // absolute; empty for none
    std::uint64_t number_ = 0;
};

// A listening socket of the command's own, which it holds while apps come and go.
struct DevListener {
    OwnedFd fd;
    std::uint32_t port = 0;  // 0 of a Unix socket
    OwnedSocketFile file;
};

// Why there is none.
struct ListenFault {
    std::string message;
    bool is_in_use = false;
};

// `host` is an IPv4 or IPv6 address, localhost or unix:/path, as everywhere.
std::expected<DevListener, ListenFault> listen_on(const std::string& host, std::uint32_t port,
                                                  std::uint32_t backlog);

// The next free port above this one; 0 when there is none among the next hundred.
std::uint32_t free_port_after(const std::string& host, std::uint32_t port);

// Who listens on a port, "python (pid 12)", of the processes that this user may look into; empty
// when it cannot be found out. Reads the tables of the folder /proc.
std::string owner_of_port(std::uint32_t port, const std::string& proc = "/proc");

bool is_unix(const std::string& host);

// http://host:port, with the brackets of an IPv6 address; of a Unix socket unix:/path.
std::string url_of(const std::string& host, std::uint32_t port);

}  // namespace trivet::cli
