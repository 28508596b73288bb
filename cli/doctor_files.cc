// What the kernel's files say.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "doctor_facts.h"

namespace trivet::cli {
namespace {

namespace fs = std::filesystem;

// A limit of the first version of cgroups that is as good as none.
constexpr std::uint64_t kCgroup1None = std::uint64_t{1} << 60;

std::string first_line(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

// The smallest limit of a group and those above it.
std::uint64_t smallest_limit(const fs::path& top, const fs::path& group, const char* name) {
    std::uint64_t least = kNoLimit;
    fs::path folder = group.relative_path();
    while (true) {
        const std::uint64_t limit = read_number(top / folder / name);
        if (limit != 0 && limit < kCgroup1None) least = std::min(least, limit);
        if (folder.empty()) return least;
        folder = folder.parent_path();
    }
}

// Inodes of the sockets that listen on a port, in a table like /proc/net/tcp.
void add_listeners(const fs::path& table, std::uint32_t port, std::set<std::string>& inodes) {
    std::ifstream stream(table);
    std::string line;
    std::getline(stream, line);
    while (std::getline(stream, line)) {
        std::istringstream words(line);
        std::string number, local, remote, state, queues, timer, retransmits, owner, timeout, inode;
        words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> owner >>
            timeout >> inode;
        const std::size_t colon = local.rfind(':');
        std::uint32_t value = 0;
        if (state != "0A" || colon == std::string::npos) continue;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), value, 16);
        if (value == port) inodes.insert("socket:[" + inode + "]");
    }
}

bool holds(const fs::path& process, const std::set<std::string>& sockets) {
    std::error_code error;
    for (fs::directory_iterator at(process / "fd", error), end; !error && at != end;
         at.increment(error)) {
        std::error_code unreadable;
        if (sockets.contains(fs::read_symlink(at->path(), unreadable).string())) return true;
    }
    return false;
}

}  // namespace

std::uint64_t read_number(const fs::path& file) {
    const std::string line = first_line(file);
    std::uint64_t value = 0;
    std::from_chars(line.data(), line.data() + line.size(), value);
    return value;
}

std::uint64_t memory_limit_of(const fs::path& root) {
    std::uint64_t least = kNoLimit;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const fs::path group = line.substr(second + 1);
        if (controllers.empty()) {
            least = std::min(least, smallest_limit(root / "sys/fs/cgroup", group, "memory.max"));
        } else if (controllers == "memory") {
            least = std::min(least, smallest_limit(root / "sys/fs/cgroup/memory", group,
                                                   "memory.limit_in_bytes"));
        }
    }
    return least;
}

std::vector<std::string> holders_of(const fs::path& root, std::uint32_t port) {
    std::set<std::string> sockets;
    add_listeners(root / "proc/net/tcp", port, sockets);
    add_listeners(root / "proc/net/tcp6", port, sockets);
    std::vector<std::string> holders;
    std::error_code error;
    for (fs::directory_iterator at(root / "proc", error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        const bool is_process = name.find_first_not_of("0123456789") == std::string::npos;
        if (is_process && !sockets.empty() && holds(at->path(), sockets)) {
            holders.push_back(first_line(at->path() / "comm") + " (process " + name + ")");
        }
    }
    std::ranges::sort(holders);
    return holders;
}

bool is_filtered_process(const fs::path& root) {
    std::ifstream status(root / "proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Seccomp:")) return line.find('2') != std::string::npos;
    }
    return false;
}

std::string version_in(const std::string& words) {
    const char* digits = "0123456789";
    for (std::size_t at = words.find_first_of(digits); at != std::string::npos;
         at = words.find_first_of(digits, at)) {
        const std::size_t end = std::min(words.find_first_not_of("0123456789.", at), words.size());
        const std::string found = words.substr(at, end - at);
        if (found.find('.') != std::string::npos) return found;
        at = end;
    }
    return {};
}

}  // namespace trivet::cli
