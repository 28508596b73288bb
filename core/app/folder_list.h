#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trivet::app {

// One of static_folders.
struct ServedFolder {
    std::string prefix;     // of the routes: /assets
    std::string directory;  // from the working directory

    bool operator==(const ServedFolder&) const = default;
};

inline constexpr std::size_t kServedFoldersMax = 16;

// Reads "/assets=public/assets, /=site". The error is what is wrong.
std::expected<std::vector<ServedFolder>, std::string> parse_folder_list(std::string_view text);

}  // namespace trivet::app
