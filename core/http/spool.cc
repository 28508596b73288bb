#include "http/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace trivet::http {
namespace {

constexpr std::size_t kFirstBufferBytes = 128;
constexpr mode_t kOwnerOnly = 0600;

SpoolError system_error(const char* call) noexcept { return {Status::system, errno, call}; }

}  // namespace

Spool::~Spool() { release_buffer(); }

std::expected<void, SpoolError> Spool::append(std::string_view bytes) noexcept {
    if (error_.status != Status::ok) {
        return std::unexpected(error_);
    }
    if (bytes.size() > limits_.bytes_max - size_) {
        return fail({.status = Status::limit});
    }
    if (!is_file() && bytes.size() <= limits_.memory_bytes_max - size_) {
        if (!keep(bytes)) {
            return fail({.status = Status::memory});
        }
        size_ += bytes.size();
        return {};
    }
    if (!is_file()) {
        const std::string_view kept = view();
        auto moved = open_file();
        if (moved) {
            moved = write_file(kept, 0);
        }
        if (!moved) {
            return fail(moved.error());
        }
        release_buffer();
    }
    if (const auto written = write_file(bytes, size_); !written) {
        return fail(written.error());
    }
    size_ += bytes.size();
    return {};
}

std::expected<std::size_t, SpoolError> Spool::read(std::uint64_t offset,
                                                   std::span<char> room) const noexcept {
    if (offset >= size_) {
        return 0;
    }
    const std::uint64_t rest = size_ - offset;
    const std::size_t size = rest < room.size() ? static_cast<std::size_t>(rest) : room.size();
    if (!is_file()) {
        std::memcpy(room.data(), buffer_ + offset, size);
        return size;
    }
    for (std::size_t at = 0; at < size;) {
        const ssize_t got =
            ::pread(file_.get(), room.data() + at, size - at, static_cast<off_t>(offset + at));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            // A file that has become shorter is no content of ours.
            return std::unexpected(got < 0 ? system_error("pread")
                                           : SpoolError{Status::system, EIO, "pread"});
        }
        at += static_cast<std::size_t>(got);
    }
    return size;
}

Fd Spool::take_file() noexcept {
    if (is_file()) {
        size_ = 0;
    }
    return std::move(file_);
}

std::expected<void, SpoolError> Spool::fail(const SpoolError& error) noexcept {
    error_ = error;
    return std::unexpected(error);
}

// Room doubles, so that small content takes little memory and large content is copied seldom.
bool Spool::keep(std::string_view bytes) noexcept {
    const auto size = static_cast<std::size_t>(size_);
    if (bytes.size() > capacity_ - size) {
        std::size_t capacity = std::max(capacity_ * 2, kFirstBufferBytes);
        capacity = std::max(std::min(capacity, limits_.memory_bytes_max), size + bytes.size());
        auto* const buffer = static_cast<char*>(memory_.allocate(capacity));
        if (buffer == nullptr) {
            return false;
        }
        if (size > 0) {
            std::memcpy(buffer, buffer_, size);
        }
        release_buffer();
        buffer_ = buffer;
        capacity_ = capacity;
    }
    if (!bytes.empty()) {
        std::memcpy(buffer_ + size, bytes.data(), bytes.size());
    }
    return true;
}

std::expected<void, SpoolError> Spool::open_file() noexcept {
    // Without O_EXCL, so that who is to keep the content can give it a name.
    file_.reset(::open(directory_, O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerOnly));
    if (is_file()) {
        return {};
    }
    // What file systems and kernels without nameless files say.
    if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) {
        return open_named_file();
    }
    return std::unexpected(system_error("open"));
}

std::expected<void, SpoolError> Spool::open_named_file() noexcept {
    char path[PATH_MAX];
    const int size = std::snprintf(path, sizeof path, "%s/trivet-XXXXXX", directory_);
    if (size < 0 || static_cast<std::size_t>(size) >= sizeof path) {
        return std::unexpected(SpoolError{Status::system, ENAMETOOLONG, "mkostemp"});
    }
    Fd file(::mkostemp(path, O_CLOEXEC));
    if (!file.is_open()) {
        return std::unexpected(system_error("mkostemp"));
    }
    if (::unlink(path) != 0) {
        return std::unexpected(system_error("unlink"));
    }
    file_ = std::move(file);
    return {};
}

std::expected<void, SpoolError> Spool::write_file(std::string_view bytes,
                                                  std::uint64_t offset) noexcept {
    while (!bytes.empty()) {
        const ssize_t put =
            ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return std::unexpected(put < 0 ? system_error("pwrite")
                                           : SpoolError{Status::system, ENOSPC, "pwrite"});
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return {};
}

void Spool::release_buffer() noexcept {
    memory_.release(buffer_, capacity_);
    buffer_ = nullptr;
    capacity_ = 0;
}

}  // namespace trivet::http
