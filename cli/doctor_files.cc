// What the kernel's files say.
#include <algorithm>
#include <charconv>
#include <fstream>

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
