#include "app/listen_error.h"

#include <cerrno>

#include "io/unix_socket.h"

namespace trivet::app {

Error listen_error(std::string_view host, std::uint32_t port, io::Listener listener) {
    const bool is_unix = io::is_unix_host(host);
    const std::string place = std::string(host) + (is_unix ? "" : ":" + std::to_string(port));
    switch (listener.error) {
        case EADDRINUSE:
            return {Status::address_in_use, "the address " + place + " is already in use",
                    std::move(listener.detail)};
        case EADDRNOTAVAIL:
        case EINVAL:
        case EACCES:
        case EAFNOSUPPORT:
            return {Status::address, "cannot listen on " + place, std::move(listener.detail)};
        case ENOENT:
        case ENOTDIR:
        case ENOTSOCK:
        case ELOOP:
        case EROFS:
        case EPERM:
            if (is_unix) {
                return {Status::address, "cannot listen on " + place, std::move(listener.detail)};
            }
            [[fallthrough]];
        default:
            return {Status::system, "cannot listen on " + place, std::move(listener.detail)};
    }
}

}  // namespace trivet::app
