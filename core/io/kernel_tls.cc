#include "io/kernel_tls.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/fd.h"

namespace trivet::io {

// A socket without a connection cannot have it, and is told so (ENOTCONN) where it exists.
bool has_kernel_tls() noexcept {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    constexpr char kName[] = "tls";
    return fd.is_open() &&
           (::setsockopt(fd.get(), IPPROTO_TCP, TCP_ULP, kName, sizeof kName - 1) == 0 ||
            errno == ENOTCONN);
}

}  // namespace trivet::io
