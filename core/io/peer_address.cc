#include "io/peer_address.h"

#include <netinet/in.h>
#include <poll.h>

#include <cstring>

namespace trivet::io {
namespace {

constexpr std::uint64_t kMapped = std::uint64_t{0xffff} << 32;  // ::ffff:0:0/96
constexpr std::uint64_t kLoopback6 = 1;                         // ::1

PeerAddress of_ipv4(std::uint32_t address) noexcept { return {0, kMapped | address}; }

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

PeerAddress peer_address(int fd) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    return ::getpeername(fd, address, &size) == 0 ? peer_address_of(address) : PeerAddress{};
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

PeerAddress peer_address_of(const sockaddr* address) noexcept {
    if (address->sa_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, address, sizeof ipv4);
        return of_ipv4(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6) {
        return {};
    }
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    const std::uint64_t high = big_endian(ipv6.sin6_addr.s6_addr);
    const std::uint64_t low = big_endian(ipv6.sin6_addr.s6_addr + 8);
    if (high == 0 && low >> 32 == 0xffff) {
        return of_ipv4(static_cast<std::uint32_t>(low));
    }
    return {high, high == 0 ? low : 0};
}

}  // namespace trivet::io
