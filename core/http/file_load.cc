#include "http/file_load.h"

#include <sys/stat.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "http/file_path.h"

namespace trivet::http {
namespace {

constexpr std::array<std::string_view, kFileCodings> kSuffixes{".br", ".zst", ".gz", ""};
constexpr std::size_t kSuffixBytesMax = 4;

std::int64_t nanoseconds(const timespec& time) noexcept {
    return static_cast<std::int64_t>(time.tv_sec) * kNsPerSecond + time.tv_nsec;
}

int look(int fd, FoundFile& found) noexcept {
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        return errno;
    }
    found.is_directory = S_ISDIR(status.st_mode);
    if (!found.is_directory && !S_ISREG(status.st_mode)) {
        return ENOENT;
    }
    found.stamp = {.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<std::uint64_t>(status.st_size),
                   .modified_ns = nanoseconds(status.st_mtim),
                   .changed_ns = nanoseconds(status.st_ctim)};
    return 0;
}

// 0 when all has been read, else an errno: ESTALE when the file is shorter than it was, EAGAIN when
// it had to be waited for.
int read_whole(int fd, char* out, std::size_t size, bool may_wait) noexcept {
    std::size_t done = 0;
    while (done < size) {
        const iovec room{out + done, size - done};
        const ssize_t count =
            ::preadv2(fd, &room, 1, static_cast<off_t>(done), may_wait ? 0 : RWF_NOWAIT);
        if (count == 0) {
            return ESTALE;
        }
        if (count > 0) {
            done += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            return errno == EOPNOTSUPP ? EAGAIN : errno;
        }
    }
    return 0;
}

// The content of an open file, kept or to be read later.
int read_body(Memory& memory, Fd fd, bool may_wait, FoundFile& found) noexcept {
    for (int count = 0; count < kFileReadsMax && found.stamp.size <= kKeptFileBytesMax; ++count) {
        const auto size = static_cast<std::size_t>(found.stamp.size);
        if (!may_wait && size > kReadOnLoopBytesMax) {
            return EAGAIN;
        }
        FileBody* const body = FileBody::make(memory, size);
        if (body == nullptr) {
            return ENOMEM;
        }
        const int error = read_whole(fd.get(), body->bytes(), size, may_wait);
        const FileStamp before = found.stamp;
        const int looked = look(fd.get(), found);
        if (error == 0 && looked == 0 && found.stamp == before) {
            found.body = body;
            return 0;
        }
        body->let_go();
        if (looked != 0 || (error != 0 && error != ESTALE)) {
            return looked != 0 ? looked : error;
        }
    }
    found.body = FileBody::make(memory, std::move(fd), found.stamp.size);
    return found.body == nullptr ? ENOMEM : 0;
}

}  // namespace

void forget(FoundFiles& found) noexcept {
    for (FoundFile& file : found) {
        if (file.body != nullptr) {
            std::exchange(file.body, nullptr)->let_go();
        }
    }
}

bool find_files(io::BeneathOpener& opener, Memory& memory, const FileQuery& query, bool may_wait,
                FoundFiles& found) noexcept {
    std::array<Fd, kFileCodings> files;
    std::array<char, kFilePathBytesMax + kSuffixBytesMax + 1> path;
    const std::size_t path_size = std::strlen(query.place.path);
    if (path_size > kFilePathBytesMax) {
        found[kIdentityFile] = {.error = ENAMETOOLONG};
        return true;
    }
    std::memcpy(path.data(), query.place.path, path_size);
    // The file itself comes last in the enumeration and first here.
    for (std::size_t left = kFileCodings; left > 0; --left) {
        const std::size_t coding = left - 1;
        FoundFile& file = found[coding];
        file = {};
        const std::string_view suffix = kSuffixes[coding];
        std::memcpy(path.data() + path_size, suffix.data(), suffix.size());
        path[path_size + suffix.size()] = '\0';
        io::FilePlace place = query.place;
        place.path = path.data();
        file.error = opener.open(place, may_wait, files[coding]);
        if (file.error == 0) {
            file.error = look(files[coding].get(), file);
        }
        if (file.error == EAGAIN) {
            return false;
        }
        const FoundFile& whole = found[kIdentityFile];
        if (coding == kIdentityFile) {
            if (file.error != 0 || file.is_directory || !query.has_variants) {
                break;
            }
        } else if (file.error == 0 &&
                   (file.is_directory || file.stamp.modified_ns < whole.stamp.modified_ns)) {
            file.error = ENOENT;
        }
    }
    const FoundFile& whole = found[kIdentityFile];
    if (whole.error != 0 || whole.is_directory) {
        return true;
    }
    for (const std::uint8_t coding : query.wanted) {
        FoundFile& file = found[coding];
        if (file.error != 0) {
            continue;
        }
        file.is_known = query.has_body[coding] && query.known_stamps[coding] == file.stamp;
        if (!file.is_known) {
            file.error = read_body(memory, std::move(files[coding]), may_wait, file);
            if (file.error == EAGAIN) {
                return false;
            }
        }
        break;
    }
    return true;
}

}  // namespace trivet::http
