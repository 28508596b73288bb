#include "app/cpus.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "app/text_file.h"

namespace trivet::app {
namespace {

constexpr std::size_t kCpusMax = std::size_t{1} << 20;       // more than any kernel is built for
constexpr std::size_t kFileBytesMax = std::size_t{1} << 22;  // mountinfo of a host of containers

std::string_view without_space(std::string_view text) {
    constexpr std::string_view kSpace = " \t\n";
    const std::size_t start = text.find_first_not_of(kSpace);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

// Takes the part before the next separator, or all that is left.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

bool has_item(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        if (take(list, ',') == wanted) return true;
    }
    return false;
}

std::optional<std::uint64_t> number(std::string_view text) {
    text = without_space(text);
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) {
        return {};
    }
    return value;
}

std::uint32_t rounded_up(std::string_view quota, std::string_view period) {
    const auto time = number(quota);
    const auto whole = number(period);
    if (!time || !whole || *time == 0 || *whole == 0) return 0;
    const std::uint64_t cpus = *time / *whole + (*time % *whole != 0 ? 1 : 0);
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(cpus, std::numeric_limits<std::uint32_t>::max()));
}

// The smaller of two quotas of which 0 is none.
std::uint32_t tighter(std::uint32_t one, std::uint32_t other) {
    return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

// mountinfo writes space, tab, newline and backslash as three octal digits.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t index = 0; index < text.size(); ++index) {
        int value = 0;
        const char* digits = text.data() + index + 1;
        if (text[index] == '\\' && text.size() - index > 3 &&
            std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3) {
            plain += static_cast<char>(value);
            index += 3;
        } else {
            plain += text[index];
        }
    }
    return plain;
}

// Where a hierarchy of cgroups with the controller cpu is mounted.
struct Mount {
    bool is_v2 = false;
    std::string root;  // the cgroup that stands at `point`
    std::string point;
};

std::vector<Mount> cpu_mounts(std::string_view mountinfo) {
    std::vector<Mount> mounts;
    while (!mountinfo.empty()) {
        // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
        std::string_view line = take(mountinfo, '\n');
        for (int skipped = 0; skipped < 3; ++skipped) {
            take(line, ' ');
        }
        Mount mount;
        mount.root = unescaped(take(line, ' '));
        mount.point = unescaped(take(line, ' '));
        while (!line.empty() && take(line, ' ') != "-") {
        }
        const std::string_view type = take(line, ' ');
        take(line, ' ');
        mount.is_v2 = type == "cgroup2";
        if (mount.is_v2 || (type == "cgroup" && has_item(line, "cpu"))) {
            mounts.push_back(std::move(mount));
        }
    }
    return mounts;
}

// The process's cgroup in the hierarchy: "0::/a/b" for v2, "4:cpu,cpuacct:/a/b" for v1.
std::optional<std::string> path_in(std::string_view cgroup, bool is_v2) {
    while (!cgroup.empty()) {
        std::string_view line = take(cgroup, '\n');
        const std::string_view number_of_hierarchy = take(line, ':');
        const std::string_view controllers = take(line, ':');
        if (is_v2 ? number_of_hierarchy == "0" && controllers.empty()
                  : has_item(controllers, "cpu")) {
            return std::string(line);
        }
    }
    return {};
}

std::uint32_t quota_of(const std::string& folder, bool is_v2) {
    if (is_v2) {
        const auto text = read_text_file(folder + "/cpu.max", kFileBytesMax);
        return text ? parse_cpu_max(*text) : 0;
    }
    const auto quota = read_text_file(folder + "/cpu.cfs_quota_us", kFileBytesMax);
    const auto period = read_text_file(folder + "/cpu.cfs_period_us", kFileBytesMax);
    return quota && period ? parse_cfs_quota(*quota, *period) : 0;
}

// The tightest quota from the process's cgroup up to what is mounted.
std::uint32_t quota_under(const Mount& mount, std::string path) {
    // In a container without a cgroup namespace the mount shows a part of the tree, and the path
    // is that in the whole tree. One that leads out of what is mounted says nothing.
    if (mount.root != "/" && (path == mount.root || path.starts_with(mount.root + "/"))) {
        path.erase(0, mount.root.size());
    } else if (mount.root != "/" || !path.starts_with("/") || path.starts_with("/..")) {
        path.clear();
    }
    if (path == "/") path.clear();
    std::uint32_t quota = 0;
    while (true) {
        quota = tighter(quota, quota_of(mount.point + path, mount.is_v2));
        if (path.empty()) return quota;
        path.erase(path.rfind('/'));
    }
}

}  // namespace

std::uint32_t parse_cpu_max(std::string_view text) {
    text = without_space(text);
    const std::string_view quota = take(text, ' ');
    return rounded_up(quota, text);
}

std::uint32_t parse_cfs_quota(std::string_view quota, std::string_view period) {
    return rounded_up(quota, period);
}

std::uint32_t affinity_cpus() {
    std::vector<std::uint64_t> mask(16);
    while (true) {
        const std::size_t bytes = mask.size() * sizeof(std::uint64_t);
        if (::sched_getaffinity(0, bytes, reinterpret_cast<cpu_set_t*>(mask.data())) == 0) {
            break;
        }
        // The kernel was built for more CPUs than fit.
        if (errno != EINVAL || mask.size() * 64 >= kCpusMax) {
            return 1;
        }
        mask.assign(mask.size() * 2, 0);
    }
    int count = 0;
    for (const std::uint64_t word : mask) {
        count += std::popcount(word);
    }
    return std::max(1u, static_cast<std::uint32_t>(count));
}

std::uint32_t quota_cpus(const std::string& process) {
    const auto cgroup = read_text_file(process + "/cgroup", kFileBytesMax);
    const auto mountinfo = read_text_file(process + "/mountinfo", kFileBytesMax);
    if (!cgroup || !mountinfo) {
        return 0;
    }
    std::uint32_t quota = 0;
    for (const Mount& mount : cpu_mounts(*mountinfo)) {
        if (auto path = path_in(*cgroup, mount.is_v2)) {
            quota = tighter(quota, quota_under(mount, std::move(*path)));
        }
    }
    return quota;
}

std::uint32_t usable_cpus() { return tighter(affinity_cpus(), quota_cpus("/proc/self")); }

}  // namespace trivet::app
