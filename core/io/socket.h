#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "io/loop.h"

namespace trivet::io {

struct ListenConfig {
    std::string_view host;   // IPv4 or IPv6 address, or localhost
    std::uint32_t port = 0;  // 0: the kernel chooses
    std::uint32_t backlog = 4096;
    bool reuse_port = false;
    // With reuse_port: of a group the first one, which fails when anybody else listens there, be it
    // with SO_REUSEPORT or without.
    bool is_first = false;
};

struct Listener {
    Fd fd;
    std::uint32_t port = 0;
    int error = 0;       // errno when fd is not open
    std::string host;    // of one that was adopted: the address it listens on
    std::string detail;  // which step failed
};

// Makes a listening TCP socket: nonblocking, close-on-exec, SO_REUSEADDR, TCP_NODELAY (which
// accepted sockets inherit).
Listener listen_tcp(const ListenConfig& config);
// Takes over a socket that listens already, TCP or Unix; host and port are read from it.
Listener adopt_listener(int fd);
// The same of one that stays the caller's; its fd is not open.
Listener look_at_listener(int fd);
// A connection within the process: `served` is as an accepted socket is, `client` blocks. An errno
// when it fails.
int connect_pair(Fd& served, Fd& client) noexcept;
// Whether other sockets may be bound to the port of this one (SO_REUSEPORT).
bool shares_port(int fd) noexcept;
// Accepts what the backlog of a listener holds, for a drain that cuts nobody off.
void accept_pending(int fd, AcceptHandler& handler) noexcept;
// Why a connection is broken; ECONNRESET when the socket has told that before, or never knew.
int broken_by(int fd) noexcept;
// Whether the kernel counts what the peer has taken; it does not for Unix sockets.
bool counts_progress(int fd) noexcept;
// Bytes the peer has acknowledged; for sockets that do not count them, Loop::kUncounted and what is
// still to be taken: the bytes in the send queue and those of the send that have not come there yet
// (the queue may be as full as before when the peer takes some). -1 if unknown.
std::int64_t socket_progress(int fd, std::size_t unsent = 0) noexcept;

}  // namespace trivet::io
