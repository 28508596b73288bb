#include "app/listen_error.h"

#include <cerrno>

namespace trivet::app {

Error listen_error(std::string_view host, std::uint32_t port, io::Listener listener) {
    const std::string place = std::string(host) + ":" + std::to_string(port);
    switch (listener.error) {
        case EADDRINUSE:
            return {Status::address_in_use, "the address " + place + " is already in use",
                    std::move(listener.detail)};
        case EADDRNOTAVAIL:
        case EINVAL:
        case EACCES:
        case EAFNOSUPPORT:
            return {Status::address, "cannot listen on " + place, std::move(listener.detail)};
        default:
            return {Status::system, "cannot listen on " + place, std::move(listener.detail)};
    }
}

}  // namespace trivet::app
