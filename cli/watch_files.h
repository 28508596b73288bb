#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "owned_fd.h"
#include "watch_rules.h"

namespace trivet::cli {

// Watches folders with all that is in them for changes of the files that its rules want. Folders
// that are made later are watched as well, links to folders are not followed. One thread.
class WatchFiles {
public:
    // Folders in all; those beyond it are not watched, which problem() then says.
    static constexpr std::size_t kFoldersMax = 8192;

    // The error says what keeps the first of the folders from being watched.
    static std::expected<WatchFiles, std::string> open(
        const std::vector<std::filesystem::path>& roots, WatchRules rules,
        std::size_t folders_max = kFoldersMax);

    // Readable when there may be something to read.
    int fd() const { return inotify_.get(); }
    // The files that have changed since, in order and each once, relative to their root; a file
    // that was removed has changed. Does not wait.
    std::vector<std::string> read();

    std::size_t folder_count() const { return folders_.size(); }
    // What is not watched and why; empty when all is.
    const std::string& problem() const { return problem_; }

private:
    struct Folder {
        std::filesystem::path root;
        std::string path;  // relative to root; empty for the root itself
    };

    WatchFiles(WatchRules rules, std::size_t folders_max)
        : rules_(std::move(rules)), folders_max_(folders_max) {}
    // 0, or why the folder itself cannot be watched. What it holds already goes to `found`.
    int add(const Folder& folder, std::vector<std::string>* found);
    // False when it was not watched.
    bool forget(const Folder& folder);
    void on_event(int watch, std::uint32_t mask, const std::string& name,
                  std::vector<std::string>& changed);

    OwnedFd inotify_;
    WatchRules rules_;
    std::size_t folders_max_;
    std::map<int, Folder> folders_;
    std::string problem_;
};

}  // namespace trivet::cli
