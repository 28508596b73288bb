#pragma once

#include <atomic>
#include <cstdint>

#include "base/fd.h"

namespace trivet::io {

// A file to be opened for reading. Texts end with NUL.
struct FilePlace {
    // Where `path` must not lead out of; nullptr: `path` is the program's own and may be anything.
    const char* directory = nullptr;
    const char* path = nullptr;    // below a directory: names with single slashes between, or "."
    bool follows_symlinks = true;  // below a directory, those that stay below it
};

// Opens files so that no path leads out of its directory, whoever swaps names for symbolic links
// meanwhile: the kernel resolves the whole path with that condition (openat2), and where it has no
// such call, or a container forbids it, each name is opened by itself and links are refused. The
// directory itself may be a link, which is followed anew each time. Any thread.
class BeneathOpener {
public:
    // For tests; else it is found out.
    explicit BeneathOpener(bool has_openat2 = true) noexcept : has_openat2_(has_openat2) {}

    // 0 or an errno: EXDEV and ELOOP, the path would leave or is a link. What is opened is not
    // waited for (O_NONBLOCK), and may be anything that has a name. With `may_wait` false EAGAIN
    // says that the names are not in the kernel's memory, or that it cannot tell.
    int open(const FilePlace& place, bool may_wait, Fd& file) noexcept;
    bool has_openat2() const noexcept { return has_openat2_.load(std::memory_order_relaxed); }

private:
    int resolve(int base, const char* path, int flags, std::uint64_t how, bool may_wait,
                Fd& file) noexcept;
    int walk(int base, const char* path, Fd& file) noexcept;

    std::atomic<bool> has_openat2_;
};

}  // namespace trivet::io
