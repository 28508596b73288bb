#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace trivet::cli {

// The files of a project that people wrote, relative to its root and sorted: nothing hidden,
// nothing that was installed, compiled or built.
std::vector<std::filesystem::path> own_files(const std::filesystem::path& root);

// When one of them was changed last.
std::filesystem::file_time_type newest_change(const std::filesystem::path& root);

// Of a file, or of all files in a folder.
std::uintmax_t size_of(const std::filesystem::path& path);

// "12.3 KiB".
std::string size_text(std::uintmax_t bytes);

}  // namespace trivet::cli
