#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/file_body.h"
#include "io/open_beneath.h"

namespace trivet::http {

// What a file may stand beside itself as, in the order in which they are preferred.
enum class FileCoding : std::uint8_t { br = 0, zstd = 1, gzip = 2, identity = 3 };
inline constexpr std::size_t kFileCodings = 4;
inline constexpr std::size_t kIdentityFile = static_cast<std::size_t>(FileCoding::identity);
inline constexpr std::array<std::string_view, kFileCodings> kFileCodingNames{"br", "zstd", "gzip",
                                                                             "identity"};

// Larger files are not kept in memory, but read as they are sent.
inline constexpr std::size_t kKeptFileBytesMax = std::size_t{1} << 20;
// Most that is read on the loop's thread, of what the kernel has in memory.
inline constexpr std::size_t kReadOnLoopBytesMax = std::size_t{128} * 1024;
// A file that is written while it is read is read again so often; then it is not kept.
inline constexpr int kFileReadsMax = 3;

struct FoundFile {
    int error = ENOENT;  // 0: a regular file, or a directory
    bool is_directory = false;
    bool is_known = false;  // it is as it was, and there was a body
    FileStamp stamp;
    FileBody* body = nullptr;  // a reference of whoever has it found
};
using FoundFiles = std::array<FoundFile, kFileCodings>;  // by FileCoding

struct FileQuery {
    io::FilePlace place;
    bool has_variants = false;  // path.br, path.zst, path.gz stand for it
    // Which content is needed, of those that are there: the first in this order. FileCoding.
    std::span<const std::uint8_t> wanted;
    // What is known already, by FileCoding; a body that is as it was is not read again.
    std::array<FileStamp, kFileCodings> known_stamps;
    std::array<bool, kFileCodings> has_body{};
};

// Finds a file and what stands for it, and reads the content that is wanted. What is no regular
// file is not there; nor is a variant that is older than the file, for nobody has made it of what
// the file says now. With `may_wait` false it gives false, and nothing, where a disk may have to be
// waited for. Any thread.
bool find_files(io::BeneathOpener& opener, Memory& memory, const FileQuery& query, bool may_wait,
                FoundFiles& found) noexcept;
void forget(FoundFiles& found) noexcept;

}  // namespace trivet::http
