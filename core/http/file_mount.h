#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/url/query.h"

namespace trivet::http {

inline constexpr std::size_t kFileRulesMax = 100;         // of one mount
inline constexpr std::size_t kFileTypesMax = 1000;        // the same
inline constexpr std::size_t kFilePatternBytesMax = 256;  // of a rule

// How a folder is served, as a program says it.
struct FileMountOptions {
    std::string_view directory;
    std::string_view index = "index.html";        // empty: none
    std::string_view fallback;                    // for pages that a script makes; empty: none
    std::string_view cache_control = "no-cache";  // empty: none
    std::span<const url::Param> cache_rules;      // pattern and Cache-Control
    std::span<const url::Param> types;            // extension and Content-Type
    bool has_dot_files = false;
    bool follows_symlinks = true;
    bool has_variants = true;
};

// A folder that is served below a prefix. Made when its route is, then shared by all loops.
struct FileMount {
    std::string directory;  // absolute
    std::string index;
    std::string fallback;
    std::string cache_control;
    std::vector<std::pair<std::string, std::string>> cache_rules;
    std::vector<std::pair<std::string, std::string>> types;
    bool has_dot_files = false;
    bool follows_symlinks = true;
    bool has_variants = true;
    std::size_t prefix_names = 0;  // of the route's pattern, before the path of the file

    // The first rule that matches, else the mount's; empty: none.
    std::string_view cache_control_of(std::string_view path) const noexcept;
    std::string_view type_of(std::string_view path) const noexcept;
};

// The error begins with the option that is wrong. Looks whether there is such a directory.
std::expected<FileMount, std::string> make_file_mount(const FileMountOptions& options);

}  // namespace trivet::http
