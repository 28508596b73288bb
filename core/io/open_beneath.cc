#include "io/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trivet::io {
namespace {

constexpr int kReading = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr int kPassing = O_PATH | O_DIRECTORY | O_CLOEXEC;
// A name above the path was moved while it was resolved: again, but not for ever.
constexpr int kTriesMax = 4;

int open_at(int base, const char* path, int flags, Fd& file) noexcept {
    int fd = -1;
    do {
        fd = ::openat(base, path, flags);
    } while (fd < 0 && errno == EINTR);
    file.reset(fd);
    return fd < 0 ? errno : 0;
}

}  // namespace

int BeneathOpener::open(const FilePlace& place, bool may_wait, Fd& file) noexcept {
    if (place.directory == nullptr) {
        return resolve(AT_FDCWD, place.path, kReading, 0, may_wait, file);
    }
    Fd directory;
    const int error = resolve(AT_FDCWD, place.directory, kPassing, 0, may_wait, directory);
    if (error != 0) {
        return error;
    }
    if (has_openat2()) {
        const std::uint64_t links =
            place.follows_symlinks ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS;
        const int found =
            resolve(directory.get(), place.path, kReading, RESOLVE_BENEATH | links, may_wait, file);
        if (has_openat2()) {
            return found;
        }
    }
    return may_wait ? walk(directory.get(), place.path, file) : EAGAIN;
}

// With `how` 0 the plain call does as well.
int BeneathOpener::resolve(int base, const char* path, int flags, std::uint64_t how, bool may_wait,
                           Fd& file) noexcept {
    if (how == 0 && may_wait) {
        return open_at(base, path, flags, file);
    }
    if (!has_openat2()) {
        return EAGAIN;
    }
    open_how request{};
    request.flags = static_cast<std::uint64_t>(flags);
    request.resolve = how | (may_wait ? 0u : std::uint64_t{RESOLVE_CACHED});
    for (int tries = 0; tries < kTriesMax; ++tries) {
        const long fd = ::syscall(SYS_openat2, base, path, &request, sizeof request);
        if (fd >= 0) {
            file.reset(static_cast<int>(fd));
            return 0;
        }
        if (errno == ENOSYS || errno == EPERM) {
            has_openat2_.store(false, std::memory_order_relaxed);
            return EAGAIN;
        }
        if (errno == EINVAL && !may_wait) {
            return EAGAIN;  // a kernel before 5.12, which knows no RESOLVE_CACHED
        }
        if (errno != EINTR && (errno != EAGAIN || !may_wait)) {
            return errno;
        }
    }
    return may_wait ? ENOENT : EAGAIN;
}

int BeneathOpener::walk(int base, const char* path, Fd& file) noexcept {
    Fd held;
    for (;;) {
        const char* const slash = std::strchr(path, '/');
        if (slash == nullptr) {
            return std::strcmp(path, "..") == 0 ? EXDEV
                                                : open_at(base, path, kReading | O_NOFOLLOW, file);
        }
        char name[256];
        const auto size = static_cast<std::size_t>(slash - path);
        if (size >= sizeof name) {
            return ENAMETOOLONG;
        }
        std::memcpy(name, path, size);
        name[size] = '\0';
        if (std::strcmp(name, "..") == 0) {
            return EXDEV;
        }
        Fd next;
        const int error = open_at(base, name, kPassing | O_NOFOLLOW, next);
        if (error != 0) {
            return error;
        }
        held = std::move(next);
        base = held.get();
        path = slash + 1;
    }
}

}  // namespace trivet::io
