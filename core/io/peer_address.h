#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "base/ip_address.h"

namespace trivet::io {

// Who a connection comes from, as far as it tells clients apart: an IPv4 address, mapped into IPv6,
// or the first 64 bits of an IPv6 address, which is what one subscriber gets. All zero when the
// socket has no address (a Unix socket) or it cannot be told.
struct PeerAddress {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    bool is_known() const noexcept { return high != 0 || low != 0; }
    // 127.0.0.0/8 and ::1, whose whole address is kept.
    bool is_loopback() const noexcept;
    bool operator==(const PeerAddress&) const noexcept = default;
};

// The far end of a connected socket, as far as it can be told: a Unix socket has no address.
struct Peer {
    IpAddress address;
    std::uint16_t port = 0;
    bool is_known = false;

    PeerAddress subscriber() const noexcept;
};

Peer peer_of(int fd) noexcept;
Peer peer_of(const sockaddr* address) noexcept;
// Whether the peer of a connected socket has closed its side or broken the connection.
bool peer_has_left(int fd) noexcept;

// What of `bytes` a connected socket takes without waiting.
void send_at_once(int fd, std::string_view bytes) noexcept;
// The same with several pieces, of which the first kPiecesMax count; how many bytes the socket
// took.
inline constexpr std::size_t kPiecesMax = 16;
std::size_t send_at_once(int fd, std::span<const std::string_view> pieces) noexcept;

}  // namespace trivet::io
