#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace trivet::http {

inline constexpr std::size_t kFilePathBytesMax = 4095;  // PATH_MAX of Linux, less its NUL
inline constexpr std::size_t kFileNameBytesMax = 255;   // NAME_MAX

// A path below a directory, of names that are what they seem.
struct FilePath {
    std::string_view text;      // names with single slashes between, empty for the directory itself
    bool is_directory = false;  // it was asked for with a slash at its end
};

// What a percent-encoded path, without the slash it begins with, names below a directory. Nothing
// where a name is empty, "." or "..", begins with a dot (unless `has_dot_files`; ".well-known" in
// the first place is excepted, RFC 8615) or has a slash or NUL once it is decoded: a router would
// have read the path otherwise, and what guards one path must not be reached by another. Nor what
// the system would not take. Decodes once; `room` is for kFilePathBytesMax bytes.
std::optional<FilePath> read_file_path(std::string_view raw, bool has_dot_files,
                                       std::span<char, kFilePathBytesMax> room) noexcept;

// Whether a path that is not encoded is one as above, with dot files or without.
bool is_file_path(std::string_view path, bool has_dot_files) noexcept;

// Whether a pattern of rules matches: '*' is any run of bytes, slashes among them, '?' any one. A
// pattern without a slash is held against the last name. Takes time of the product of both lengths.
bool matches_file_pattern(std::string_view pattern, std::string_view path) noexcept;

// From the last dot of the last name on, without it; empty when there is none.
std::string_view file_extension(std::string_view path) noexcept;
std::string_view file_name(std::string_view path) noexcept;

}  // namespace trivet::http
