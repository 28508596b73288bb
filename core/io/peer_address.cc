#include "io/peer_address.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace trivet::io {
namespace {

constexpr std::uint64_t kMapped = std::uint64_t{0xffff} << 32;  // ::ffff:0:0/96
constexpr std::uint64_t kLoopback6 = 1;                         // ::1

std::uint64_t big_endian(const std::uint8_t* bytes) noexcept {
    std::uint64_t number = 0;
    for (int index = 0; index < 8; ++index) {
        number = number << 8 | bytes[index];
    }
    return number;
}

}  // namespace

bool PeerAddress::is_loopback() const noexcept {
    return high == 0 && (low == kLoopback6 || (low >> 24) == (kMapped | 127U << 24) >> 24);
}

PeerAddress Peer::subscriber() const noexcept {
    if (!is_known) {
        return {};
    }
    return {address.high(), address.high() == 0 ? address.low() : 0};
}

Peer peer_of(int fd) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    return ::getpeername(fd, address, &size) == 0 ? peer_of(address) : Peer{};
}

bool peer_has_left(int fd) noexcept {
    pollfd socket{.fd = fd, .events = POLLRDHUP, .revents = 0};
    return ::poll(&socket, 1, 0) > 0;
}

void send_at_once(int fd, std::string_view bytes) noexcept {
    // What does not fit is lost, and so is whoever is not there any more.
    [[maybe_unused]] const ssize_t sent =
        ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::size_t send_at_once(int fd, std::span<const std::string_view> pieces) noexcept {
    std::array<iovec, kPiecesMax> vectors;
    const std::size_t count = std::min(pieces.size(), vectors.size());
    for (std::size_t index = 0; index < count; ++index) {
        vectors[index] = {const_cast<char*>(pieces[index].data()), pieces[index].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

Peer peer_of(const sockaddr* address) noexcept {
    if (address->sa_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, address, sizeof ipv4);
        return {.address = IpAddress::of_ipv4(ntohl(ipv4.sin_addr.s_addr)),
                .port = ntohs(ipv4.sin_port),
                .is_known = true};
    }
    if (address->sa_family != AF_INET6) {
        return {};
    }
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    const std::uint8_t* const bytes = ipv6.sin6_addr.s6_addr;
    return {.address = IpAddress::of_ipv6(big_endian(bytes), big_endian(bytes + 8)),
            .port = ntohs(ipv6.sin6_port),
            .is_known = true};
}

}  // namespace trivet::io
