#include "app/unix_listener.h"

#include <fcntl.h>

#include <utility>

namespace trivet::app {

UnixListener::UnixListener(io::UnixListener made) noexcept
    : fd_(std::move(made.listener.fd)), file_(std::move(made.file)) {}

bool UnixListener::join() noexcept {
    const std::lock_guard lock(guard_);
    loops_ += loops_ > 0 ? 1 : 0;
    return loops_ > 0;
}

bool UnixListener::leave() noexcept {
    const std::lock_guard lock(guard_);
    if (--loops_ > 0) {
        return false;
    }
    file_.remove();
    fd_.reset(-1);  // the last loop has its copy
    return true;
}

Fd UnixListener::copy() const noexcept { return Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)); }

}  // namespace trivet::app
