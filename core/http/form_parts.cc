// The parts of a form that was read.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "http/form.h"

namespace trivet::http {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kCopyBytes = std::size_t{1} << 30;  // of one call
// What replaces a file lies beside it until it is whole. Its own name could be too long with more
// behind it.
constexpr std::string_view kOtherName = ".trivet-XXXXXX";

// The name of an open file among those of this process.
class OpenPath {
public:
    explicit OpenPath(int fd) noexcept {
        std::snprintf(text_, sizeof text_, "/proc/self/fd/%d", fd);
    }
    const char* text() const noexcept { return text_; }

private:
    char text_[32];
};

bool write_all(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

bool copy_file(int to, int from, std::uint64_t size) noexcept {
    off_t offset = 0;
    while (static_cast<std::uint64_t>(offset) < size) {
        const std::uint64_t left = size - static_cast<std::uint64_t>(offset);
        const ssize_t put =
            ::sendfile(to, from, &offset, std::min<std::uint64_t>(left, kCopyBytes));
        if (put < 0 && (errno == EINTR)) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

// Its place must be below count_.
Form::Entry* Form::entry(std::size_t index) const noexcept {
    Block* block = first_;
    for (; index >= kEntriesOfBlock; index -= kEntriesOfBlock) {
        block = block->next;
    }
    return &block->entries[index];
}

std::optional<FormPart> Form::part(std::size_t index) const noexcept {
    if (index >= part_count()) {
        return std::nullopt;
    }
    const Entry& found = *entry(index);
    FormPart part{.name = {found.name, found.name_size},
                  .filename = {},
                  .content_type = {},
                  .value = {found.value, found.value_size},
                  .bytes = found.value_size};
    if (found.extra != nullptr) {
        part.filename = found.extra->filename;
        part.content_type = found.extra->content_type;
        part.is_file = found.extra->is_file;
        if (const Spool* const spool = found.extra->content) {
            part.value = spool->view();
            part.bytes = spool->size();
            part.is_spooled = spool->is_file();
        }
    }
    return part;
}

std::optional<std::size_t> Form::find(std::string_view name, std::size_t first) const noexcept {
    for (std::size_t index = first; index < part_count(); ++index) {
        const Entry& found = *entry(index);
        if (std::string_view(found.name, found.name_size) == name) {
            return index;
        }
    }
    return std::nullopt;
}

std::expected<std::size_t, Status> Form::read(std::size_t index, std::uint64_t offset,
                                              std::span<char> room) const noexcept {
    const auto found = part(index);
    if (!found) {
        return std::unexpected(Status::not_found);
    }
    if (found->is_spooled) {
        const auto got = entry(index)->extra->content->read(offset, room);
        return got ? std::expected<std::size_t, Status>(*got) : std::unexpected(got.error().status);
    }
    if (offset >= found->bytes) {
        return 0;
    }
    return found->value.copy(room.data(), room.size(), static_cast<std::size_t>(offset));
}

std::expected<Fd, Status> Form::descriptor(std::size_t index) const noexcept {
    const auto found = part(index);
    if (!found) {
        return std::unexpected(Status::not_found);
    }
    if (found->is_spooled) {
        // Opened anew, for a duplicate would share its position with all others.
        const int file = entry(index)->extra->content->descriptor();
        Fd fd(::open(OpenPath(file).text(), O_RDONLY | O_CLOEXEC, 0));
        return fd.is_open() ? std::expected<Fd, Status>(std::move(fd))
                            : std::unexpected(Status::system);
    }
    Fd fd(::memfd_create("trivet-part", MFD_CLOEXEC));
    if (!fd.is_open() || !write_all(fd.get(), found->value) ||
        ::lseek(fd.get(), 0, SEEK_SET) != 0) {
        return std::unexpected(Status::system);
    }
    return fd;
}

Status Form::save(std::size_t index, std::string_view path, bool replaces) const noexcept {
    const auto found = part(index);
    if (!found) {
        return Status::not_found;
    }
    if (path.empty() || path.size() >= PATH_MAX || path.find('\0') != std::string_view::npos) {
        return Status::argument;
    }
    char target[PATH_MAX];
    char other[PATH_MAX + kOtherName.size()];
    target[path.copy(target, path.size())] = '\0';
    Extra* const extra = found->is_spooled ? entry(index)->extra : nullptr;
    if (extra != nullptr && !replaces && !extra->is_linked) {
        if (::linkat(AT_FDCWD, OpenPath(extra->content->descriptor()).text(), AT_FDCWD, target,
                     AT_SYMLINK_FOLLOW) == 0) {
            // Once: two names would be two names of one file.
            extra->is_linked = true;
            return Status::ok;
        }
        if (errno == EEXIST) {
            return Status::conflict;
        }
        // Another file system, or one whose files need names: it is copied.
    }
    const char* written = target;
    int fd = -1;
    if (replaces) {
        const std::size_t folder_size = path.rfind('/') + 1;  // 0: the working directory
        path.copy(other, folder_size);
        kOtherName.copy(other + folder_size, kOtherName.size());
        other[folder_size + kOtherName.size()] = '\0';
        fd = ::mkostemp(other, O_CLOEXEC);
        written = other;
    } else {
        fd = ::open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
    }
    if (fd < 0) {
        return errno == EEXIST ? Status::conflict : Status::system;
    }
    Fd file(fd);
    const bool is_copied = extra != nullptr
                               ? copy_file(fd, extra->content->descriptor(), found->bytes)
                               : write_all(fd, found->value);
    // What a close tells is the last that a file system has to say of it.
    const bool is_closed = ::close(file.release()) == 0;
    if (!is_copied || !is_closed || (replaces && ::rename(other, target) != 0)) {
        ::unlink(written);
        return Status::system;
    }
    return Status::ok;
}

}  // namespace trivet::http
