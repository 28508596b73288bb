#include "io/wakeup.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

namespace trivet::io {

int Wakeup::open() noexcept {
    fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return fd_.is_open() ? 0 : errno;
}

void Wakeup::wake() noexcept {
    if (is_pending_.exchange(true, std::memory_order_seq_cst)) {
        return;
    }
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
    errno = saved;
}

void Wakeup::acknowledge() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd_.get(), &count, sizeof count);
    mark_seen();
}

}  // namespace trivet::io
