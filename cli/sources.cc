#include "sources.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 100'000;
constexpr int kDepthMax = 64;

bool is_own_folder(const fs::path& folder) {
    constexpr std::array kOthers = {"node_modules", "__pycache__", "build", "dist", "out"};
    std::error_code ignored;
    return std::ranges::find(kOthers, folder.filename()) == kOthers.end() &&
           !fs::exists(folder / "pyvenv.cfg", ignored);
}

}  // namespace

std::vector<fs::path> own_files(const fs::path& root) {
    std::vector<fs::path> files;
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(root, error);
         !error && at != fs::recursive_directory_iterator() && files.size() < kFilesMax;
         at.increment(error)) {
        std::error_code ignored;
        const std::string name = at->path().filename();
        const bool is_folder = at->is_directory(ignored);
        if (name.starts_with('.') || (is_folder && !is_own_folder(at->path()))) {
            if (is_folder) at.disable_recursion_pending();
            continue;
        }
        if (is_folder && at.depth() == kDepthMax) at.disable_recursion_pending();
        if (at->is_regular_file(ignored)) files.push_back(at->path().lexically_relative(root));
    }
    std::ranges::sort(files);
    return files;
}

fs::file_time_type newest_change(const fs::path& root) {
    fs::file_time_type newest = fs::file_time_type::min();
    for (const fs::path& file : own_files(root)) {
        std::error_code error;
        const fs::file_time_type time = fs::last_write_time(root / file, error);
        if (!error) newest = std::max(newest, time);
    }
    return newest;
}

std::uintmax_t size_of(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        const std::uintmax_t size = fs::file_size(path, error);
        return error ? 0 : size;
    }
    std::uintmax_t sum = 0;
    for (auto at = fs::recursive_directory_iterator(path, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        std::error_code ignored;
        if (at->is_regular_file(ignored)) sum += at->file_size(ignored);
    }
    return sum;
}

std::string size_text(std::uintmax_t bytes) {
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return std::to_string(bytes) + " bytes";
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %s", value, kUnits[unit]);
    return text.data();
}

}  // namespace trivet::cli
