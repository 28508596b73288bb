#include "app/folder_list.h"

#include <algorithm>

#include "base/comma_list.h"

namespace trivet::app {

std::expected<std::vector<ServedFolder>, std::string> parse_folder_list(std::string_view text) {
    std::vector<ServedFolder> folders;
    std::string fault;
    each_of_list(text, [&](std::string_view item) {
        const std::size_t equals = std::min(item.find('='), item.size());
        const std::string_view prefix = trimmed(item.substr(0, equals));
        const std::string_view directory = trimmed(item.substr(std::min(equals + 1, item.size())));
        const bool is_double = std::ranges::any_of(
            folders, [&](const ServedFolder& other) { return other.prefix == prefix; });
        if (!prefix.starts_with('/') || directory.empty()) {
            fault = "it is no prefix, which begins with a slash, = and a folder";
        } else if (is_double) {
            fault = "its prefix is there twice";
        } else if (folders.size() == kServedFoldersMax) {
            fault = "it is one more than " + std::to_string(kServedFoldersMax);
        }
        if (!fault.empty()) {
            fault = "'" + std::string(item) + "': " + fault;
        }
        folders.push_back({std::string(prefix), std::string(directory)});
        return fault.empty();
    });
    if (!fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return folders;
}

}  // namespace trivet::app
