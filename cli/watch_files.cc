#include "watch_files.h"

#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A file counts once it is closed or renamed to its place, not while it is being written.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK | IN_DONT_FOLLOW;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr const char* kLost = "(more than the kernel kept)";

std::string joined(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + "/" + name;
}

void note(std::vector<std::string>& changed, std::string path) {
    if (std::ranges::find(changed, path) == changed.end()) {
        changed.push_back(std::move(path));
    }
}

std::string why(int error) {
    return error == ENOSPC
               ? "the kernel watches no more folders for this user: raise it with sysctl "
                 "fs.inotify.max_user_watches=524288, or leave folders out with --ignore"
               : std::strerror(error);
}

}  // namespace

std::expected<WatchFiles, std::string> WatchFiles::open(const std::vector<fs::path>& roots,
                                                        WatchRules rules, std::size_t folders_max) {
    WatchFiles files(std::move(rules), folders_max);
    files.inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!files.inotify_.is_open()) {
        return std::unexpected(std::string("cannot watch files: ") + std::strerror(errno));
    }
    for (const fs::path& root : roots) {
        if (const int error = files.add({root, ""}, nullptr); error != 0) {
            return std::unexpected("cannot watch " + root.string() + ": " + why(error));
        }
    }
    return files;
}

int WatchFiles::add(const Folder& folder, std::vector<std::string>* found) {
    if (folders_.size() >= folders_max_) {
        problem_ = "more than " + std::to_string(folders_max_) +
                   " folders: the rest is not watched; leave some out with --ignore";
        return 0;
    }
    const fs::path place = folder.root / folder.path;
    std::error_code code;
    // Whatever it is called, an environment of Python packages is none of the project.
    if (!folder.path.empty() && fs::exists(place / "pyvenv.cfg", code)) {
        return 0;
    }
    // The watch comes before the look, so that what is made in between is found by one of them.
    const int watch = ::inotify_add_watch(inotify_.get(), place.c_str(), kEvents);
    if (watch < 0) {
        if (!folder.path.empty() && errno != ENOENT && errno != ENOTDIR) {
            problem_ = folder.path + " is not watched: " + why(errno);
        }
        return errno;
    }
    folders_[watch] = folder;
    for (fs::directory_iterator entry(place, code), end; !code && entry != end;
         entry.increment(code)) {
        const std::string path = joined(folder.path, entry->path().filename().string());
        std::error_code ignored;
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
            if (!rules_.skips_folder(path)) {
                add({folder.root, path}, found);
            }
        } else if (found != nullptr && rules_.wants_file(path)) {
            note(*found, path);
        }
    }
    return 0;
}

// A folder that was moved elsewhere is still watched, under a name that it no longer has.
bool WatchFiles::forget(const Folder& folder) {
    const std::size_t before = folders_.size();
    const std::string inside = folder.path + "/";
    for (auto entry = folders_.begin(); entry != folders_.end();) {
        const Folder& other = entry->second;
        if (other.root == folder.root &&
            (other.path == folder.path || other.path.starts_with(inside))) {
            ::inotify_rm_watch(inotify_.get(), entry->first);
            entry = folders_.erase(entry);
        } else {
            ++entry;
        }
    }
    return folders_.size() != before;
}

void WatchFiles::on_event(int watch, std::uint32_t mask, const std::string& name,
                          std::vector<std::string>& changed) {
    if ((mask & IN_Q_OVERFLOW) != 0) {
        note(changed, kLost);
        return;
    }
    const auto entry = folders_.find(watch);
    if (entry == folders_.end()) {
        return;
    }
    if ((mask & IN_IGNORED) != 0) {
        folders_.erase(entry);
        return;
    }
    if (name.empty()) {
        return;
    }
    const Folder inside{entry->second.root, joined(entry->second.path, name)};
    if ((mask & IN_ISDIR) != 0) {
        if ((mask & IN_MOVED_FROM) != 0) {
            if (forget(inside)) {
                note(changed, inside.path + "/");
            }
        } else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !rules_.skips_folder(inside.path)) {
            add(inside, &changed);
        }
        return;
    }
    // A new file is written and closed next; a new link is complete.
    std::error_code code;
    const bool is_new = (mask & IN_CREATE) != 0;
    if (rules_.wants_file(inside.path) &&
        (!is_new || fs::is_symlink(inside.root / inside.path, code))) {
        note(changed, inside.path);
    }
}

std::vector<std::string> WatchFiles::read() {
    std::vector<std::string> changed;
    alignas(inotify_event) char bytes[kReadBytes];
    for (;;) {
        const ssize_t size = ::read(inotify_.get(), bytes, sizeof bytes);
        if (size <= 0) {
            return changed;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
            const std::string name = event->len > 0 ? event->name : "";
            on_event(event->wd, event->mask, name, changed);
            at += sizeof(inotify_event) + event->len;
        }
    }
}

}  // namespace trivet::cli
