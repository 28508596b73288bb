#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trivet::cli {

// Which files of a project make it start anew when they change. Paths are relative to the folder
// that is watched. By default these are sources, templates and settings by the ends of their names;
// what an app writes itself (a log, a database) is none of them, or it would start itself anew
// without end.
//
// A pattern is a shell's: *, ? and [a-z]. One without a slash is compared with the last part of a
// path, one with a slash with the whole.
class WatchRules {
public:
    WatchRules() = default;
    WatchRules(std::vector<std::string> watched, std::vector<std::string> ignored)
        : watched_(std::move(watched)), ignored_(std::move(ignored)) {}

    // Whether a folder is left out with all that is in it: hidden ones, those of packages, caches
    // and build outputs, and ignored ones.
    bool skips_folder(std::string_view path) const;
    bool wants_file(std::string_view path) const;

    // The ends of names that are watched by default, for the help.
    static std::string default_names();

private:
    std::vector<std::string> watched_;
    std::vector<std::string> ignored_;
};

}  // namespace trivet::cli
