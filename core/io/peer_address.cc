#include "io/peer_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

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
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return {};
    }
    if (storage.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &storage, sizeof address);
        return of_ipv4(ntohl(address.sin_addr.s_addr));
    }
    if (storage.ss_family != AF_INET6) {
        return {};
    }
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    const std::uint64_t high = big_endian(address.sin6_addr.s6_addr);
    const std::uint64_t low = big_endian(address.sin6_addr.s6_addr + 8);
    if (high == 0 && low >> 32 == 0xffff) {
        return of_ipv4(static_cast<std::uint32_t>(low));
    }
    return {high, high == 0 ? low : 0};
}

}  // namespace trivet::io
